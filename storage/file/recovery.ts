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
import { writeFully, type FsFile } from './fs.ts'
import { logSuffix } from './index-file.ts'
import { segmentOf, segmentPath, segmentsAmong, type SegmentFile } from './segment-files.ts'
import { newSegmentMark, Segment, type SegmentMark } from './segment.ts'

/** What is read again sooner than a checkpoint is written. */
const smallTailBytes = 1024 * 1024

export interface Recovered {
  startOffset: number
  cleanedTo: number
  /** Ascending; the last one is to be written to. */
  segments: Segment[]
  /** What is synced of them. */
  marks: SegmentMark[]
  /** Bytes behind the checkpoint were cut off. */
  truncated: boolean
  /** What lay behind the checkpoint. */
  checkedBytes: number
}

export async function recover(
  env: Environment,
  directory: string,
  config: LogConfig,
): Promise<Recovered> {
  const names = await env.fs.readdir(directory)
  const checkpoint = await readCheckpoint(env.fs, directory)
  const plan = planRecovery(directory, checkpoint, names)
  // A killed process may have left names that are in memory only, the checkpoint's among them. What
  // follows relies on them, and must not be durable before they are.
  const mustKeepNames = env.durability === 'disk' && names.length > 0
  const leftovers = names.filter(name => isLeftover(name, plan))
  if (mustKeepNames || leftovers.length > 0) await env.fs.syncDirectory(directory)
  for (const name of leftovers) await env.fs.unlink(`${directory}/${name}`)
  const walk = newWalk(env, directory, config)
  try {
    for (const mark of plan.synced) addSegment(walk, mark)
    for (const mark of plan.unsynced) await walkSegment(walk, mark)
    await ensureActiveSegment(walk, plan.startOffset)
    await makeDurable(walk, plan)
  } catch (error) {
    await Promise.all(walk.segments.map(segment => segment.close()))
    throw error
  }
  const { segments, marks, truncated, checkedBytes } = walk
  const { startOffset, cleanedTo } = plan
  return { startOffset, cleanedTo, segments, marks, truncated, checkedBytes }
}

/** The log as it was closed: nothing is read. */
export function unchanged(
  env: Environment,
  directory: string,
  config: LogConfig,
  { startOffset, cleanedTo, segments: marks }: Checkpoint,
): Recovered {
  const segments = marks.map(mark => new Segment(env, directory, mark, config))
  return { startOffset, cleanedTo, segments, marks, truncated: false, checkedBytes: 0 }
}

interface Plan {
  startOffset: number
  /** Whole and synced, before the segment in which the synced part ends. */
  synced: SegmentMark[]
  /** To be walked from the mark on. */
  unsynced: SegmentMark[]
  cleanedTo: number
}

/** Compares what the checkpoint promises with the segments that there are. */
function planRecovery(
  directory: string,
  checkpoint: Checkpoint | undefined,
  names: readonly string[],
): Plan {
  const marks = checkpoint?.segments.filter(mark => mark.bytes > 0) ?? []
  const found = segmentsAmong(names, marks)
  const startOffset = checkpoint?.startOffset ?? found[0]?.baseOffset ?? 0
  const present = found.filter(
    (_, i) => i + 1 === found.length || found[i + 1]!.baseOffset > startOffset,
  )
  const isPresent = ({ baseOffset }: SegmentMark): boolean =>
    present.some(file => file.baseOffset === baseOffset)
  const promised = marks.filter(
    (_, i) => i + 1 === marks.length || marks[i + 1]!.baseOffset > startOffset,
  )
  // The last one has no end that the checkpoint knows: it may have been below the start as well.
  const last = promised.at(-1)
  const first = present[0]?.baseOffset ?? Infinity
  const mayBeTrimmed = last !== undefined && last.baseOffset < startOffset && first <= startOffset
  if (mayBeTrimmed && !isPresent(last)) promised.pop()
  const missing = promised.find(mark => !isPresent(mark))
  if (missing !== undefined) {
    const path = segmentPath(directory, missing)
    throw new StorageError(`${path} is missing; it had ${missing.bytes} bytes of records`)
  }
  const end = promised.at(-1)
  const later = present.filter(file => end === undefined || file.baseOffset > end.baseOffset)
  return {
    startOffset,
    synced: promised.slice(0, -1),
    unsynced: [
      ...(end === undefined ? [] : [end]),
      ...later.map(file => newSegmentMark(file.baseOffset, file.generation)),
    ],
    cleanedTo: checkpoint?.cleanedTo ?? 0,
  }
}

/**
 * Unfinished files, segments that lie below the start offset or were compacted into others, and
 * indexes that have lost their log, or begin behind the checkpoint.
 */
function isLeftover(name: string, { synced, unsynced }: Plan): boolean {
  if (name.endsWith(temporarySuffix)) return true
  const file = segmentOf(name)
  return file !== undefined && ![...synced, ...unsynced].some(mark => isFileOf(mark, file, name))
}

function isFileOf(mark: SegmentMark, file: SegmentFile, name: string): boolean {
  if (mark.baseOffset !== file.baseOffset || mark.generation !== file.generation) return false
  return name.endsWith(logSuffix) || mark.offsetIndexBytes > 0 || mark.timeIndexBytes > 0
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
  checkedBytes: number
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
    checkedBytes: 0,
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
    await segment.remove()
    return
  }
  const segment = addSegment(walk, mark)
  await walk.env.openFiles.use(segment.path, file => walkFile(walk, segment, file, mark))
}

async function walkFile(
  walk: Walk,
  segment: Segment,
  file: FsFile,
  mark: SegmentMark,
): Promise<void> {
  const size = await file.size()
  if (size < mark.bytes) {
    throw new DamageError(segment.path, size, `it ends there, and had ${mark.bytes} bytes`)
  }
  if (size === mark.bytes) return
  walk.walked.push(segment)
  walk.checkedBytes += size - mark.bytes
  await includeGoodBatches(walk.env, segment, file, size)
  if (segment.bytes === size) return
  walk.truncated = true
  walk.env.log(await cutMessage(segment, file, size))
  await file.truncate(segment.bytes)
}

/** Whole batches behind the damage, near it, are what a torn write seldom leaves. */
async function cutMessage({ path, bytes }: Segment, file: FsFile, size: number): Promise<string> {
  const rest = await readWholeBatches(file, bytes, size)
  const whole = [...batchesIn(rest)].filter(at => crcMatches(rest, at)).length
  const message = `${path} is cut at byte ${bytes}: ${size - bytes} bytes are no whole batch`
  if (whole === 0) return message
  return `${message}, or follow one; the ${whole} whole ones there may have been acknowledged`
}

async function includeGoodBatches(
  env: Environment,
  segment: Segment,
  file: FsFile,
  size: number,
): Promise<void> {
  for (;;) {
    const batches = await readWholeBatches(file, segment.bytes, size)
    const good = batches.subarray(0, goodBytes(batches, segment))
    // After a failed sync the page cache holds bytes that never reached the disk, and thinks they
    // did: another sync would succeed and do nothing. Written again, they are synced.
    if (env.durability === 'disk') await writeFully(file, [good], segment.bytes)
    segment.include(good)
    if (good.length === 0 || good.length < batches.length) return
  }
}

/**
 * Offsets are given without gaps, so behind the checkpoint a gap is a loss; but not in what was
 * compacted, which is walked only where somebody has removed the checkpoint.
 */
function goodBytes(batches: Buffer, { nextOffset, generation }: Segment): number {
  let next = nextOffset
  for (const at of batchesIn(batches)) {
    const isGood =
      headerProblem(batches, at, next) === undefined &&
      (generation > 0 || baseOffset(batches, at) === next) &&
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
  await addSegment(walk, newSegmentMark(startOffset)).create()
}

/** Then the next checkpoint that is due will do. */
function isSmallTail({ segments, walked, checkedBytes }: Walk): boolean {
  return walked.every(segment => segment === segments.at(-1)) && checkedBytes <= smallTailBytes
}

/** What is served and acknowledged from here on builds on this: it is synced first. */
async function makeDurable(walk: Walk, { startOffset, cleanedTo }: Plan): Promise<void> {
  const { env, directory, segments } = walk
  const isKept = (segment: Segment): boolean => segments.includes(segment)
  await Promise.all(walk.walked.filter(isKept).map(segment => segment.sync()))
  const needsCheckpoint = walk.truncated || !isSmallTail(walk)
  if (needsCheckpoint || (walk.isNew && env.durability === 'disk')) {
    await env.fs.syncDirectory(directory)
  }
  if (needsCheckpoint) {
    for (const segment of walk.walked) segment.seal()
    walk.marks = segments.map(segment => segment.mark())
    await writeCheckpoint(env.fs, directory, { startOffset, cleanedTo, segments: walk.marks })
  }
}
