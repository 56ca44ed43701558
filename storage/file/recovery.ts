/**
 * Opens the segments of a partition's directory. Up to the checkpoint they are taken as they are,
 * so that opening takes no longer for more data. Behind it every batch is checked, and the log is
 * cut at the first one that is not whole and right (Kafka: LogLoader.recoverLog).
 */
import { baseOffset, batchesIn, crcMatches, lastOffset } from '../../protocol/record-batch.ts'
import { StorageError, type LogConfig } from '../partition-log.ts'
import { headerProblem, readWholeBatches } from './batch-reader.ts'
import { readCheckpoint, temporarySuffix, writeCheckpoint, type Checkpoint } from './checkpoint.ts'
import type { Environment } from './environment.ts'
import { DamageError } from './errors.ts'
import { isMissing, writeFully, type FsFile } from './fs.ts'
import { offsetIndex, timeIndex } from './index-file.ts'
import { logSuffix, newSegmentMark, Segment, segmentName, type SegmentMark } from './segment.ts'

export interface Recovered {
  startOffset: number
  /** Ascending; the last one is open for writing. */
  segments: Segment[]
  /** What is synced of them. */
  marks: SegmentMark[]
  /** Bytes behind the checkpoint were cut off. */
  truncated: boolean
}

const suffixes = [logSuffix, offsetIndex.suffix, timeIndex.suffix]
const segmentFile = /^\d{20}\.(log|index|timeindex)$/

export async function recover(
  env: Environment,
  directory: string,
  config: LogConfig,
): Promise<Recovered> {
  const names = await env.fs.readdir(directory)
  const checkpoint = await readCheckpoint(env.fs, directory)
  const plan = planRecovery(directory, checkpoint, baseOffsetsIn(names))
  // A killed process may have left names that are in memory only, the checkpoint's among them. What
  // follows relies on them, and must not be durable before they are.
  const mustKeepNames = env.durability === 'disk' && names.length > 0
  if (mustKeepNames || plan.obsolete.length > 0) await env.fs.syncDirectory(directory)
  await removeLeftovers(env, directory, names, plan.obsolete)
  const walk = newWalk(env, directory, config)
  try {
    for (const mark of plan.synced) addSegment(walk, mark)
    for (const mark of plan.unsynced) await walkSegment(walk, mark)
    await ensureActiveSegment(walk, plan.startOffset)
    await makeDurable(walk, plan.startOffset)
  } catch (error) {
    await Promise.all(walk.segments.map(segment => segment.close()))
    throw error
  }
  const { segments, marks, truncated } = walk
  return { startOffset: plan.startOffset, segments, marks, truncated }
}

function baseOffsetsIn(names: readonly string[]): number[] {
  return names
    .filter(name => segmentFile.test(name) && name.endsWith(logSuffix))
    .map(name => Number(name.slice(0, -logSuffix.length)))
    .toSorted((a, b) => a - b)
}

interface Plan {
  startOffset: number
  /** Whole and synced, before the segment in which the synced part ends. */
  synced: SegmentMark[]
  /** To be walked from the mark on. */
  unsynced: SegmentMark[]
  /** Base offsets of segments that lie below the start offset. */
  obsolete: number[]
}

/** Compares what the checkpoint promises with the segments that there are. */
function planRecovery(
  directory: string,
  checkpoint: Checkpoint | undefined,
  found: readonly number[],
): Plan {
  const startOffset = checkpoint?.startOffset ?? found[0] ?? 0
  const obsolete = found.filter((_, i) => i + 1 < found.length && found[i + 1]! <= startOffset)
  const present = found.slice(obsolete.length)
  const marks = checkpoint?.segments.filter(mark => mark.bytes > 0) ?? []
  const promised = marks.filter(
    (_, i) => i + 1 === marks.length || marks[i + 1]!.baseOffset > startOffset,
  )
  // The last one has no end that the checkpoint knows: it may have been below the start as well.
  const last = promised.at(-1)
  if (last !== undefined && !present.includes(last.baseOffset) && present[0]! <= startOffset) {
    promised.pop()
  }
  const missing = promised.find(mark => !present.includes(mark.baseOffset))
  if (missing !== undefined) {
    const path = `${directory}/${segmentName(missing.baseOffset)}${logSuffix}`
    throw new StorageError(`${path} is missing; it had ${missing.bytes} bytes of records`)
  }
  const end = promised.at(-1)
  const later = present.filter(base => end === undefined || base > end.baseOffset)
  return {
    startOffset,
    synced: promised.slice(0, -1),
    unsynced: [...(end === undefined ? [] : [end]), ...later.map(newSegmentMark)],
    obsolete,
  }
}

/** Segments below the start offset, unfinished files, and indexes that have lost their log. */
async function removeLeftovers(
  env: Environment,
  directory: string,
  names: readonly string[],
  obsolete: readonly number[],
): Promise<void> {
  const gone = new Set(obsolete.map(base => segmentName(base)))
  const isLeftover = (name: string): boolean => {
    const stem = name.slice(0, name.lastIndexOf('.'))
    if (name.endsWith(temporarySuffix)) return true
    if (!segmentFile.test(name)) return false
    return gone.has(stem) || !names.includes(stem + logSuffix)
  }
  for (const name of names.filter(isLeftover)) await env.fs.unlink(`${directory}/${name}`)
}

interface Walk {
  readonly env: Environment
  readonly directory: string
  readonly config: LogConfig
  readonly segments: Segment[]
  /** Of each segment, as far as it is synced. */
  marks: SegmentMark[]
  /** Those whose unsynced part was not empty. */
  readonly walked: Segment[]
  truncated: boolean
  /** The active segment was created. */
  isNew: boolean
}

function newWalk(env: Environment, directory: string, config: LogConfig): Walk {
  return {
    env,
    directory,
    config,
    segments: [],
    marks: [],
    walked: [],
    truncated: false,
    isNew: false,
  }
}

function addSegment(walk: Walk, mark: SegmentMark): Segment {
  const segment = new Segment(walk.env, walk.directory, mark, walk.config)
  walk.segments.push(segment)
  walk.marks.push(mark)
  return segment
}

/** Takes in what follows a segment's mark, or removes the segment if it cannot follow. */
async function walkSegment(walk: Walk, mark: SegmentMark): Promise<void> {
  const previous = walk.segments.at(-1)
  if (previous !== undefined && previous.nextOffset !== mark.baseOffset) {
    walk.truncated = true
    const segment = new Segment(walk.env, walk.directory, mark, walk.config)
    walk.env.log(`${segment.path} is removed: offset ${previous.nextOffset} should come first`)
    await removeSegment(walk.env, segment)
    return
  }
  const segment = addSegment(walk, mark)
  const file = await segment.acquire('r+')
  const size = await file.size()
  if (size < mark.bytes) {
    throw new DamageError(segment.path, size, `it ends there, and had ${mark.bytes} bytes`)
  }
  if (size === mark.bytes) return
  walk.walked.push(segment)
  await includeGoodBatches(walk.env, segment, file, size)
  if (segment.bytes === size) return
  walk.truncated = true
  const cut = size - segment.bytes
  walk.env.log(`${segment.path} is cut at byte ${segment.bytes}: ${cut} bytes are no whole batch`)
  await file.truncate(segment.bytes)
}

async function includeGoodBatches(
  env: Environment,
  segment: Segment,
  file: FsFile,
  size: number,
): Promise<void> {
  for (;;) {
    const batches = await readWholeBatches(file, segment.bytes, size)
    const good = batches.subarray(0, goodBytes(batches, segment.nextOffset))
    // After a failed sync the page cache holds bytes that never reached the disk, and thinks they
    // did: another sync would succeed and do nothing. Written again, they are synced.
    if (env.durability === 'disk') await writeFully(file, [good], segment.bytes)
    segment.include(good)
    if (good.length === 0 || good.length < batches.length) return
  }
}

/** Offsets are given without gaps, so behind the checkpoint a gap is a loss. */
function goodBytes(batches: Buffer, firstOffset: number): number {
  let next = firstOffset
  for (const at of batchesIn(batches)) {
    const isGood =
      headerProblem(batches, at, next) === undefined &&
      baseOffset(batches, at) === next &&
      crcMatches(batches, at)
    if (!isGood) return at
    next = lastOffset(batches, at) + 1
  }
  return batches.length
}

/** Offsets below the start are gone for good, even when a power loss took what followed them. */
async function ensureActiveSegment(walk: Walk, startOffset: number): Promise<void> {
  const last = walk.segments.at(-1)
  if (last !== undefined && last.nextOffset >= startOffset) return
  // Behind the new one they are obsolete, and go when a checkpoint says so.
  await Promise.all(walk.segments.splice(0).map(segment => segment.close()))
  walk.marks = []
  walk.truncated ||= last !== undefined
  walk.isNew = true
  await addSegment(walk, newSegmentMark(startOffset)).acquire('wx+')
}

/** What is served and acknowledged from here on builds on this: it is synced first. */
async function makeDurable(walk: Walk, startOffset: number): Promise<void> {
  const { env, directory, segments } = walk
  const active = segments.at(-1)!
  await active.acquire('r+')
  const isKept = (segment: Segment): boolean => segments.includes(segment)
  await Promise.all(walk.walked.filter(isKept).map(segment => segment.sync()))
  const isChanged = walk.walked.length > 0 || walk.truncated
  if (isChanged || (walk.isNew && env.durability === 'disk')) await env.fs.syncDirectory(directory)
  if (isChanged) {
    for (const segment of walk.walked) segment.seal()
    walk.marks = segments.map(segment => segment.mark())
    await writeCheckpoint(env.fs, directory, { startOffset, segments: walk.marks })
  }
  for (const segment of segments) if (segment !== active) segment.release()
}

/** Removes the files of a segment; readers of it finish. */
export async function removeSegment(env: Environment, segment: Segment): Promise<void> {
  await segment.close()
  for (const suffix of suffixes) {
    const path = segment.path.slice(0, -logSuffix.length) + suffix
    await env.fs.unlink(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  }
}
