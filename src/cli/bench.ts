/** `odradek bench`: how quick a broker is for one client, this one. */
import { Option } from 'commander'
import type { Client } from '../client/client.ts'
import { createTopic, deleteTopic } from '../client/create-topic.ts'
import { compressions, Producer, type ProducerOptions } from '../client/producer.ts'
import { Reader } from '../client/reader.ts'
import { existingTopic } from '../client/topic.ts'
import { systemRandom } from '../random.ts'
import { declare } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { onInterrupt } from './interrupt.ts'
import { integer, listOf, number, object, oneOf, string, type Described } from './json-schema.ts'
import { wholeNumber } from './option-values.ts'
import { latenciesOf } from './percentiles.ts'
import type { Terminal } from './terminal.ts'

const latencies = object({ p50: number, p95: number, p99: number, max: number })
const test = object(
  {
    test: oneOf('produce', 'consume', 'round trip'),
    records: integer,
    seconds: number,
    recordsPerSecond: number,
    /** Of 10^6 bytes of keys and values. */
    megabytesPerSecond: number,
  },
  {
    /** Milliseconds from the call to the acknowledgement, or until a reader has the record. */
    latencyMs: latencies,
  },
)
const benchResult = object({
  topic: string,
  partitions: integer,
  recordBytes: integer,
  acks: string,
  compression: string,
  tests: listOf(test),
})
type BenchResult = Described<typeof benchResult>
type Test = Described<typeof test>

const acksByName = { all: -1, '1': 1 } as const

interface Options extends ConnectionFlags {
  readonly topic?: string
  readonly records: number
  readonly size: number
  readonly partitions: number
  readonly roundTrips: number
  readonly compression: ProducerOptions['compression']
  readonly acks: keyof typeof acksByName
}

/** Code that has not run yet is slow, the broker's as well. */
const warmUpRecords = 1000
const poolBytes = 4 * 1024 * 1024

export const benchCommand = declare<BenchResult, Options>({
  name: 'bench',
  summary: 'Measure how quick a broker is: produce, consume, and a record there and back.',
  options: [
    new Option('--topic <name>', 'An existing topic, which is kept; else one is made for it.'),
    new Option('--records <number>', 'So many are produced and consumed.')
      .argParser(wholeNumber(1, 1e9))
      .default(200_000),
    new Option('--size <bytes>', 'Of each value: random bytes.')
      .argParser(wholeNumber(1, 1_000_000))
      .default(100),
    new Option('--partitions <number>', 'Of the topic that is made.')
      .argParser(wholeNumber(1, 10_000))
      .default(1),
    new Option('--round-trips <number>', 'Records that are sent one by one.')
      .argParser(wholeNumber(0, 1e6))
      .default(500),
    new Option('--compression <type>', 'How batches are compressed.')
      .choices(compressions)
      .default('none'),
    new Option('--acks <number>', 'Who has to have a record: all, or 1 (the leader).')
      .choices(['all', '1'])
      .default('all'),
    ...connectionOptions,
  ],
  examples: [
    ['bench', 'the broker on localhost:9092'],
    ['bench -b kafka:9092 --records 1000000 --size 1000 --partitions 6', 'another one'],
  ],
  output: benchResult,
  run: ({ options, terminal }) =>
    withClient(options, client =>
      withClient(options, reading => run(client, reading, options, terminal)),
    ),
  text: ({ tests }, { table }) =>
    table(
      ['TEST', 'RECORDS', 'SECONDS', 'RECORDS/S', 'MB/S', 'P50 MS', 'P95 MS', 'P99 MS', 'MAX MS'],
      tests.map(({ latencyMs: ms, ...each }) => [
        each.test,
        each.records,
        each.seconds,
        each.recordsPerSecond,
        each.megabytesPerSecond,
        ...(ms ? [ms.p50, ms.p95, ms.p99, ms.max] : [null, null, null, null]),
      ]),
    ),
  said: ({ recordBytes, partitions, acks, compression }) =>
    `values of ${recordBytes} random bytes, ${partitions} partition(s), acks=${acks},` +
    ` compression ${compression}; one client, which takes its part of the time`,
})

/** A broker answers the requests of a connection in turns: reading has a client of its own. */
async function run(
  client: Client,
  reading: Client,
  options: Options,
  terminal: Terminal,
): Promise<BenchResult> {
  const isOwn = options.topic === undefined
  const topic = options.topic ?? `odradek-bench-${systemRandom.id()}`
  const configs = { 'cleanup.policy': 'delete' }
  const { partitions: count } = options
  if (isOwn)
    await createTopic(client, { name: topic, partitions: count, replicationFactor: -1, configs })
  const remove = onInterrupt(async () => isOwn && deleteTopic(client, topic))
  try {
    const { partitions } = await existingTopic(client, topic, { create: false })
    const bench = new Bench({ client, reading, topic }, partitions.length, options)
    await bench.warmUp()
    terminal.progress(`producing ${options.records} records`)
    const tests = [await bench.produce()]
    terminal.progress(`consuming ${options.records} records`)
    tests.push(await bench.consume())
    terminal.progress(`sending ${options.roundTrips} records one by one`)
    if (options.roundTrips > 0) tests.push(await bench.roundTrips())
    const { size: recordBytes, acks, compression } = options
    return { topic, partitions: partitions.length, recordBytes, acks, compression, tests }
  } finally {
    remove()
    if (isOwn) await deleteTopic(client, topic)
  }
}

interface Where {
  readonly client: Client
  readonly reading: Client
  readonly topic: string
}

class Bench {
  readonly #client: Client
  readonly #reading: Client
  readonly #topic: string
  readonly #partitions: number
  readonly #options: Options
  readonly #pool = systemRandom.bytes(poolBytes)
  /** Where `produce` has begun in each partition. */
  readonly #starts = new Map<number, number>()

  constructor({ client, reading, topic }: Where, partitions: number, options: Options) {
    this.#client = client
    this.#reading = reading
    this.#topic = topic
    this.#partitions = partitions
    this.#options = options
  }

  async warmUp(): Promise<void> {
    const producer = await this.#producer()
    const sent = Array.from({ length: warmUpRecords }, (_, i) => {
      return producer.send(this.#topic, ...this.#record(i))
    })
    await Promise.all(sent)
    for (let partition = 0; partition < this.#partitions; partition++) {
      const offset = await producer.send(this.#topic, partition, this.#record(0)[1])
      this.#starts.set(partition, offset + 1)
    }
  }

  async produce(): Promise<Test> {
    const { records } = this.#options
    const producer = await this.#producer()
    const latenciesMs: number[] = []
    const startMs = this.#now()
    const failures: Error[] = []
    const send = async (i: number): Promise<void> => {
      const sentMs = this.#now()
      try {
        await producer.send(this.#topic, ...this.#record(i))
        latenciesMs.push(this.#now() - sentMs)
      } catch (error) {
        failures.push(error as Error)
      }
    }
    for (let i = 0; i < records && failures.length === 0; i++) {
      void send(i)
      await producer.room()
    }
    await producer.settled()
    const [failure] = failures
    if (failure) throw failure
    return this.#result('produce', records, this.#now() - startMs, latenciesMs)
  }

  async consume(): Promise<Test> {
    const { records } = this.#options
    const reader = this.#reader(this.#starts)
    const startMs = this.#now()
    let seen = 0
    for await (const group of reader.read()) {
      seen += group.length
      if (seen >= records) break
    }
    return this.#result('consume', records, this.#now() - startMs)
  }

  /** One record at a time, until a reader that waits for it has it. */
  async roundTrips(): Promise<Test> {
    const { roundTrips } = this.#options
    const producer = await this.#producer()
    const last = await producer.send(this.#topic, 0, this.#record(0)[1])
    const reader = this.#reader(new Map([[0, last + 1]]))
    const groups = reader.read({ waits: true })
    const latenciesMs: number[] = []
    const startMs = this.#now()
    let coming = groups.next()
    for (let i = 0; i < roundTrips; i++) {
      const sentMs = this.#now()
      const sent = producer.send(this.#topic, 0, this.#record(i)[1])
      await Promise.all([sent, coming])
      latenciesMs.push(this.#now() - sentMs)
      coming = groups.next()
    }
    const result = this.#result('round trip', roundTrips, this.#now() - startMs, latenciesMs)
    reader.close()
    await coming
    return result
  }

  #producer(): Promise<Producer> {
    const { compression, acks } = this.#options
    return Producer.open(this.#client, { compression, acks: acksByName[acks] })
  }

  #reader(starts: ReadonlyMap<number, number>): Reader {
    const reader = new Reader(this.#reading, { committed: false, markers: false, say: () => {} })
    for (const [partition, offset] of starts) {
      reader.add({ topic: this.#topic, partition, offset, end: Infinity })
    }
    return reader
  }

  #record(i: number): [number, { timestamp: number; key: null; value: Buffer }] {
    const { size } = this.#options
    const at = (i * 4093) % (poolBytes - size)
    const value = this.#pool.subarray(at, at + size)
    return [i % this.#partitions, { timestamp: this.#client.clock.now(), key: null, value }]
  }

  #now(): number {
    return this.#client.clock.monotonic()
  }

  #result(
    name: Test['test'],
    records: number,
    elapsedMs: number,
    samplesMs?: readonly number[],
  ): Test {
    const seconds = elapsedMs / 1000
    const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
    const ms = samplesMs && latenciesOf(samplesMs)
    return {
      test: name,
      records,
      seconds: rounded(seconds, 3),
      recordsPerSecond: Math.round(records / seconds),
      megabytesPerSecond: rounded((records * this.#options.size) / 1e6 / seconds, 3),
      ...(ms && {
        latencyMs: {
          p50: rounded(ms.p50, 3),
          p95: rounded(ms.p95, 3),
          p99: rounded(ms.p99, 3),
          max: rounded(ms.max, 3),
        },
      }),
    }
  }
}
