/** What a broker begins with: a snapshot, topics, seeds. */
import { nodeFs } from '../../storage/file/fs.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Services } from '../handler.ts'
import type { Logger } from '../logger.ts'
import { systemRandom } from '../random.ts'
import type { Storage } from '../state.ts'
import { Failure, readProblem } from './failure.ts'

export interface Beginning {
  /** Paths of files and directories. */
  seeds: readonly string[]
  /** The path of a snapshot. */
  load: string | undefined
  /** In the form of KAFKA_CREATE_TOPICS. */
  createTopics?: string | undefined
}

/** A directory whose seeds the image loads, as that of PostgreSQL its scripts. */
const imageSeeds = '/docker-entrypoint-init.d'

/** The seeds of the image's directory, if there is one. */
export async function seedsOfImage(): Promise<string[]> {
  try {
    await nodeFs.readdir(imageSeeds)
    return [imageSeeds]
  } catch {
    return []
  }
}

/** Loads the seeds before anybody can connect. */
export async function loadBeginning(
  { seeds, createTopics }: Beginning,
  services: Services,
  logger: Logger,
): Promise<void> {
  if (seeds.length === 0 && !createTopics) return
  const { loadSeeds } = await import('../seeds/load.ts')
  const fromHere = { fs: nodeFs, variables: process.env, logger }
  await loadSeeds(services, { seeds, createTopics, keepsTopics: true, ...fromHere })
}

export interface SnapshotTarget {
  storage: Storage
  config: Config
  clock: Clock
  logger: Logger
}

/** Stores the snapshot, unless there are topics already: the same start may come again. */
export async function loadSnapshotFile(
  file: string,
  { storage, config, clock, logger }: SnapshotTarget,
): Promise<void> {
  if (storage.metadata.rows().some(({ kind }) => kind === 'topic')) {
    const advice = 'the snapshot is not loaded, for there is data: choose another directory for it'
    logger.warn({ snapshot: file, dataDirectory: config.dataDirectory }, advice)
    return
  }
  const { loadInto } = await import('../in-process/load.ts')
  try {
    await loadInto(file, { ...storage, config, clock, random: systemRandom })
  } catch (error) {
    if (error instanceof InvalidInput) throw new InvalidInput(`${file}: ${error.message}`)
    if (!(error instanceof Error) || !('code' in error)) throw error
    const reason = readProblem(error as NodeJS.ErrnoException)
    throw new Failure(`cannot load the snapshot ${file}: ${reason}`, 1, error)
  }
}
