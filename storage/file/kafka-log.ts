/** Copies a partition's log that Apache Kafka has written into a directory of ours. */
import {
  baseOffset,
  batchesIn,
  batchSize,
  crcMatches,
  currentMagic,
  lastOffset,
  magic,
  parseBatchHeader,
  type BatchHeader,
} from '../../protocol/record-batch.ts'
import { gapBatch } from '../../protocol/rewritten-batch.ts'
import { StorageError } from '../partition-log.ts'
import { maxInt32 } from '../segments.ts'
import { headerProblem, readBytes, readWholeBatches } from './batch-reader.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { apart } from './cleaning.ts'
import { DamageError } from './errors.ts'
import { isMissing, type Fs, type FsFile } from './fs.ts'
import { logSuffix } from './index-file.ts'
import { filesOfSegment, segmentOf, segmentPath } from './segment-files.ts'
import { newSegmentMark, Segment, type SegmentMark } from './segment.ts'

/** Kafka's default. */
const indexIntervalBytes = 4096
/** Up to where magic lies in every message format. */
const magicEnd = 17

export interface KafkaLog {
  directory: string
  /** What DeleteRecords and retention have left; 0 where Kafka has not noted any. */
  startOffset: number
  /** Below it nothing may be damaged. */
  recoveryPoint: number
}

/** Of each batch, in the order of offsets. */
type VisitBatch = (header: BatchHeader, batch: Buffer) => void

export interface CopiedLog {
  startOffset: number
  nextOffset: number
  segments: number
  batches: number
  records: number
  bytes: number
  /** The bytes behind the last good batch, where Kafka was stopped in the middle of a write. */
  torn: { path: string; position: number; bytes: number } | undefined
}

/**
 * The directory is created; it must not be there. Batches stay byte for byte what they are, and
 * `visit` sees each of them. Errors: DamageError, StorageError for what cannot be taken over,
 * those of the operating system.
 */
export async function copyKafkaLog(
  fs: Fs,
  source: KafkaLog,
  target: string,
  visit: VisitBatch,
): Promise<CopiedLog> {
  const copy = new Copy(fs, source, target, visit)
  await fs.mkdir(target)
  await copy.run()
  return copy.copied
}

class Copy {
  readonly copied: CopiedLog
  readonly #fs: Fs
  readonly #source: KafkaLog
  readonly #target: string
  readonly #visit: VisitBatch
  readonly #marks: SegmentMark[] = []
  /** Offsets are missing in the segment that is being written. */
  #hasGaps = false

  constructor(fs: Fs, source: KafkaLog, target: string, visit: VisitBatch) {
    this.#fs = fs
    this.#source = source
    this.#target = target
    this.#visit = visit
    const counts = { segments: 0, batches: 0, records: 0, bytes: 0, torn: undefined }
    this.copied = { startOffset: source.startOffset, nextOffset: 0, ...counts }
  }

  async run(): Promise<void> {
    const { directory, startOffset } = this.#source
    const bases = await this.#bases()
    const needed = bases.filter((_, i) => (bases[i + 1] ?? Infinity) > startOffset)
    this.copied.nextOffset = needed[0] ?? startOffset
    this.copied.startOffset = Math.max(startOffset, this.copied.nextOffset)
    for (const base of needed) {
      const path = segmentPath(directory, { baseOffset: base, generation: 0 })
      await this.#copySegment(path, base === needed.at(-1))
    }
    // Of an active segment without records, the name says where the log goes on.
    await this.#fillUpTo(Math.max(needed.at(-1) ?? 0, this.copied.startOffset))
    if (this.#marks.length === 0) await this.#writeSegment(() => Promise.resolve(), true)
    await this.#fs.syncDirectory(this.#target)
    const { startOffset: start } = this.copied
    const checkpoint = { startOffset: start, cleanedTo: 0, segments: this.#marks }
    await writeCheckpoint(this.#fs, this.#target, checkpoint)
  }

  async #bases(): Promise<number[]> {
    const { directory } = this.#source
    const names = await this.#fs.readdir(directory)
    const swap = names.find(name => name.endsWith('.swap'))
    if (swap !== undefined) {
      throw new StorageError(
        `${directory}/${swap} was left by a compaction that did not end: start Apache Kafka` +
          ' once more, and stop it',
      )
    }
    return names
      .filter(name => name.endsWith(logSuffix))
      .flatMap(name => segmentOf(name)?.baseOffset ?? [])
      .toSorted((a, b) => a - b)
  }

  async #copySegment(path: string, isLast: boolean): Promise<void> {
    const file = await this.#fs.open(path, 'r')
    try {
      const size = await file.size()
      if (size === 0) return
      await this.#writeSegment(async segment => {
        const end = await this.#copyBatches(path, file, size, segment)
        if (end < size) await this.#endAt(path, file, end, size, isLast)
      })
    } finally {
      await file.close()
    }
  }

  /** Resolves with the position behind the last good batch. */
  async #copyBatches(path: string, file: FsFile, size: number, segment: Segment): Promise<number> {
    let position = 0
    for (;;) {
      const batches = await readWholeBatches(file, position, size)
      const good = batches.subarray(0, this.#takeGood(batches))
      if (good.length > 0) await segment.write([good])
      position += good.length
      if (segment.nextOffset - segment.baseOffset > maxInt32) {
        throw new StorageError(`${path}: offset ${segment.nextOffset} is too far from its base`)
      }
      if (good.length === 0 || good.length < batches.length) return position
    }
  }

  #takeGood(batches: Buffer): number {
    for (const at of batchesIn(batches)) {
      const next = this.copied.nextOffset
      if (headerProblem(batches, at, next) !== undefined || !crcMatches(batches, at)) return at
      const header = parseBatchHeader(batches, at)
      if (baseOffset(batches, at) > next) this.#hasGaps = true
      this.#visit(header, batches.subarray(at, at + batchSize(batches, at)))
      this.copied.batches++
      this.copied.records += header.recordCount
      this.copied.bytes += batchSize(batches, at)
      this.copied.nextOffset = lastOffset(batches, at) + 1
    }
    return batches.length
  }

  /** Only behind the recovery point a tail may be cut, and only at the end of the log. */
  async #endAt(
    path: string,
    file: FsFile,
    position: number,
    size: number,
    isLast: boolean,
  ): Promise<void> {
    const header = await readBytes(file, position, Math.min(magicEnd, size - position))
    const isWhole = header.length === magicEnd
    if (isWhole && magic(header) < currentMagic && batchSize(header) > magicEnd) {
      throw new StorageError(
        `${path} has messages of format v${magic(header)}, from before Apache Kafka 0.11:` +
          ' have Kafka write them anew, for instance by MirrorMaker to a new topic',
      )
    }
    if (!isLast || this.copied.nextOffset < this.#source.recoveryPoint) {
      const what = 'no whole batch with a right checksum, where Apache Kafka has synced one'
      throw new DamageError(path, position, what)
    }
    this.copied.torn = { path, position, bytes: size - position }
  }

  /** Segments follow each other without a gap: an empty batch stands for what nothing follows. */
  async #fillUpTo(offset: number): Promise<void> {
    if (this.#marks.length === 0) this.copied.nextOffset = Math.max(this.copied.nextOffset, offset)
    while (this.copied.nextOffset < offset) {
      const next = Math.min(offset, this.copied.nextOffset + maxInt32)
      const batch = gapBatch(this.copied.nextOffset, next)
      await this.#writeSegment(segment => segment.write([batch]))
      this.copied.nextOffset = next
    }
  }

  async #writeSegment(
    write: (segment: Segment) => Promise<void>,
    mayBeEmpty = false,
  ): Promise<void> {
    const place = newSegmentMark(this.copied.nextOffset)
    const segment = new Segment(apart(this.#fs), this.#target, place, { indexIntervalBytes })
    this.#hasGaps = false
    let mark: SegmentMark
    try {
      await segment.create()
      await write(segment)
      segment.seal()
      await segment.sync()
      mark = segment.mark()
      if (mark.bytes === 0 && !mayBeEmpty) return await segment.remove()
    } finally {
      await segment.close()
    }
    this.copied.segments++
    this.#marks.push(this.#hasGaps ? await this.#asCompacted(mark) : mark)
  }

  /** Only compacted segments have gaps. */
  async #asCompacted(mark: SegmentMark): Promise<SegmentMark> {
    const compacted = { ...mark, generation: 1 }
    const names = filesOfSegment(segmentPath(this.#target, compacted))
    for (const [i, from] of filesOfSegment(segmentPath(this.#target, mark)).entries()) {
      await this.#fs.rename(from, names[i]!).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
    }
    return compacted
  }
}
