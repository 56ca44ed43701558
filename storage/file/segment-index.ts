/** Both indexes of one segment, and the rule that says when a batch gets an entry. */
import { batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { exactMaxTimestamp } from '../batches.ts'
import type { Fs } from './fs.ts'
import { IndexFile, offsetIndex, timeIndex, type IndexCache } from './index-file.ts'

/** How far the index files are valid, and what they are based on. */
export interface IndexMark {
  offsetIndexBytes: number
  timeIndexBytes: number
  /** The largest timestamp of the segment, or -1, and the last offset of the batch that has it. */
  maxTimestamp: number
  maxTimestampOffset: number
  /** The last timestamp in the time index, or -1. */
  lastIndexedTimestamp: number
}

export const emptyIndexMark: IndexMark = {
  offsetIndexBytes: 0,
  timeIndexBytes: 0,
  maxTimestamp: -1,
  maxTimestampOffset: -1,
  lastIndexedTimestamp: -1,
}

export class SegmentIndex {
  readonly #baseOffset: number
  readonly #offsets: IndexFile
  readonly #times: IndexFile
  #maxTimestamp: number
  #maxTimestampOffset: number
  #lastIndexedTimestamp: number
  #bytesSinceEntry = 0

  constructor(
    fs: Fs,
    cache: IndexCache,
    segment: { readonly path: string; readonly baseOffset: number },
    mark: IndexMark,
  ) {
    this.#baseOffset = segment.baseOffset
    this.#offsets = new IndexFile(fs, cache, offsetIndex, segment, mark.offsetIndexBytes)
    this.#times = new IndexFile(fs, cache, timeIndex, segment, mark.timeIndexBytes)
    this.#maxTimestamp = mark.maxTimestamp
    this.#maxTimestampOffset = mark.maxTimestampOffset
    this.#lastIndexedTimestamp = mark.lastIndexedTimestamp
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /**
   * Takes note of a batch that was written at `position`; entries lie more than `intervalBytes`
   * apart (Kafka: LogSegment.append).
   */
  add(buffer: Buffer, at: number, position: number, intervalBytes: number): void {
    const offset = lastOffset(buffer, at)
    const timestamp = exactMaxTimestamp(buffer, at)
    if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp
      this.#maxTimestampOffset = offset
    }
    if (this.#bytesSinceEntry > intervalBytes) {
      this.#offsets.append(offset - this.#baseOffset, position)
      this.indexMaxTimestamp()
      this.#bytesSinceEntry = 0
    }
    this.#bytesSinceEntry += batchSize(buffer, at)
  }

  /** One entry of the time index stays free for the last one. */
  isFull(maxIndexBytes: number): boolean {
    return (
      this.#offsets.entries >= Math.floor(maxIndexBytes / offsetIndex.entryBytes) ||
      this.#times.entries >= Math.floor(maxIndexBytes / timeIndex.entryBytes) - 1
    )
  }

  /**
   * With an entry, and when a segment is left (Kafka: LogSegment.onBecomeInactiveSegment, close).
   */
  indexMaxTimestamp(): void {
    if (this.#maxTimestamp <= this.#lastIndexedTimestamp) return
    this.#times.append(this.#maxTimestamp, this.#maxTimestampOffset - this.#baseOffset)
    this.#lastIndexedTimestamp = this.#maxTimestamp
  }

  /** Brings the files up to date. There are both or none: Kafka's tools open both for one. */
  flush(): IndexMark {
    if (this.#times.entries > 0 && !this.#times.hasFile && this.#offsets.entries === 0) {
      this.#offsets.create()
    }
    this.#offsets.flush()
    this.#times.flush()
    return {
      offsetIndexBytes: this.#offsets.bytes,
      timeIndexBytes: this.#times.bytes,
      maxTimestamp: this.#maxTimestamp,
      maxTimestampOffset: this.#maxTimestampOffset,
      lastIndexedTimestamp: this.#lastIndexedTimestamp,
    }
  }

  /** The batch that ends with `lastOffset` begins at `position`; later ones may reach `offset`. */
  async batchBefore(offset: number): Promise<{ lastOffset: number; position: number } | undefined> {
    const entry = await this.#offsets.floor(offset - this.#baseOffset)
    return entry && { lastOffset: this.#baseOffset + entry.key, position: entry.value }
  }

  /**
   * The batch that ends with `lastOffset` has `maxTimestamp`, and no record before it has a later
   * one; `maxTimestamp` is at most the one that is asked for.
   */
  async timeBefore(
    timestamp: number,
  ): Promise<{ lastOffset: number; maxTimestamp: number } | undefined> {
    const entry = await this.#times.floor(timestamp)
    return entry && { lastOffset: this.#baseOffset + entry.value, maxTimestamp: entry.key }
  }
}
