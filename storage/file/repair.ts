/**
 * Carries a repair out. It destroys nothing, whenever it is stopped: what is good of damaged files
 * is written to new ones, then the old ones get other names, and then the checkpoint says what the
 * log is made of. Until then another repair finds in the new files what is missing.
 */
import { basename, dirname } from 'node:path'
import { gapBatch } from '../../protocol/rewritten-batch.ts'
import { readWholeBatches } from './batch-reader.ts'
import { writeCheckpoint } from './checkpoint.ts'
import { apart } from './cleaning.ts'
import { removeCleanList } from './clean-list.ts'
import { DamageError } from './errors.ts'
import { unlinkIfThere, type Fs } from './fs.ts'
import { isRun, type PlannedSegment, type RepairPlan } from './repair-plan.ts'
import type { Run } from './salvage.ts'
import { indexesOfSegment, segmentPath } from './segment-files.ts'
import { newSegmentMark, Segment, type SegmentMark } from './segment.ts'

/** Kafka's default: what is set on the topic counts again for what is appended. */
const indexIntervalBytes = 4096

export interface Renamed {
  from: string
  to: string
}

/** Resolves with the files that got other names. */
export async function repair(fs: Fs, plan: RepairPlan): Promise<Renamed[]> {
  const { directory, startOffset, cleanedTo, setAside } = plan
  await removeCleanList(fs, dirname(directory))
  const written = new Map<PlannedSegment, SegmentMark>()
  for (const segment of plan.segments.filter(({ file }) => file === undefined)) {
    written.set(segment, await writeSegment(fs, directory, segment))
  }
  await fs.syncDirectory(directory)
  const renamed = await putAside(fs, directory, setAside)
  const segments: SegmentMark[] = []
  for (const segment of plan.segments) {
    renamed.push(...(await nameAnew(fs, directory, segment)))
    segments.push(written.get(segment) ?? (await writeSegment(fs, directory, segment)))
  }
  await fs.syncDirectory(directory)
  await writeCheckpoint(fs, directory, { startOffset, cleanedTo, segments })
  return renamed
}

async function putAside(fs: Fs, directory: string, names: readonly string[]): Promise<Renamed[]> {
  const taken = await fs.readdir(directory)
  const renamed: Renamed[] = []
  for (const from of names) {
    let to = `${from}.before-repair`
    for (let i = 2; taken.includes(to); i++) to = `${from}.before-repair-${i}`
    await fs.rename(`${directory}/${from}`, `${directory}/${to}`)
    renamed.push({ from, to })
  }
  return renamed
}

async function nameAnew(
  fs: Fs,
  directory: string,
  { file, ...segment }: PlannedSegment,
): Promise<Renamed[]> {
  if (file === undefined) return []
  const [from, to] = [segmentPath(directory, file), segmentPath(directory, segment)]
  if (from === to) return []
  await fs.rename(from, to)
  return [{ from: basename(from), to: basename(to) }]
}

/** Writes what is not there yet, and both indexes in any case. */
async function writeSegment(
  fs: Fs,
  directory: string,
  { baseOffset, generation, parts, file }: PlannedSegment,
): Promise<SegmentMark> {
  const mark = newSegmentMark(baseOffset, generation)
  const segment = new Segment(apart(fs), directory, mark, { indexIntervalBytes })
  const isThere = file !== undefined
  try {
    for (const path of indexesOfSegment(segment.path)) await unlinkIfThere(fs, path)
    if (!isThere) await segment.create()
    for (const part of parts) {
      if (!isRun(part)) {
        await segment.write([gapBatch(part.firstOffset, part.nextOffset)])
        continue
      }
      const path = isThere ? segment.path : part.path
      for await (const batches of batchesOfRun(fs, { ...part, path })) {
        if (isThere) segment.include(batches)
        else await segment.write([batches])
      }
    }
    segment.seal()
    await segment.sync()
    return segment.mark()
  } finally {
    await segment.close()
  }
}

async function* batchesOfRun(fs: Fs, { path, position, bytes }: Run): AsyncGenerator<Buffer> {
  const file = await fs.open(path, 'r')
  try {
    const end = position + bytes
    for (let at = position; at < end;) {
      const batches = await readWholeBatches(file, at, end)
      if (batches.length === 0) throw new DamageError(path, at, 'no whole batch')
      yield batches
      at += batches.length
    }
  } finally {
    await file.close()
  }
}
