/**
 * One segment of a log, in Kafka's format: a `.log` file holds whole record batches, and two sparse
 * indexes lead into it. Bytes at a position below `bytes` never change.
 */
import { batchesIn, batchHeaderBytes, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { exactMaxTimestamp, recordAtTimestamp, type TimestampedOffset } from '../batches.ts'
import type { Allocate, LogConfig } from '../partition-log.ts'
import { mustRollBefore, type AppendFacts, type SegmentFacts } from '../segments.ts'
import { headerProblem, readBytes, readWholeBatches, selectBatches } from './batch-reader.ts'
import type { Environment } from './environment.ts'
import { DamageError } from './errors.ts'
import { unlinkIfThere, writeFully, writeFullySync, type FsFile } from './fs.ts'
import { IndexDamage } from './index-file.ts'
import { filesOfSegment, segmentPath, type SegmentFile } from './segment-files.ts'
import { emptyIndexMark, SegmentIndex, type IndexMark } from './segment-index.ts'

/** A read returns at most this much, whatever a client asks for. */
const maxReadBytes = 64 * 1024 * 1024
/** Positions that are remembered, so that a reader goes on where its last read ended. */
const maxHints = 16

/** A segment, as far as it is whole and synced. */
export interface SegmentMark extends IndexMark, SegmentFile {
  bytes: number
  nextOffset: number
  /** The first batch's largest timestamp, or -1: the age of a segment counts from there. */
  firstTimestamp: number
}

export function newSegmentMark(baseOffset: number, generation = 0): SegmentMark {
  const place = { baseOffset, generation, bytes: 0, nextOffset: baseOffset }
  return { ...emptyIndexMark, ...place, firstTimestamp: -1 }
}

/** Removes their files; of those that stay, people are told. */
export async function removeSegments(
  segments: readonly Segment[],
  log: (message: string) => void,
): Promise<void> {
  for (const segment of segments) {
    try {
      await segment.remove()
    } catch (error) {
      log(`${segment.path} could not be removed: ${String(error)}`)
    }
  }
}

/** What a segment needs around it. */
export type SegmentEnvironment = Pick<Environment, 'fs' | 'openFiles' | 'indexCache' | 'now'>

export class Segment implements SegmentFacts {
  readonly baseOffset: number
  readonly generation: number
  readonly #env: SegmentEnvironment
  readonly #directory: string
  #path: string | undefined
  readonly #indexIntervalBytes: number
  readonly openedMs: number
  modifiedMs: number
  rollJitterMs = 0
  /** Positions by offset; none until somebody reads. */
  #hints: Map<number, number> | undefined
  /** As of the last sync after which a checkpoint was due; undefined if there was none. */
  syncedMark: SegmentMark | undefined
  #index: SegmentIndex
  #rebuilding: Promise<void> | undefined
  #bytes: number
  #nextOffset: number
  #firstTimestamp: number

  constructor(
    env: SegmentEnvironment,
    directory: string,
    mark: SegmentMark,
    config: Pick<LogConfig, 'indexIntervalBytes'>,
  ) {
    this.#env = env
    this.baseOffset = mark.baseOffset
    this.generation = mark.generation
    this.#directory = directory
    this.#indexIntervalBytes = config.indexIntervalBytes
    this.openedMs = env.now()
    this.modifiedMs = this.openedMs
    this.#index = this.#newIndex(mark)
    this.#bytes = mark.bytes
    this.#nextOffset = mark.nextOffset
    this.#firstTimestamp = mark.firstTimestamp
  }

  /** Of the `.log` file. */
  get path(): string {
    return (this.#path ??= segmentPath(this.#directory, this))
  }

  /** Whole batches that were written. */
  get bytes(): number {
    return this.#bytes
  }

  get nextOffset(): number {
    return this.#nextOffset
  }

  get firstTimestamp(): number {
    return this.#firstTimestamp
  }

  get maxTimestamp(): number {
    return this.#index.maxTimestamp
  }

  /** Creates the file, which must not be there. */
  async create(): Promise<void> {
    const lease = await this.#env.openFiles.acquire(this.path, 'wx+')
    lease.release()
  }

  /** Throws a DamageError if somebody else has made the file longer or shorter. */
  checkSize(): Promise<void> {
    return this.#env.openFiles.use(this.path, async file => {
      const size = await file.size()
      if (size === this.#bytes) return
      throw new DamageError(this.path, size, `it ends there, and had ${this.#bytes} bytes`)
    })
  }

  /** Closes the file; resolves when nothing reads or syncs it any more. */
  close(): Promise<void> {
    return this.#env.openFiles.close(this.path)
  }

  /** Removes its files. Readers of it finish; who begins to read from here on finds no file. */
  async remove(): Promise<void> {
    try {
      for (const path of filesOfSegment(this.path)) await unlinkIfThere(this.#env.fs, path)
    } finally {
      await this.close()
    }
  }

  async write(buffers: readonly Buffer[]): Promise<void> {
    await this.#env.openFiles.use(this.path, file => writeFully(file, buffers, this.#bytes))
    for (const buffer of buffers) this.include(buffer)
  }

  /** Without waiting; false, and nothing is written, when the file is not open at this moment. */
  writeInline(buffer: Buffer): boolean {
    const lease = this.#env.openFiles.acquireOpen(this.path)
    if (lease === undefined) return false
    try {
      writeFullySync(lease.file, buffer, this.#bytes)
    } finally {
      lease.release()
    }
    this.include(buffer)
    return true
  }

  /** Takes note of whole batches that lie in the file behind the others. */
  include(batches: Buffer): void {
    let position = this.#bytes
    for (const at of batchesIn(batches)) {
      if (position === 0) this.#firstTimestamp = exactMaxTimestamp(batches, at)
      this.#index.add(batches, at, position, this.#indexIntervalBytes)
      position += batchSize(batches, at)
      this.#nextOffset = lastOffset(batches, at) + 1
    }
    this.#bytes = position
    this.modifiedMs = this.#env.now()
  }

  /** Nothing more is appended for now. */
  seal(): void {
    this.#index.indexMaxTimestamp()
  }

  /** Brings the index files up to date and says what will hold once the segment is synced. */
  mark(): SegmentMark {
    return {
      baseOffset: this.baseOffset,
      generation: this.generation,
      bytes: this.#bytes,
      nextOffset: this.#nextOffset,
      firstTimestamp: this.#firstTimestamp,
      ...this.#index.flush(),
    }
  }

  /** The file stays open while this runs, even if the segment is closed meanwhile. */
  sync(): Promise<void> {
    return this.#env.openFiles.use(this.path, file => file.datasync())
  }

  /** `pendingBytes` are those that will be written before the append. */
  mustRollBefore(append: AppendFacts, pendingBytes: number, config: LogConfig): boolean {
    if (mustRollBefore(append, this, pendingBytes, config, this.#env.now())) return true
    return this.#bytes + pendingBytes > 0 && this.#index.isFull(config.segmentIndexBytes)
  }

  /** As PartitionLog.read, of this segment: whole batches in one buffer, or undefined. */
  read(
    from: number,
    maxBytes: number,
    limit: number,
    allocate?: Allocate,
  ): Promise<Buffer | undefined> {
    const range = { from, limit, maxBytes: Math.min(maxBytes, maxReadBytes), allocate }
    return this.#env.openFiles.use(this.path, file => this.#read(file, range))
  }

  async #read(
    file: FsFile,
    range: { from: number; limit: number; maxBytes: number; allocate: Allocate | undefined },
  ): Promise<Buffer | undefined> {
    let position = this.#hints?.get(range.from) ?? (await this.#positionBefore(file, range.from))
    let chunkBytes = Math.max(range.maxBytes, batchHeaderBytes)
    while (position < this.#bytes) {
      const chunk = await this.#chunk(file, position, chunkBytes, range.allocate)
      const { start, stop, nextOffset, cutBatchBytes, atLimit } = selectBatches(
        chunk,
        range,
        (at, what) => new DamageError(this.path, position + at, what),
      )
      position += stop
      if (stop > start) {
        this.#remember(nextOffset, position)
        return chunk.subarray(start, stop)
      }
      if (atLimit) return undefined
      // The first batch is larger than what was read: it is returned whatever its size.
      chunkBytes = Math.max(range.maxBytes, cutBatchBytes, batchHeaderBytes)
      if (cutBatchBytes > this.#bytes - position) {
        throw new DamageError(this.path, position, 'a batch that reaches past the end')
      }
    }
    return undefined
  }

  /** The first record at `from` or after it whose timestamp is `ms` or later. */
  offsetForTimestamp(ms: number, from: number): Promise<TimestampedOffset | undefined> {
    return this.#env.openFiles.use(this.path, file =>
      this.#lookUp(async index => {
        let entry = await index.timeBefore(ms)
        if (entry !== undefined && entry.lastOffset < from) entry = undefined
        let position = await this.#positionBefore(file, entry?.lastOffset ?? from)
        while (position < this.#bytes) {
          const batches = await this.#wholeBatches(file, position)
          for (const at of batchesIn(batches)) {
            const batch = batches.subarray(at, at + batchSize(batches, at))
            const found = await recordAtTimestamp(batch, ms, from)
            if (
              entry !== undefined &&
              (found !== undefined || lastOffset(batch) >= entry.lastOffset)
            ) {
              this.#checkTimeEntry(entry, batch)
              entry = undefined
            }
            if (found !== undefined) return found
          }
          position += batches.length
        }
        if (entry !== undefined) throw new IndexDamage(`${this.path} ends before an indexed offset`)
        return undefined
      }),
    )
  }

  #checkTimeEntry(entry: { lastOffset: number; maxTimestamp: number }, batch: Buffer): void {
    const isAtIt = lastOffset(batch) === entry.lastOffset
    if (isAtIt && exactMaxTimestamp(batch, 0) === entry.maxTimestamp) return
    throw new IndexDamage(`offset ${entry.lastOffset} of ${this.path} has not the indexed time`)
  }

  /** Where a batch begins that is not after the one that contains `offset`, and is near it. */
  #positionBefore(file: FsFile, offset: number): Promise<number> {
    return this.#lookUp(async index => {
      const entry = await index.batchBefore(offset)
      if (entry === undefined) return 0
      const { position } = entry
      const header = await readBytes(file, position, batchHeaderBytes)
      if (
        header.length < batchHeaderBytes ||
        headerProblem(header, 0, this.baseOffset) !== undefined ||
        lastOffset(header) !== entry.lastOffset
      ) {
        throw new IndexDamage(
          `no batch at ${position} of ${this.path} ends with the indexed offset`,
        )
      }
      return entry.lastOffset < offset ? position + batchSize(header) : position
    })
  }

  async #lookUp<T>(find: (index: SegmentIndex) => Promise<T>): Promise<T> {
    try {
      return await find(this.#index)
    } catch (error) {
      if (!(error instanceof IndexDamage)) throw error
      this.#rebuilding ??= this.#rebuildIndex().finally(() => (this.#rebuilding = undefined))
      await this.#rebuilding
      return find(this.#index)
    }
  }

  /** Indexes are caches: the log has all that they say (Kafka: LogSegment.recover). */
  async #rebuildIndex(): Promise<void> {
    const index = this.#newIndex(emptyIndexMark)
    await this.#env.openFiles.use(this.path, async file => {
      let position = 0
      while (position < this.#bytes) {
        const batches = await this.#wholeBatches(file, position)
        for (const at of batchesIn(batches)) {
          index.add(batches, at, position + at, this.#indexIntervalBytes)
        }
        position += batches.length
      }
      // Nothing was awaited since the last look at #bytes, so no appended batch is left out.
      index.indexMaxTimestamp()
      index.flush()
      this.#index = index
    })
  }

  async #wholeBatches(file: FsFile, position: number): Promise<Buffer> {
    const batches = await readWholeBatches(file, position, this.#bytes)
    if (batches.length === 0) throw new DamageError(this.path, position, 'no whole batch')
    return batches
  }

  /** Of bytes that were written, so that a file that ends earlier was cut by someone else. */
  async #chunk(
    file: FsFile,
    position: number,
    maxBytes: number,
    allocate?: Allocate,
  ): Promise<Buffer> {
    const bytes = Math.min(maxBytes, this.#bytes - position)
    const chunk = await readBytes(file, position, bytes, allocate)
    if (chunk.length < bytes || bytes < batchHeaderBytes) {
      throw new DamageError(this.path, position + chunk.length, 'the file ends too early')
    }
    return chunk
  }

  /** A reader will come back for what follows these batches. */
  #remember(offset: number, position: number): void {
    const hints = (this.#hints ??= new Map<number, number>())
    hints.delete(offset)
    hints.set(offset, position)
    if (hints.size > maxHints) hints.delete(hints.keys().next().value!)
  }

  #newIndex(mark: IndexMark): SegmentIndex {
    const { fs, indexCache } = this.#env
    return new SegmentIndex(fs, indexCache, this, mark)
  }
}
