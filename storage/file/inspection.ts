/** Looks at the files of logs, batch by batch, and changes nothing. */
import {
  baseOffset as firstOffset,
  batchesIn,
  batchSize,
  crcMatches,
  lastOffset,
  parseBatchHeader,
} from '../../protocol/record-batch.ts'
import { controlRecord } from '../../protocol/control-records.ts'
import { checkRecords } from '../../protocol/records.ts'
import { headerProblem, readWholeBatches } from './batch-reader.ts'
import { readCheckpoint, type Checkpoint } from './checkpoint.ts'
import { DamageError } from './errors.ts'
import { isMissing, type Fs } from './fs.ts'
import { InspectedTransactions, type TransactionsReport } from './inspected-transactions.ts'
import { exactMaxTimestamp, maxDecompressedBytes } from '../batches.ts'
import {
  logSuffix,
  offsetIndex,
  timeIndex,
  type IndexEntry,
  type IndexLayout,
} from './index-file.ts'
import { segmentOf, segmentPath, segmentsAmong } from './segment-files.ts'
import type { IndexMark } from './segment-index.ts'

export interface Finding {
  path: string
  /** The byte at which it begins. */
  position: number
  what: string
}

export interface StoredBatch {
  position: number
  batch: Buffer
}

export interface LogReport {
  directory: string
  /** The first offset that can be read, and the one that the next record gets. */
  startOffset: number
  nextOffset: number
  segments: number
  batches: number
  records: number
  bytes: number
  transactions: TransactionsReport
  /** Records that were acknowledged and cannot be read, or may be wrong. */
  damage: Finding[]
  /** What the next start cuts off or makes anew. */
  notes: Finding[]
}

/** The segment files of a log, in the order of their offsets. */
export async function segmentPaths(fs: Fs, directory: string): Promise<string[]> {
  const checkpoint = await readCheckpoint(fs, directory).catch((error: unknown) => {
    if (!(error instanceof DamageError)) throw error
    return undefined
  })
  const synced = checkpoint?.segments.filter(mark => mark.bytes > 0) ?? []
  const files = segmentsAmong(await fs.readdir(directory), synced)
  return files.map(file => segmentPath(directory, file))
}

/**
 * The batches of a segment file, and where they end to be readable a finding; what follows that
 * cannot be told from garbage. A batch with a wrong checksum is given out like any other.
 */
export async function* batchesOf(
  fs: Fs,
  path: string,
  firstOffset: number,
): AsyncGenerator<StoredBatch | Finding, void> {
  const file = await fs.open(path, 'r')
  try {
    const size = await file.size()
    let position = 0
    let next = firstOffset
    while (position < size) {
      const bytes = await readWholeBatches(file, position, size)
      if (bytes.length === 0) {
        yield { path, position, what: `no whole batch in the last ${size - position} bytes` }
        return
      }
      for (const at of batchesIn(bytes)) {
        const problem = headerProblem(bytes, at, next)
        if (problem !== undefined) {
          yield { path, position: position + at, what: problem }
          return
        }
        yield { position: position + at, batch: bytes.subarray(at, at + batchSize(bytes, at)) }
        next = lastOffset(bytes, at) + 1
      }
      position += bytes.length
    }
  } finally {
    await file.close()
  }
}

/** What is wrong with a batch whose header can be, or undefined. */
export function batchProblem(batch: Buffer): string | undefined {
  if (!crcMatches(batch)) return 'the checksum of a batch does not match'
  try {
    checkRecords(batch, maxDecompressedBytes)
    return transactionProblem(batch)
  } catch (error) {
    return (error as Error).message
  }
}

function transactionProblem(batch: Buffer): string | undefined {
  const { isControl, isTransactional, producerId, recordCount } = parseBatchHeader(batch)
  if (isTransactional && producerId < 0) return 'a batch of a transaction without a producer'
  if (!isControl || recordCount === 0 || controlRecord(batch) !== undefined) return undefined
  return 'a control batch without a control record'
}

/**
 * Checks all files of a log. Rejects with a StorageError when a later version has written them, and
 * with what the operating system says when they cannot be read.
 */
export async function inspectLog(fs: Fs, directory: string): Promise<LogReport> {
  const report = emptyReport(directory)
  const checkpoint = await readCheckpoint(fs, directory).catch((error: unknown) => {
    if (!(error instanceof DamageError)) throw error
    const { path, position, what } = error
    report.damage.push({ path, position, what })
    return undefined
  })
  const paths = await segmentPaths(fs, directory)
  reportMissing(report, checkpoint, paths)
  const transactions = new InspectedTransactions()
  for (const path of paths) await inspectSegment(fs, path, checkpoint, report, transactions)
  report.transactions = transactions.report()
  if (checkpoint !== undefined) report.startOffset = checkpoint.startOffset
  return report
}

function emptyReport(directory: string): LogReport {
  const counts = { segments: 0, batches: 0, records: 0, bytes: 0 }
  const transactions = { commits: 0, aborts: 0, open: [] }
  return {
    directory,
    startOffset: 0,
    nextOffset: 0,
    ...counts,
    transactions,
    damage: [],
    notes: [],
  }
}

function reportMissing(
  report: LogReport,
  checkpoint: Checkpoint | undefined,
  paths: readonly string[],
): void {
  for (const mark of checkpoint?.segments ?? []) {
    const { nextOffset, bytes } = mark
    const path = segmentPath(report.directory, mark)
    const isNeeded = bytes > 0 && nextOffset > checkpoint!.startOffset
    if (isNeeded && !paths.includes(path)) {
      report.damage.push({ path, position: 0, what: `missing; it had ${bytes} bytes` })
    }
  }
}

async function inspectSegment(
  fs: Fs,
  path: string,
  checkpoint: Checkpoint | undefined,
  report: LogReport,
  transactions: InspectedTransactions,
): Promise<void> {
  const { baseOffset, generation } = segmentOf(path.slice(path.lastIndexOf('/') + 1))!
  const mark = checkpoint?.segments.find(segment => segment.baseOffset === baseOffset)
  const syncedBytes = mark?.bytes ?? 0
  // What lies behind the mark was never said to be durable: the next start decides.
  const note = (finding: Finding): void => {
    const isDamage = finding.position < syncedBytes
    ;(isDamage ? report.damage : report.notes).push(finding)
  }
  if (report.segments === 0) {
    report.startOffset = baseOffset
    report.nextOffset = baseOffset
  }
  if (baseOffset > report.nextOffset) note({ path, position: 0, what: missing(report, baseOffset) })
  report.segments++
  report.nextOffset = Math.max(report.nextOffset, baseOffset)
  const batches = new Map<number, IndexedBatch>()
  let end = 0
  for await (const found of batchesOf(fs, path, report.nextOffset)) {
    if (!('batch' in found)) {
      note(found)
      continue
    }
    const { position, batch } = found
    const isGap = generation === 0 && firstOffset(batch) > report.nextOffset
    const what = isGap ? missing(report, firstOffset(batch)) : batchProblem(batch)
    if (what !== undefined) note({ path, position, what })
    transactions.add(batch)
    end = position + batch.length
    report.batches++
    report.bytes += batch.length
    report.records += parseBatchHeader(batch).recordCount
    report.nextOffset = lastOffset(batch) + 1
    const maxTimestamp = exactMaxTimestamp(batch)
    batches.set(lastOffset(batch) - baseOffset, { position, maxTimestamp })
    if (end === mark?.bytes && report.nextOffset !== mark.nextOffset) {
      report.damage.push({ path, position, what: `offset ${mark.nextOffset} must follow` })
    }
  }
  if (end < syncedBytes) note({ path, position: end, what: `it had ${syncedBytes} bytes` })
  await inspectIndexes(fs, path, batches, mark, report)
}

function missing({ nextOffset }: LogReport, foundOffset: number): string {
  return `offset ${foundOffset} where ${nextOffset} must follow`
}

/** What an index can lead to. */
interface IndexedBatch {
  position: number
  maxTimestamp: number
}

/** Indexes are caches: what is wrong with one is a note, for it can be built anew. */
async function inspectIndexes(
  fs: Fs,
  logPath: string,
  /** By the offset of their last record, relative to the segment's. */
  batches: ReadonlyMap<number, IndexedBatch>,
  mark: IndexMark | undefined,
  report: LogReport,
): Promise<void> {
  const stem = logPath.slice(0, -logSuffix.length)
  const offsets = {
    path: stem + offsetIndex.suffix,
    layout: offsetIndex,
    bytes: mark?.offsetIndexBytes ?? 0,
    isRight: ({ key, value }: IndexEntry) => batches.get(key)?.position === value,
  }
  const times = {
    path: stem + timeIndex.suffix,
    layout: timeIndex,
    bytes: mark?.timeIndexBytes ?? 0,
    isRight: ({ key, value }: IndexEntry) => batches.get(value)?.maxTimestamp === key,
  }
  for (const index of [offsets, times]) {
    const finding = await indexProblem(fs, index)
    if (finding !== undefined) report.notes.push(finding)
  }
}

interface InspectedIndex {
  path: string
  layout: IndexLayout
  /** That it must have at least. */
  bytes: number
  isRight: (entry: IndexEntry) => boolean
}

async function indexProblem(
  fs: Fs,
  { path, layout, bytes: minBytes, isRight }: InspectedIndex,
): Promise<Finding | undefined> {
  let bytes: Buffer
  try {
    bytes = await fs.readFile(path)
  } catch (error) {
    if (!isMissing(error)) throw error
    return minBytes === 0 ? undefined : { path, position: 0, what: 'missing' }
  }
  if (bytes.length < minBytes) {
    return { path, position: bytes.length, what: `it had ${minBytes} bytes` }
  }
  let previous = -Infinity
  for (let at = 0; at < bytes.length; at += layout.entryBytes) {
    if (at + layout.entryBytes > bytes.length) {
      return { path, position: at, what: 'a part of an entry' }
    }
    const entry = { key: layout.key(bytes, at), value: layout.value(bytes, at) }
    if (entry.key <= previous || !isRight(entry)) {
      return { path, position: at, what: `a wrong entry, from ${entry.key} to ${entry.value}` }
    }
    previous = entry.key
  }
  return undefined
}
