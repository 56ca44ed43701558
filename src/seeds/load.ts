import type { Services } from '../handler.ts'
import type { Logger } from '../logger.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import { parseCreateTopics } from './create-topics.ts'
import { entryFromJson, type Password } from './entry.ts'
import { entriesOfPath, type SeedFs } from './files.ts'
import { importEntries } from './import.ts'
import { located, type Located } from './lines.ts'

/** The path of a file or a directory, or an entry. */
export type Seed = string | Readonly<Record<string, unknown>>

export interface SeedsToLoad {
  /** In their order. */
  seeds: readonly Seed[]
  /** Topics in the form of KAFKA_CREATE_TOPICS, before the seeds. */
  createTopics?: string | undefined
  /** See `ImportOptions`. */
  keepsTopics: boolean
  fs: SeedFs
  variables: Readonly<Record<string, string | undefined>>
  logger: Logger
}

/** Loads what a broker is to begin with. Rejects with InvalidInput: file, line and reason. */
export async function loadSeeds(services: Services, options: SeedsToLoad): Promise<void> {
  const { keepsTopics, fs, variables, logger } = options
  const imported = await importEntries(services, entriesOf(options), {
    keepsTopics,
    findPassword: place => findPassword(place, fs, variables),
  })
  const { keptTopics, ...counts } = imported
  logger.info(counts, 'seeds are loaded')
  if (keptTopics.length === 0) return
  logger.info({ topics: keptTopics.join(', ') }, 'topics of seeds were there already: left alone')
}

async function* entriesOf({ seeds, createTopics, fs }: SeedsToLoad): AsyncGenerator<Located> {
  for (const entry of parseCreateTopics(createTopics ?? '')) {
    yield { where: 'KAFKA_CREATE_TOPICS', entry }
  }
  let number = 0
  for (const seed of seeds) {
    number++
    const where = `seed ${number}`
    if (typeof seed === 'string') yield* entriesOfPath(fs, seed)
    else yield { where, entry: located(where, () => entryFromJson(seed)) }
  }
}

async function findPassword(
  place: Exclude<Password, string>,
  fs: SeedFs,
  variables: SeedsToLoad['variables'],
): Promise<string> {
  if ('env' in place) {
    const value = variables[place.env]
    if (value) return value
    throw new InvalidInput(`password: there is no environment variable ${place.env}`)
  }
  try {
    return (await fs.readFile(place.file)).toString().replace(/\r?\n$/, '')
  } catch (error) {
    const reason = (error as Error).message
    throw new InvalidInput(`password: ${place.file} cannot be read: ${reason}`, { cause: error })
  }
}
