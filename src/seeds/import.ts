/** Entries of seeds and exports, made into topics, records, offsets of groups, users and faults. */
import { errorName, KafkaError } from '../../protocol/errors.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import { createTopic } from '../admin/topics.ts'
import type { Services } from '../handler.ts'
import type { Topic } from '../topics.ts'
import type { GroupEntry, Password, SeedEntry, TopicEntry, UserEntry } from './entry.ts'
import type { Located } from './lines.ts'
import { RecordImport } from './record-import.ts'

/** What an import has brought. */
export interface Imported {
  topics: number
  records: number
  groups: number
  users: number
  faults: number
  /** Topics that were there already: with `keepsTopics`, they were left as they are. */
  keptTopics: string[]
}

export interface ImportOptions {
  /**
   * Leaves topics alone that were there before, and their records and offsets: as seeds do, so that
   * a broker that keeps its data can be started with the same ones again. Otherwise records are
   * appended to them.
   */
  keepsTopics: boolean
  /** Finds the password that is not in the text itself. Without it, there may be none such. */
  findPassword?: (place: Exclude<Password, string>) => Promise<string>
}

/**
 * Takes entries in their order; all is durable when this resolves. Rejects with InvalidInput at the
 * first that is wrong, with its place: what came before it stays.
 */
export async function importEntries(
  services: Services,
  entries: AsyncIterable<Located> | Iterable<Located>,
  options: ImportOptions,
): Promise<Imported> {
  const work = new Import(services, options)
  try {
    for await (const { where, entry } of entries) await placed(where, () => work.take(entry, where))
  } finally {
    await work.flush()
  }
  return work.imported
}

/** What clients are told of as an error of Kafka is, here, the fault of a line. */
async function placed(where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const isForPeople = error instanceof KafkaError || error instanceof InvalidInput
    if (!isForPeople || error.message.startsWith(where)) throw error
    throw new InvalidInput(`${where}: ${error.message}`, { cause: error })
  }
}

class Import {
  readonly imported: Imported
  readonly #services: Services
  readonly #options: ImportOptions
  /** Of before, by name. */
  readonly #existing: ReadonlySet<string>
  readonly #records: RecordImport

  constructor(services: Services, options: ImportOptions) {
    const { topics } = services
    this.#services = services
    this.#options = options
    this.#existing = new Set(topics.all().map(({ name }) => name))
    this.#records = new RecordImport(services)
    this.imported = { topics: 0, records: 0, groups: 0, users: 0, faults: 0, keptTopics: [] }
  }

  async take(entry: SeedEntry, where: string): Promise<void> {
    switch (entry.kind) {
      case 'topic':
        return this.#topic(entry)
      case 'record':
        if (this.#isKept(entry.topic)) return undefined
        await this.#records.add(await this.#topicOf(entry.topic), entry.record, where)
        this.imported.records++
        return undefined
      case 'group':
        await this.flush()
        return this.#group(entry)
      case 'user':
        return this.#user(entry)
      case 'fault':
        this.#services.faults.add(entry.spec)
        this.imported.faults++
        return undefined
    }
  }

  flush(): Promise<void> {
    return this.#records.flush()
  }

  async #topic(entry: TopicEntry): Promise<void> {
    const { name, partitions, replicationFactor, configs } = entry
    if (this.#isKept(name) || this.#isThere(entry)) return
    await createTopic(this.#services, name, {
      ...(partitions !== undefined && { partitions }),
      ...(replicationFactor !== undefined && { replicationFactor }),
      configs,
    })
    this.imported.topics++
  }

  /** A topic that is there will do, if it has the partitions that the line says. */
  #isThere({ name, partitions }: TopicEntry): boolean {
    const topic = this.#services.topics.get(name)
    if (topic === undefined) return false
    const { length } = topic.partitions
    if ((partitions ?? length) === length) return true
    const reason = `topic '${name}' is there already, with ${length} partitions`
    throw new InvalidInput(`${reason}: delete it, or leave the line out`)
  }

  #isKept(name: string): boolean {
    if (!this.#options.keepsTopics || !this.#existing.has(name)) return false
    const { keptTopics } = this.imported
    if (!keptTopics.includes(name)) keptTopics.push(name)
    return true
  }

  /** One that no line has declared is as the broker's configs say. */
  async #topicOf(name: string): Promise<Topic> {
    const { topics } = this.#services
    const topic = topics.get(name)
    if (topic !== undefined) return topic
    this.imported.topics++
    return topics.getOrCreate(name)
  }

  async #group({ group, offsets }: GroupEntry): Promise<void> {
    const wanted = offsets.filter(({ topic }) => !this.#isKept(topic))
    const byTopic = Map.groupBy(wanted, ({ topic }) => topic)
    const topics = Array.from(byTopic, ([name, own]) => ({
      name,
      topicId: '',
      partitions: own.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: this.#records.firstOffset(name, partition) + offset,
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
        commitTimestamp: -1,
      })),
    }))
    const client = { memberId: '', groupInstanceId: null, generationIdOrMemberEpoch: -1 }
    const request = { groupId: group, ...client, retentionTimeMs: -1, topics }
    const answers = await this.#services.groups.offsets.commit(request, commitVersion)
    for (const { name, partitions } of answers) {
      const failed = partitions.find(({ errorCode }) => errorCode !== 0)
      if (failed === undefined) continue
      const { errorCode, partitionIndex } = failed
      throw new InvalidInput(commitProblem(errorName(errorCode), group, name, partitionIndex))
    }
    if (topics.length > 0 || offsets.length === 0) this.imported.groups++
  }

  async #user({ name, password, mechanisms: wanted }: UserEntry): Promise<void> {
    const { addScramUser } = await import('./scram-user.ts')
    const found = typeof password === 'string' ? password : await this.#find(password)
    await addScramUser(this.#services, { name, password: found, mechanisms: wanted })
    this.imported.users++
  }

  #find(place: Exclude<Password, string>): Promise<string> {
    const { findPassword } = this.#options
    if (findPassword !== undefined) return findPassword(place)
    throw new InvalidInput('a password from elsewhere is for seeds at the start: give it as a text')
  }
}

/** The last that names topics by their names. */
const commitVersion = 9

function commitProblem(error: string, group: string, topic: string, partition: number): string {
  if (error === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return `there is no partition ${topic}/${partition}: declare the topic in a line before`
  }
  return error === 'UNKNOWN_MEMBER_ID'
    ? `group '${group}' has members: stop its consumers first`
    : `offset of group '${group}' in ${topic}/${partition}: ${error}`
}
