/** `odradek produce`: records from arguments, lines or files into a topic. */
import { Option } from 'commander'
import type { NewRecord } from '../../protocol/records.ts'
import type { RecordInput } from '../admin/record-json.ts'
import { Channel } from '../client/channel.ts'
import type { Client } from '../client/client.ts'
import { compressions, Producer, type ProducerOptions } from '../client/producer.ts'
import { existingTopic } from '../client/topic.ts'
import { systemClock } from '../clock.ts'
import { systemRandom } from '../random.ts'
import { declare } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'
import { onInterrupt } from './interrupt.ts'
import { integer, nullable, object, string, type Described } from './json-schema.ts'
import { append, wholeNumber } from './option-values.ts'
import { PartitionChoice } from './partition-choice.ts'
import { inputRecords, type InputOptions } from './produce-input.ts'
import type { Terminal } from './terminal.ts'

const produced = object({
  topic: string,
  partition: integer,
  /** Null where the broker does not tell it (acks=0). */
  offset: nullable(integer),
  /** Milliseconds since the epoch. */
  timestamp: integer,
})
type Produced = Described<typeof produced>

const acksByName = { all: -1, '-1': -1, '1': 1, '0': 0 } as const

interface Options extends ConnectionFlags, InputOptions {
  readonly compression: ProducerOptions['compression']
  readonly acks: keyof typeof acksByName
  readonly txn?: true
  readonly json?: true
}

export const produceCommand = declare<Produced, Options>({
  name: 'produce',
  summary: 'Produce records: an argument, a file, or each line of stdin.',
  arguments: [
    ['<topic>', 'its name'],
    ['[value]', 'of the record; lines of stdin if there is none'],
  ],
  options: [
    new Option('-k, --key <text>', 'The key.'),
    new Option('-H, --header <name=value>', 'A header; may be repeated.').argParser(append),
    new Option('-p, --partition <number>', 'The partition; else the key tells it.').argParser(
      wholeNumber(0, 2 ** 31 - 1),
    ),
    new Option(
      '-n, --count <number>',
      'So many records; {{i}}, {{uuid}}, {{now}} differ.',
    ).argParser(wholeNumber(1)),
    new Option('-K, --key-delimiter <text>', 'Lines are key, this, value.'),
    new Option('--jsonl', 'Lines are records in JSON: {"key":…,"value":…,"headers":{…}}.'),
    new Option('--null', 'No value: a tombstone. Of lines: what is empty is null.'),
    new Option('--file <path>', 'The value is the whole file; with --jsonl, the lines are in it.'),
    new Option('--txn', 'All records in one transaction.'),
    new Option('--compression <type>', 'How batches are compressed.')
      .choices(compressions)
      .default('none'),
    new Option('--acks <number>', 'Who has to have it: all, 1 (the leader) or 0 (nobody tells).')
      .choices(Object.keys(acksByName))
      .default('all'),
    ...connectionOptions,
  ],
  examples: [
    ['produce orders hello', 'a record'],
    ['produce orders -k 1 -H source=shop \'{"total":12}\'', 'with a key and a header'],
    ["produce orders -n 100 -k '{{i}}' 'order {{uuid}}'", 'a hundred of them'],
    ['produce orders -K : < lines.txt', 'key:value on each line'],
  ],
  output: produced,
  streams: true,
  run: ({ args: [topic, value], options, terminal }) => run(topic!, value, options, terminal),
})

async function* run(
  topic: string,
  value: string | undefined,
  options: Options,
  terminal: Terminal,
): AsyncGenerator<Produced, void> {
  if (options.txn && acksByName[options.acks] !== -1) throw new Failure('--txn needs --acks all', 2)
  const records = inputRecords(topic, value, options)
  const readsTerminal = process.stdin.isTTY && value === undefined && options.file === undefined
  if (readsTerminal) terminal.say('each line is a record; Ctrl-D ends')
  const summary = new Summary(topic)
  const results = new Channel<Produced>()
  const producing = withClient(options, client => {
    return produceAll(client, topic, options, records, each => {
      summary.add(each)
      if (options.json) results.push(each)
      else if (readsTerminal) terminal.say(new Summary(topic, each).text)
      else if (summary.count % 1000 === 0) terminal.progress(`produced ${summary.count} records`)
    })
  })
  producing.then(
    () => results.end(),
    (error: Error) => results.end(error),
  )
  yield* results
  if (!options.json && !readsTerminal) terminal.say(summary.text)
}

async function produceAll(
  client: Client,
  topic: string,
  options: Options,
  groups: AsyncIterable<RecordInput[]>,
  done: (produced: Produced) => void,
): Promise<void> {
  const { partitions } = await existingTopic(client, topic, { create: true })
  const choose = new PartitionChoice(topic, partitions.length)
  const { compression, acks, txn } = options
  const transactionalId = txn ? `odradek-${systemRandom.uuid()}` : undefined
  const producer = await Producer.open(client, {
    compression,
    acks: acksByName[acks],
    transactionalId,
  })
  const remove = onInterrupt(() => producer.end('abort'))
  let failure: Error | undefined
  const store = async (partition: number, record: NewRecord): Promise<void> => {
    try {
      const offset = await producer.send(topic, partition, record)
      done({ topic, partition, offset: offset < 0 ? null : offset, timestamp: record.timestamp })
    } catch (error) {
      failure ??= error as Error
    }
  }
  try {
    for await (const group of groups) {
      for (const record of group) {
        const partition = choose.partition(record)
        const timestamp = record.timestamp ?? systemClock.now()
        void store(partition, { ...record, timestamp })
      }
      await producer.room()
      if (failure !== undefined) break
    }
    await producer.settled()
    if (failure !== undefined) throw failure
    await producer.end('commit')
  } catch (error) {
    await producer.end('abort').catch(() => undefined)
    throw error
  } finally {
    remove()
  }
}

/** Where records have gone, in few words. */
class Summary {
  readonly #topic: string
  readonly #ranges = new Map<number, { first: number | null; last: number | null }>()
  count = 0

  constructor(topic: string, produced?: Produced) {
    this.#topic = topic
    if (produced) this.add(produced)
  }

  add({ partition, offset }: Produced): void {
    this.count++
    const range = this.#ranges.get(partition)
    if (range === undefined) this.#ranges.set(partition, { first: offset, last: offset })
    else range.last = offset
  }

  get text(): string {
    const ranges = [...this.#ranges].toSorted(([a], [b]) => a - b)
    const places = ranges.map(([partition, { first, last }]) => {
      const where = `${this.#topic}-${partition}`
      if (first === null) return `${where} (the broker tells no offset)`
      return first === last
        ? `${where} at offset ${first}`
        : `${where} at offsets ${first} to ${last}`
    })
    if (this.count === 0) return 'there was nothing to produce'
    const what = this.count === 1 ? 'produced' : `produced ${this.count} records`
    return `${what} to ${places.join(', ')}`
  }
}
