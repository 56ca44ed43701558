/** `odradek import`: what `export` has printed, into any Kafka. */
import { Option } from 'commander'
import { InvalidInput } from '../admin/invalid-input.ts'
import { parseJson } from '../admin/json-value.ts'
import type { RecordInput } from '../admin/record-json.ts'
import type { Client } from '../client/client.ts'
import { createTopic } from '../client/create-topic.ts'
import { commitOffsets } from '../client/group-offsets.ts'
import { compressions, Producer, type ProducerOptions } from '../client/producer.ts'
import { existingTopic } from '../client/topic.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { systemClock } from '../clock.ts'
import { entryFromJson, type GroupEntry, type SeedEntry, type TopicEntry } from '../seeds/entry.ts'
import { declare } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { ImportedOffsets } from './imported-offsets.ts'
import { readLines } from './input.ts'
import { integer, object, type Described } from './json-schema.ts'
import { PartitionChoice } from './partition-choice.ts'
import type { Terminal } from './terminal.ts'

const imported = object({ topics: integer, records: integer, groups: integer })
type Imported = Described<typeof imported>

interface Options extends ConnectionFlags {
  readonly compression: ProducerOptions['compression']
}

export const importCommand = declare<Imported, Options>({
  name: 'import',
  summary: 'Create topics, produce records and commit offsets from the lines of an export.',
  arguments: [['[file]', 'of lines of JSON; stdin if there is none']],
  options: [
    new Option('--compression <type>', 'How batches are compressed.')
      .choices(compressions)
      .default('none'),
    ...connectionOptions,
  ],
  examples: [
    ['import all.jsonl', 'what an export has written'],
    ['export -b kafka:9092 orders | odradek import', 'from one Kafka to another'],
  ],
  output: imported,
  run: ({ args: [file = '-'], options, terminal }) =>
    withClient(options, client => run(client, file, options, terminal)),
  said: ({ topics, records, groups }) =>
    `imported ${topics} topics, ${records} records and the offsets of ${groups} groups`,
})

async function run(
  client: Client,
  file: string,
  { compression }: Options,
  terminal: Terminal,
): Promise<Imported> {
  const producer = await Producer.open(client, { compression, acks: -1 })
  const target = new ImportTarget(client, producer, terminal)
  let number = 0
  for await (const lines of readLines(file)) {
    for (const line of lines) {
      number++
      const text = line.toString('utf8')
      const where = `${file === '-' ? 'stdin' : file}:${number}`
      if (text.trim() !== '') await target.take(entryAt(where, text), where)
    }
    await producer.room()
  }
  return target.finish()
}

function entryAt(where: string, text: string): SeedEntry {
  try {
    return entryFromJson(parseJson(text))
  } catch (error) {
    if (error instanceof InvalidInput) throw new Failure(`${where}: ${error.message}`, 1, error)
    throw error
  }
}

class ImportTarget {
  readonly #client: Client
  readonly #producer: Producer
  readonly #terminal: Terminal
  readonly #choices = new Map<string, PartitionChoice>()
  readonly #offsets = new ImportedOffsets()
  readonly #groups: { entry: GroupEntry; where: string }[] = []
  readonly #failures: Error[] = []
  #topics = 0
  #records = 0

  constructor(client: Client, producer: Producer, terminal: Terminal) {
    this.#client = client
    this.#producer = producer
    this.#terminal = terminal
  }

  /** Throws a Failure that says where. */
  async take(entry: SeedEntry, where: string): Promise<void> {
    const [failure] = this.#failures
    if (failure) throw failure
    try {
      if (entry.kind === 'topic') await this.#create(entry)
      else if (entry.kind === 'record') await this.#send(entry.topic, entry.record, where)
      else if (entry.kind === 'group') this.#groups.push({ entry, where })
      else throw new InvalidInput(elsewhere[entry.kind])
    } catch (error) {
      throw failureAt(where, error)
    }
  }

  /** Offsets come last, because they count records. */
  async finish(): Promise<Imported> {
    await this.#producer.settled()
    const [failure] = this.#failures
    if (failure) throw failure
    for (const { entry, where } of this.#groups) {
      const offsets = entry.offsets.map(each => ({ ...each, offset: this.#offsets.of(each) }))
      const member = { groupId: entry.group, generationId: -1, memberId: '' }
      try {
        await commitOffsets(this.#client, member, offsets)
      } catch (error) {
        throw failureAt(where, error)
      }
    }
    return { topics: this.#topics, records: this.#records, groups: this.#groups.length }
  }

  async #create(entry: TopicEntry): Promise<void> {
    const { name, partitions = -1, replicationFactor = -1, configs } = entry
    try {
      await createTopic(this.#client, { name, partitions, replicationFactor, configs })
      this.#topics++
    } catch (error) {
      const isThere = error instanceof KafkaError && error.error === 'TOPIC_ALREADY_EXISTS'
      if (!isThere) throw error
      const { partitions: own } = await existingTopic(this.#client, name, { create: false })
      if (own.length < partitions) {
        const count = `${own.length} partitions, and the file has ${partitions}`
        throw new InvalidInput(`topic ${name} is there with ${count}: delete it, or add some`)
      }
      this.#terminal.say(`topic ${name} is there: records are added to it`)
    }
  }

  async #send(topic: string, record: RecordInput, where: string): Promise<void> {
    let choice = this.#choices.get(topic)
    if (choice === undefined) {
      const { partitions } = await existingTopic(this.#client, topic, { create: true })
      choice = new PartitionChoice(topic, partitions.length)
      this.#choices.set(topic, choice)
    }
    const partition = choice.partition(record)
    const timestamp = record.timestamp ?? systemClock.now()
    void this.#stored(topic, partition, { ...record, timestamp }, where)
  }

  async #stored(
    topic: string,
    partition: number,
    record: RecordInput & { timestamp: number },
    where: string,
  ): Promise<void> {
    try {
      const offset = await this.#producer.send(topic, partition, record)
      this.#offsets.see(topic, partition, offset)
      this.#records++
      if (this.#records % 1000 === 0) this.#terminal.progress(`imported ${this.#records} records`)
    } catch (error) {
      this.#failures.push(failureAt(where, error))
    }
  }
}

const elsewhere = {
  user: 'users are created with odradek user, or when a broker starts with --seed',
  fault: 'faults are of odradek alone: give them to odradek fault, or to a start with --seed',
} as const

function failureAt(where: string, error: unknown): Error {
  const isKnown = error instanceof InvalidInput || error instanceof KafkaError
  const isFailure = isKnown || error instanceof Failure
  return isFailure ? new Failure(`${where}: ${error.message}`, 1, error) : (error as Error)
}
