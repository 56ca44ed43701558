/** The compaction of one log: what is cleaned of it, and how new segments take the place of old. */
import {
  cleanableRange,
  cleaningRules,
  type CleanableRange,
  type CleaningRules,
} from '../compaction.ts'
import {
  StorageError,
  type AbortedTransaction,
  type CompactionContext,
  type CompactionLimits,
  type LogConfig,
} from '../partition-log.ts'
import { cleaningJob, type CleanedSegment, type CleaningJob } from './cleaning.ts'
import type { Environment } from './environment.ts'
import { asStorageError, DamageError } from './errors.ts'
import { removeSegments, Segment } from './segment.ts'
import type { SegmentList } from './segment-list.ts'

/** A log as its compaction sees it. */
export interface CompactableLog {
  /** Of its directory. */
  readonly path: string
  readonly segments: SegmentList
  readonly config: LogConfig
  /** Below this offset everything was compacted. */
  readonly cleanedTo: number
  readonly durableOffset: number
  isOffline(): boolean
  /** Knows what is synced of each segment when it resolves. */
  syncMarks(): Promise<void>
  /** As PartitionLog.beforeRemoval. */
  beforeRemoval(): Promise<void>
  /** To be awaited before files change. */
  beginChanges(): Promise<void>
  /** Makes the names of files durable. */
  syncNames(): Promise<void>
  /** Says durably which segments make up the log now. */
  saveCheckpoint(cleanedTo: number): Promise<void>
  /** Takes the log offline, and returns what callers are told. */
  fail(error: unknown): StorageError
}

export function isWorthCompacting(log: CompactableLog, context: CompactionContext): boolean {
  return rangeOf(log, context, Infinity) !== undefined
}

/**
 * Copies what stays into new segments, which take the place of the old ones one by one. Resolves as
 * PartitionLog.compact does.
 */
export async function compactLog(
  env: Environment,
  log: CompactableLog,
  context: CompactionContext,
  stop: AbortSignal,
): Promise<readonly AbortedTransaction[]> {
  const range = await syncedRange(log, context)
  if (range === undefined) return []
  const aborted = context.abortedTransactions()
  const job = jobOf(log, cleaningRules(range, context, aborted, log.config), context)
  let emptied: number[] = []
  await log.beforeRemoval()
  try {
    await log.beginChanges()
    for await (const cleaned of env.clean(job, stop)) {
      if (!(await replace(env, log, cleaned))) return []
      emptied = cleaned.outcome?.emptied ?? []
    }
  } catch (error) {
    const isGone = job.segments[0]!.baseOffset < log.segments.first.baseOffset
    if (isGone || stop.aborted) return []
    if (error instanceof DamageError) throw log.fail(error)
    // The log has what it had.
    const failure = asStorageError(error, `${log.path} was not compacted`)
    if (!(failure instanceof StorageError)) throw failure
    env.log(failure.message)
    return []
  }
  return emptied.map(number => aborted[number]!)
}

function rangeOf(
  { segments, config, cleanedTo, durableOffset }: CompactableLog,
  context: CompactionContext,
  limit: number,
): CleanableRange | undefined {
  const stableOffset = Math.min(context.stableOffset, durableOffset, limit)
  return cleanableRange(segments.all, { cleanedTo, stableOffset }, config, context.nowMs)
}

/** Of whole synced segments: the checkpoint that names a new one must know what it replaces. */
async function syncedRange(
  log: CompactableLog,
  context: CompactionContext,
): Promise<CleanableRange | undefined> {
  const { segments } = log
  if (segments.active.syncedMark === undefined) await log.syncMarks()
  const lastSynced = segments.all.findLast(segment => segment.syncedMark !== undefined)
  return rangeOf(log, context, lastSynced?.baseOffset ?? 0)
}

function jobOf(
  { path, segments, config }: CompactableLog,
  rules: CleaningRules,
  limits: CompactionLimits,
): CleaningJob {
  const marks = segments.all
    .filter(({ nextOffset }) => nextOffset <= rules.endOffset)
    .map(segment => segment.syncedMark!)
  return cleaningJob(path, marks, rules, limits, config)
}

/**
 * Durable is the new segment when this resolves, and the old ones are gone. Until a checkpoint
 * names the new one, a crash leaves the old ones. False when they were trimmed meanwhile.
 */
async function replace(
  env: Environment,
  log: CompactableLog,
  { mark, replaced, outcome }: CleanedSegment,
): Promise<boolean> {
  const segment = new Segment(env, log.path, mark, log.config)
  let old: readonly Segment[] = []
  try {
    await log.syncNames()
    if (!log.isOffline()) old = log.segments.replace(segment, replaced)
    if (old.length === 0) {
      await removeSegments([segment], env.log)
      return false
    }
    segment.modifiedMs = old.at(-1)!.modifiedMs
    segment.syncedMark = mark
    await log.saveCheckpoint(outcome?.cleanedTo ?? log.cleanedTo)
    await removeSegments(old, env.log)
    return true
  } catch (error) {
    throw log.fail(error)
  } finally {
    await Promise.all(old.map(each => each.close()))
  }
}
