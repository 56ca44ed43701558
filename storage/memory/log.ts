/** Logs in memory: nothing survives the process, by choice. */
import { baseOffset, batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import {
  exactMaxTimestamp,
  numberBatches,
  recordAtTimestamp,
  type TimestampedOffset,
} from '../batches.ts'
import { StorageError, type LogStore, type PartitionLog } from '../partition-log.ts'

/** A batch keeps at most this many times its own size alive of a buffer that it is a part of. */
const maxPinnedRatio = 2

export function createMemoryLogStore(): LogStore {
  const topics = new Map<string, Map<number, Contents>>()
  return {
    open({ topicId, partition }) {
      const partitions = topics.get(topicId) ?? new Map<number, Contents>()
      topics.set(topicId, partitions)
      const contents = partitions.get(partition) ?? { startOffset: 0, endOffset: 0, batches: [] }
      partitions.set(partition, contents)
      return Promise.resolve({ log: new MemoryLog(contents), truncated: false })
    },
    delete(topicId) {
      topics.delete(topicId)
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}

/** What stays when a log is closed and opened again. */
interface Contents {
  startOffset: number
  endOffset: number
  /** One batch each, in offset order. */
  batches: Buffer[]
}

class MemoryLog implements PartitionLog {
  onProgress: (() => void) | undefined
  /** Memory does not fail. */
  readonly failure = undefined
  readonly #contents: Contents
  #maxTimestamp: number
  #isClosed = false

  constructor(contents: Contents) {
    this.#contents = contents
    this.#maxTimestamp = largestTimestamp(contents.batches)
  }

  get startOffset(): number {
    return this.#contents.startOffset
  }

  get endOffset(): number {
    return this.#contents.endOffset
  }

  get durableOffset(): number {
    return this.#contents.endOffset
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  async append(batches: Buffer): Promise<{ baseOffset: number }> {
    this.#assertOpen()
    const first = this.endOffset
    const { nextOffset, maxTimestamp } = numberBatches(batches, first)
    const kept = unpinned(batches)
    for (const at of batchesIn(kept)) {
      this.#contents.batches.push(kept.subarray(at, at + batchSize(kept, at)))
    }
    this.#contents.endOffset = nextOffset
    this.#maxTimestamp = Math.max(this.#maxTimestamp, maxTimestamp)
    // Nobody is called back before this method has returned.
    await Promise.resolve()
    this.onProgress?.()
    return { baseOffset: first }
  }

  async read(from: number, maxBytes: number, limit: number): Promise<Buffer[]> {
    this.#assertOpen()
    if (!(from >= this.startOffset && from <= this.endOffset)) throw this.#outOfRange(from)
    const { batches } = this.#contents
    const found: Buffer[] = []
    let bytes = 0
    for (let i = firstReaching(batches, from); i < batches.length; i++) {
      const batch = batches[i]!
      bytes += batch.length
      if (baseOffset(batch) >= limit || (found.length > 0 && bytes > maxBytes)) break
      found.push(batch)
    }
    return found
  }

  async offsetForTimestamp(ms: number): Promise<TimestampedOffset | undefined> {
    this.#assertOpen()
    for (const batch of this.#contents.batches) {
      const found = recordAtTimestamp(batch, ms, this.startOffset)
      if (found !== undefined) return found
    }
    return undefined
  }

  async trim(newStart: number): Promise<void> {
    this.#assertOpen()
    if (newStart > this.endOffset) throw this.#outOfRange(newStart)
    if (newStart <= this.startOffset) return
    const { batches } = this.#contents
    this.#contents.startOffset = newStart
    batches.splice(0, firstReaching(batches, newStart))
    this.#maxTimestamp = largestTimestamp(batches)
  }

  /** Segments are of no use in memory. */
  configure(): void {}

  close(): Promise<void> {
    this.#isClosed = true
    return Promise.resolve()
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StorageError('the log is closed')
  }

  #outOfRange(offset: number): RangeError {
    return new RangeError(`offset ${offset} is outside of [${this.startOffset}, ${this.endOffset}]`)
  }
}

/** Index of the first batch that contains the offset or follows it. */
function firstReaching(batches: readonly Buffer[], offset: number): number {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (lastOffset(batches[middle]!) < offset) low = middle + 1
    else high = middle
  }
  return low
}

function largestTimestamp(batches: readonly Buffer[]): number {
  return batches.reduce((max, batch) => Math.max(max, exactMaxTimestamp(batch)), -1)
}

/** A small batch cut from a large frame would keep the whole frame alive. */
function unpinned(batches: Buffer): Buffer {
  if (batches.buffer.byteLength <= batches.length * maxPinnedRatio) return batches
  const copy = Buffer.allocUnsafeSlow(batches.length)
  batches.copy(copy)
  return copy
}
