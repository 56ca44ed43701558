/** Looks at the files of logs, batch by batch, and changes nothing. */
import {
  batchesIn,
  batchSize,
  crcMatches,
  lastOffset,
  parseBatchHeader,
} from '../../protocol/record-batch.ts'
import { checkRecords } from '../../protocol/records.ts'
import { StorageError } from '../partition-log.ts'
import { headerProblem, readWholeBatches } from './batch-reader.ts'
import { readCheckpoint, type Checkpoint } from './checkpoint.ts'
import { isMissing, type Fs } from './fs.ts'
import { maxDecompressedBytes } from '../batches.ts'
import { offsetIndex, timeIndex, type IndexLayout } from './index-file.ts'
import { logSuffix, segmentOf, segmentPath, segmentsAmong } from './segment-files.ts'

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
  /** Records that were acknowledged and cannot be read, or may be wrong. */
  damage: Finding[]
  /** What the next start cuts off or makes anew. */
  notes: Finding[]
}

/** The segment files of a log, in the order of their offsets. */
export async function segmentPaths(fs: Fs, directory: string): Promise<string[]> {
  const checkpoint = await readCheckpoint(fs, directory).catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error
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
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Checks all files of a log. Rejects when they cannot be read. */
export async function inspectLog(fs: Fs, directory: string): Promise<LogReport> {
  const report = emptyReport(directory)
  const checkpoint = await readCheckpoint(fs, directory).catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error
    report.damage.push({ path: `${directory}/checkpoint`, position: 0, what: error.message })
    return undefined
  })
  const paths = await segmentPaths(fs, directory)
  reportMissing(report, checkpoint, paths)
  for (const path of paths) await inspectSegment(fs, path, checkpoint, report)
  if (checkpoint !== undefined) report.startOffset = checkpoint.startOffset
  return report
}

function emptyReport(directory: string): LogReport {
  const counts = { segments: 0, batches: 0, records: 0, bytes: 0 }
  return { directory, startOffset: 0, nextOffset: 0, ...counts, damage: [], notes: [] }
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
): Promise<void> {
  const { baseOffset } = segmentOf(path.slice(path.lastIndexOf('/') + 1))!
  const mark = checkpoint?.segments.find(segment => segment.baseOffset === baseOffset)
  const syncedBytes = mark?.bytes ?? 0
  // What lies behind the mark was never said to be durable: the next start decides.
  const note = (finding: Finding): void => {
    const isDamage = finding.position < syncedBytes
    ;(isDamage ? report.damage : report.notes).push(finding)
  }
  if (report.segments === 0) report.startOffset = baseOffset
  report.segments++
  report.nextOffset = Math.max(report.nextOffset, baseOffset)
  /** Positions of batches, by the offset of their last record. */
  const positions = new Map<number, number>()
  let end = 0
  for await (const found of batchesOf(fs, path, report.nextOffset)) {
    if (!('batch' in found)) {
      note(found)
      continue
    }
    const { position, batch } = found
    const what = batchProblem(batch)
    if (what !== undefined) note({ path, position, what })
    end = position + batch.length
    report.batches++
    report.bytes += batch.length
    report.records += parseBatchHeader(batch).recordCount
    report.nextOffset = lastOffset(batch) + 1
    positions.set(lastOffset(batch) - baseOffset, position)
  }
  if (end < syncedBytes) note({ path, position: end, what: `it had ${syncedBytes} bytes` })
  await inspectIndexes(fs, path, positions, report)
}

/** Indexes are caches: what is wrong with one is a note, for the broker notices and rebuilds it. */
async function inspectIndexes(
  fs: Fs,
  logPath: string,
  positions: ReadonlyMap<number, number>,
  report: LogReport,
): Promise<void> {
  const stem = logPath.slice(0, -logSuffix.length)
  const path = stem + offsetIndex.suffix
  for await (const { key, value, position } of entriesOf(fs, path, offsetIndex)) {
    if (positions.get(key) === value) continue
    report.notes.push({ path, position, what: `no batch at ${value} ends with offset +${key}` })
    break
  }
  const timePath = stem + timeIndex.suffix
  for await (const { value, position } of entriesOf(fs, timePath, timeIndex)) {
    if (positions.has(value)) continue
    report.notes.push({ path: timePath, position, what: `no batch ends with offset +${value}` })
    break
  }
}

async function* entriesOf(fs: Fs, path: string, layout: IndexLayout) {
  let bytes: Buffer
  try {
    bytes = await fs.readFile(path)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  for (let at = 0; at + layout.entryBytes <= bytes.length; at += layout.entryBytes) {
    yield { key: layout.key(bytes, at), value: layout.value(bytes, at), position: at }
  }
}
