/** `odradek tail`: what comes in several topics, also in those that are created later. */
import { Option } from 'commander'
import type { Client } from '../client/client.ts'
import type { TopicPartition } from '../client/offsets.ts'
import type { ReadRecord } from '../client/read-record.ts'
import { Reader } from '../client/reader.ts'
import type { TopicMetadata } from '../client/topic.ts'
import { systemClock, type Timer } from '../clock.ts'
import { declare } from './command.ts'
import { connect, connectionOptions, type ConnectionFlags } from './connection.ts'
import { consumed, type Consumed } from './consume-output.ts'
import { wholeNumber } from './option-values.ts'
import { planOf, type PlanOptions, type ReadPlan } from './read-plan.ts'
import { beginning, endingAt, wantedPartitions, type SourceOptions } from './record-source.ts'
import { showOptions, showRecords, type ShowOptions } from './show-records.ts'
import type { Terminal } from './terminal.ts'

interface Options extends ConnectionFlags, Pick<PlanOptions, 'count' | 'last'>, ShowOptions {
  readonly since?: string
  readonly all?: true
}

/** How soon a topic is seen that was created. */
const lookAgainMs = 500

export const tailCommand = declare<Consumed, Options>({
  name: 'tail',
  summary: 'Print what comes in topics, also in those that are created later.',
  arguments: [['[topic...]', "names, or patterns like 'orders-*'; all topics if there is none"]],
  options: [
    new Option('--all', 'All topics, as without a name.'),
    new Option('-n, --count <number>', 'Only so many records, then end.').argParser(wholeNumber(1)),
    new Option('--last <number>', 'First so many of the latest records of each topic.').argParser(
      wholeNumber(0, 1e6),
    ),
    new Option('--since <time>', 'Begin so long ago (5m), or at a time (2026-11-21T10:00).'),
    ...showOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tail --all', 'everything that comes'],
    ["tail orders 'billing-*' --last 10", 'of some topics, and the latest ten of each'],
  ],
  output: consumed,
  streams: true,
  run: ({ args, options, terminal }) => run(args, options, terminal),
})

async function* run(
  names: readonly string[],
  options: Options,
  terminal: Terminal,
): AsyncGenerator<Consumed, void> {
  const plan = planOf(options, 'end', systemClock.now())
  const show = await showRecords(options, terminal, { withTopic: true })
  const say = (message: string): void => terminal.say(message)
  const { committed = false, txnMarkers: markers = false } = options
  const client = await connect(options)
  try {
    const isWanted = topicFilter(options.all ? [] : names)
    yield* show(tailed(client, isWanted, plan, { committed, markers, say }), plan.count)
  } finally {
    await client.close()
  }
}

/** Internal topics only where a name means just them. */
function topicFilter(names: readonly string[]): (topic: TopicMetadata) => boolean {
  if (names.length === 0) return ({ isInternal }) => !isInternal
  const patterns = names.map(name => {
    const parts = name.split('*').map(part => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`)
  })
  return ({ name, isInternal }) => {
    return names.includes(name!) || (!isInternal && patterns.some(each => each.test(name!)))
  }
}

async function* tailed(
  client: Client,
  isWanted: (topic: TopicMetadata) => boolean,
  plan: ReadPlan,
  options: SourceOptions,
): AsyncGenerator<ReadRecord[], void> {
  const reader = new Reader(client, { ...options, mayLose: true })
  const topics = new TailedTopics(client, reader, isWanted, plan)
  const first = await topics.look()
  const byTopic = Map.groupBy(first, ({ topic }) => topic)
  for (const partitions of byTopic.values()) {
    const { latest, positions } = await beginning(client, partitions, plan, options)
    yield latest
    for (const each of positions) reader.add(each)
  }
  const stop = topics.watch()
  try {
    yield* endingAt(reader, plan, client, { waits: true })
  } finally {
    stop()
  }
}

/** Which topics there are, and since when. */
class TailedTopics {
  readonly #client: Client
  readonly #reader: Reader
  readonly #isWanted: (topic: TopicMetadata) => boolean
  readonly #plan: ReadPlan
  /** Ids of topics by their names: a topic that is created again begins anew. */
  readonly #ids = new Map<string, string>()
  readonly #partitions = new Map<string, number>()

  constructor(
    client: Client,
    reader: Reader,
    isWanted: (topic: TopicMetadata) => boolean,
    plan: ReadPlan,
  ) {
    this.#client = client
    this.#reader = reader
    this.#isWanted = isWanted
    this.#plan = plan
  }

  /** Partitions that were not there before. */
  async look(): Promise<TopicPartition[]> {
    const { topics } = await this.#client.metadata({ topics: null })
    const wanted = topics.filter(topic => topic.name !== null && this.#isWanted(topic))
    return wanted.flatMap(topic => {
      const name = topic.name!
      const isSame = this.#ids.get(name) === topic.topicId
      const known = isSame ? (this.#partitions.get(name) ?? 0) : 0
      this.#ids.set(name, topic.topicId)
      this.#partitions.set(name, topic.partitions.length)
      return wantedPartitions(topic, this.#plan).filter(({ partition }) => partition >= known)
    })
  }

  /** What is new is read from its start, until it is told to stop. */
  watch(): () => void {
    const { clock } = this.#client
    const later = (): Timer => clock.after(lookAgainMs, () => void again())
    let timer = later()
    let isStopped = false
    const again = async (): Promise<void> => {
      try {
        for (const each of await this.look()) {
          this.#reader.add({ ...each, offset: 0, end: Infinity })
        }
      } catch {
        // The reader asks the same brokers, and says what is wrong with them.
      }
      if (!isStopped) timer = later()
    }
    return () => {
      isStopped = true
      timer.cancel()
    }
  }
}
