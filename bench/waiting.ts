/** How long tests wait, and groups of kafkajs with its defaults, on a broker in this process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import kafkajs, { type Consumer } from 'kafkajs'
import { startBroker, type StartedBroker } from '../src/index.ts'
import { shown } from './report.ts'
import type { Table } from './results.ts'
import { median, percentile } from './statistics.ts'

const member = path.join(import.meta.dirname, 'group-member.ts')
const topic = 'orders'
/** For each round of the benchmark. */
const runsInRound = 10

interface Wait {
  title: string
  /** p95, in milliseconds. */
  target: number
  /** Milliseconds of one time. */
  measure(broker: StartedBroker, run: number): Promise<number>
}

const waits: readonly Wait[] = [
  { title: 'record appended → `take()` has it', target: 5, measure: takeAppended },
  { title: 'record sent by kafkajs → `take()` has it', target: 5, measure: takeSent },
  { title: 'record appended → `POST /v1/expect` has answered', target: 5, measure: expectByHttp },
  { title: 'consumer killed → its group is empty', target: 100, measure: evict },
  { title: 'consumer killed → another one has joined the group', target: 300, measure: rejoin },
  {
    title: 'kafkajs connects to a new group → it has the first record',
    target: 150,
    measure: join,
  },
]

/** A broker for each time: nothing is warm but the code. */
export async function waiting({ rounds }: { rounds: number }): Promise<Table> {
  const rows: string[][] = []
  for (const { title, target, measure } of waits) {
    const figures: number[] = []
    for (let run = 0; run < rounds * runsInRound; run++) {
      await using broker = await startBroker({ topics: { [topic]: {} } })
      figures.push(await measure(broker, run))
    }
    const p95 = percentile(figures, 0.95)
    const verdict = p95 <= target ? 'yes' : '**no**'
    rows.push([title, shown(median(figures)), shown(p95), `≤ ${target}`, verdict])
  }
  return [['', 'p50 ms', 'p95 ms', 'p95 target', 'reached'], ...rows]
}

async function takeAppended(broker: StartedBroker): Promise<number> {
  const orders = broker.topic(topic)
  await orders.append({ value: 'warm' })
  await orders.take(1)
  const taken = orders.take(1, { where: ({ json }) => json?.total > 10 })
  await orders.append({ value: { total: 5 } })
  const startMs = performance.now()
  void orders.append({ value: { total: 12 } })
  await taken
  return performance.now() - startMs
}

/** From the call of `send`, so that the producer's own time is in it. */
async function takeSent(broker: StartedBroker): Promise<number> {
  const producer = clientOf(broker).producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'warm' }] })
  const taken = broker.topic(topic).take(1, { where: ({ value }) => value === 'sent' })
  const startMs = performance.now()
  const sending = producer.send({ topic, messages: [{ value: 'sent' }] })
  await taken
  const tookMs = performance.now() - startMs
  await sending
  await producer.disconnect()
  return tookMs
}

/** From the append until the client has the whole answer. */
async function expectByHttp(broker: StartedBroker): Promise<number> {
  const orders = broker.topic(topic)
  await orders.append({ value: 'warm' })
  await askExpect(broker, { topic })
  const answered = askExpect(broker, { topic, where: 'value.total > 10' })
  await waited(broker)
  const startMs = performance.now()
  void orders.append({ value: { total: 12 } })
  await answered
  return performance.now() - startMs
}

async function askExpect({ bootstrapServers }: StartedBroker, body: object): Promise<void> {
  const url = `http://${bootstrapServers}/v1/expect`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  await response.arrayBuffer()
}

/** Another question, asked later, is answered: the one before is being waited with. */
async function waited({ bootstrapServers }: StartedBroker): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const response = await fetch(`http://${bootstrapServers}/v1/topics`)
    await response.arrayBuffer()
  }
}

async function evict(broker: StartedBroker): Promise<number> {
  const killed = await startMember(broker)
  const startMs = performance.now()
  killed.kill('SIGKILL')
  await emptied(broker)
  return performance.now() - startMs
}

/** From when the next one connects: its own start is not the broker's. */
async function rejoin(broker: StartedBroker): Promise<number> {
  const killed = await startMember(broker)
  const consumer = clientOf(broker).consumer({ groupId: 'billing' })
  killed.kill('SIGKILL')
  const startMs = performance.now()
  const joined = Promise.withResolvers<void>()
  consumer.on('consumer.group_join', () => joined.resolve())
  await run(consumer, () => {})
  await joined.promise
  const tookMs = performance.now() - startMs
  await disconnect(consumer, broker)
  return tookMs
}

async function join(broker: StartedBroker): Promise<number> {
  await broker.topic(topic).append({ value: 'first' })
  const consumer = clientOf(broker).consumer({ groupId: 'billing' })
  const seen = Promise.withResolvers<void>()
  const startMs = performance.now()
  await run(consumer, () => seen.resolve())
  await seen.promise
  const tookMs = performance.now() - startMs
  await disconnect(consumer, broker)
  return tookMs
}

async function run(consumer: Consumer, onRecord: () => void): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async () => onRecord() })
}

/** It waits for its last fetch, so that gets something. */
async function disconnect(consumer: Consumer, broker: StartedBroker): Promise<void> {
  const disconnecting = consumer.disconnect()
  await broker.topic(topic).append({ value: 'last' })
  await disconnecting
}

function clientOf({ bootstrapServers }: StartedBroker): kafkajs.Kafka {
  return new kafkajs.Kafka({ brokers: [bootstrapServers], logLevel: kafkajs.logLevel.NOTHING })
}

/** A process that is in the group. */
async function startMember(broker: StartedBroker) {
  const child = spawn(process.execPath, [member, broker.bootstrapServers, topic, 'billing'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  return child
}

async function emptied(broker: StartedBroker): Promise<void> {
  for (;;) {
    const { state } = await broker.group('billing').describe()
    if (state === 'Empty') return
    await new Promise(resolve => setImmediate(resolve))
  }
}
