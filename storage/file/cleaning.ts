/**
 * The work of a compaction over files: reads synced segments and writes new ones beside them. It
 * shares nothing with the log but the files, so that another thread can do it.
 */
import { batchesIn, batchSize, crcMatches, lastOffset } from '../../protocol/record-batch.ts'
import { Cleaning, groupSegments, type CleaningRules } from '../compaction.ts'
import { StorageError, type CompactionLimits, type LogConfig } from '../partition-log.ts'
import { maxInt32 } from '../segments.ts'
import { headerProblem, readWholeBatches } from './batch-reader.ts'
import { DamageError } from './errors.ts'
import type { Fs } from './fs.ts'
import { IndexCache } from './index-file.ts'
import { OpenFiles } from './open-files.ts'
import { segmentPath } from './segment-files.ts'
import { newSegmentMark, Segment, type SegmentEnvironment, type SegmentMark } from './segment.ts'

/** One sync of more would hold up those of appends. */
const syncBytes = 512 * 1024

/** Values only: it crosses threads. */
export interface CleaningJob {
  directory: string
  /** All that may be cleaned, from the log's first one on, whole and synced. */
  segments: SegmentMark[]
  rules: CleaningRules
  /** See CompactionLimits. */
  maxBytesPerSecond: number
  config: Pick<LogConfig, 'segmentBytes' | 'segmentIndexBytes' | 'indexIntervalBytes'>
}

export function cleaningJob(
  directory: string,
  segments: SegmentMark[],
  rules: CleaningRules,
  { maxBytesPerSecond }: CompactionLimits,
  { segmentBytes, segmentIndexBytes, indexIntervalBytes }: LogConfig,
): CleaningJob {
  return {
    directory,
    segments,
    rules,
    maxBytesPerSecond,
    config: { segmentBytes, segmentIndexBytes, indexIntervalBytes },
  }
}

/** A synced segment that can take the place of others. Its name is not durable yet. */
export interface CleanedSegment {
  mark: SegmentMark
  /** How many segments it replaces, from the one with its base offset on. */
  replaced: number
  /** With the last one. */
  outcome: CleaningOutcome | undefined
}

export interface CleaningOutcome {
  /** The offset below which everything is cleaned now. */
  cleanedTo: number
  /** Numbers of the aborted transactions of which there was no batch any more. */
  emptied: number[]
}

/**
 * Errors: DamageError for a source that is not what was written, StorageError, those of the
 * operating system, and the reason of `stop`. What it was writing is removed again.
 */
export type Cleaner = (job: CleaningJob, stop: AbortSignal) => AsyncIterable<CleanedSegment>

export async function* cleanSegments(
  fs: Fs,
  job: CleaningJob,
  stop: AbortSignal,
): AsyncGenerator<CleanedSegment, void> {
  const { segments, rules, config } = job
  const cleaning = new Cleaning(rules)
  await noteKeys(fs, job, cleaning, stop)
  const { cleanedTo } = cleaning
  const groups = groupSegments(
    segments.filter(({ baseOffset }) => baseOffset < cleanedTo),
    config,
  )
  for (const group of groups) {
    const mark = await cleanGroup(fs, job, group, cleaning, stop)
    const isLast = group === groups.at(-1)
    const outcome = isLast
      ? { cleanedTo, emptied: cleaning.emptied(group.at(-1)!.nextOffset) }
      : undefined
    yield { mark, replaced: group.length, outcome }
  }
}

async function noteKeys(
  fs: Fs,
  { directory, segments, rules }: CleaningJob,
  cleaning: Cleaning,
  stop: AbortSignal,
): Promise<void> {
  const { firstDirtyOffset } = rules
  for (const segment of segments) {
    if (segment.nextOffset <= firstDirtyOffset) continue
    for await (const batches of checkedBatches(fs, directory, segment, stop)) {
      for (const batch of batches) {
        if (lastOffset(batch) >= firstDirtyOffset && !cleaning.note(batch)) return
      }
    }
  }
}

async function cleanGroup(
  fs: Fs,
  { directory, config }: CleaningJob,
  group: readonly SegmentMark[],
  cleaning: Cleaning,
  stop: AbortSignal,
): Promise<SegmentMark> {
  const { baseOffset, generation } = group[0]!
  const nextOffset = group.at(-1)!.nextOffset
  const place = newSegmentMark(baseOffset, generation + 1)
  const target = new Segment(apart(fs), directory, place, config)
  // An earlier attempt may have left one.
  await target.remove()
  try {
    await target.create()
    let syncedBytes = 0
    for (const source of group) {
      for await (const batches of checkedBatches(fs, directory, source, stop)) {
        await append(
          target,
          batches.flatMap(
            batch => cleaning.clean(batch, lastOffset(batch) + 1 === nextOffset) ?? [],
          ),
        )
        if (target.bytes - syncedBytes < syncBytes) continue
        await target.sync()
        syncedBytes = target.bytes
      }
    }
    target.seal()
    await target.sync()
    return target.mark()
  } catch (error) {
    await target.remove().catch(() => undefined)
    throw error
  } finally {
    await target.close()
  }
}

async function append(target: Segment, batches: Buffer[]): Promise<void> {
  if (batches.length === 0) return
  const bytes = Buffer.concat(batches)
  if (target.bytes + bytes.length > maxInt32) {
    throw new StorageError(`${target.path} would become too large: lower segment.bytes`)
  }
  await target.write([bytes])
}

/** What a segment needs to know, where there is no log around it. */
export function apart(fs: Fs): SegmentEnvironment {
  return { fs, openFiles: new OpenFiles(fs, 1), indexCache: new IndexCache(0), now: () => 0 }
}

/**
 * Some batches at a time. Their checksums are looked at: what is written anew gets a
 * right one, whatever it holds.
 */
async function* checkedBatches(
  fs: Fs,
  directory: string,
  mark: SegmentMark,
  stop: AbortSignal,
): AsyncGenerator<Buffer[], void> {
  const path = segmentPath(directory, mark)
  const file = await fs.open(path, 'r')
  try {
    let position = 0
    let next = mark.baseOffset
    while (position < mark.bytes) {
      stop.throwIfAborted()
      const bytes = await readWholeBatches(file, position, mark.bytes)
      if (bytes.length === 0) throw new DamageError(path, position, 'no whole batch')
      const batches: Buffer[] = []
      for (const at of batchesIn(bytes)) {
        const problem =
          headerProblem(bytes, at, next) ??
          (crcMatches(bytes, at) ? undefined : 'the checksum does not match')
        if (problem !== undefined) throw new DamageError(path, position + at, problem)
        batches.push(bytes.subarray(at, at + batchSize(bytes, at)))
        next = lastOffset(bytes, at) + 1
      }
      yield batches
      position += bytes.length
    }
  } finally {
    await file.close()
  }
}
