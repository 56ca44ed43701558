/**
 * What a log knows to be durable, in a small file beside its segments: the start offset, and each
 * segment down to the position up to which it is whole and synced. What lies behind that position
 * is walked at the next start, so a clean shutdown is simply a checkpoint that covers everything.
 */
import { crc32c } from '../../protocol/crc32c.ts'
import { StorageError } from '../partition-log.ts'
import { DamageError } from './errors.ts'
import { isMissing, writeFully, type Fs } from './fs.ts'
import type { SegmentMark } from './segment.ts'

const checkpointName = 'checkpoint'
export const temporarySuffix = '.tmp'

/** 2 came with compaction. */
const version = 2
const oldestVersion = 1

export interface Checkpoint {
  startOffset: number
  /** Below this offset everything was compacted. */
  cleanedTo: number
  /** Ascending; the last one is where the synced part ends. Never empty. */
  segments: SegmentMark[]
}

interface StoredCheckpoint {
  version: number
  startOffset: number
  cleanedTo?: number
  segments: (Omit<SegmentMark, 'generation'> & { generation?: number })[]
}

/** Replaces the file as a whole: a crash leaves the old one or the new one. */
export async function writeCheckpoint(
  fs: Fs,
  directory: string,
  checkpoint: Checkpoint,
): Promise<void> {
  const body = JSON.stringify({ version, ...checkpoint })
  await replaceFile(fs, directory, checkpointName, `${body}\n${checksumText(body)}\n`)
}

/** Durable when it resolves. */
export async function replaceFile(
  fs: Fs,
  directory: string,
  name: string,
  content: string,
): Promise<void> {
  const path = `${directory}/${name}`
  const file = await fs.open(path + temporarySuffix, 'w+')
  try {
    await writeFully(file, [Buffer.from(content)], 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await fs.rename(path + temporarySuffix, path)
  await fs.syncDirectory(directory)
}

/**
 * Undefined when there is none yet. DamageError when it cannot be trusted, StorageError for a later
 * version's.
 */
export async function readCheckpoint(fs: Fs, directory: string): Promise<Checkpoint | undefined> {
  const path = `${directory}/${checkpointName}`
  let content: Buffer
  try {
    content = await fs.readFile(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const [body, stored] = content.toString().split('\n')
  if (body === undefined || stored !== checksumText(body)) {
    const advice = '`odradek log repair` makes a new one from the segments'
    throw new DamageError(path, 0, `the checksum does not match; ${advice}`)
  }
  const checkpoint = JSON.parse(body) as StoredCheckpoint
  if (checkpoint.version < oldestVersion || checkpoint.version > version) {
    throw new StorageError(
      `${path} has version ${checkpoint.version}; this program reads up to ${version}`,
    )
  }
  const { startOffset, cleanedTo = 0, segments } = checkpoint
  return { startOffset, cleanedTo, segments: segments.map(mark => ({ generation: 0, ...mark })) }
}

export function checksumText(body: string): string {
  return crc32c(Buffer.from(body)).toString(16).padStart(8, '0')
}
