/**
 * Copies a topic to another in transactions with kafkajs: see copiers.ts for its arguments and
 * lines. Its offsets are not fenced by the group's generation, for it knows nothing of KIP-447, so
 * each partition of the input has a transactional id of its own: who has the partition fences who
 * had it, and asks only then where to begin.
 */
import { createInterface } from 'node:readline'
import kafkajs, {
  type Batch,
  type EachBatchPayload,
  type KafkaMessage,
  type Producer,
} from 'kafkajs'

const [bootstrap, input, output, groupId, , sessionMs, heartbeatMs] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]

const maxRecords = 500
/** Each so many transactions, one is aborted, and its records must never be seen. */
const doomedEach = 8
const retryMs = 100

const { Kafka, logLevel } = kafkajs
const client = new Kafka({
  brokers: [bootstrap],
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 200 },
})
const admin = client.admin()
const consumer = client.consumer({
  groupId,
  sessionTimeout: Number(sessionMs),
  rebalanceTimeout: Number(sessionMs),
  heartbeatInterval: Number(heartbeatMs),
  maxWaitTimeInMs: 100,
  retry: { restartOnFailure: async () => true },
})

function say(...words: (string | number)[]): void {
  process.stdout.write(`${words.join(' ').replaceAll('\n', ' ')}\n`)
}

/** What this process may write of a partition, as long as no other has a newer claim. */
interface Claim {
  producer: Producer
  /** The next offset to be copied: nobody else can have moved it. */
  next: number
}

const claims = new Map<number, Claim>()
let transactions = 0

async function copyBatch({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
  for (;;) {
    try {
      await copy(batch, async last => {
        resolveOffset(last)
        await heartbeat()
      })
      return
    } catch (error) {
      await forget(batch.partition)
      say('failed', String(error))
      await new Promise(resolve => setTimeout(resolve, retryMs))
      // Throws where the partition is another's now.
      await heartbeat()
    }
  }
}

async function copy(
  { partition, messages }: Batch,
  copied: (last: string) => Promise<void>,
): Promise<void> {
  const claim = claims.get(partition) ?? (await claimPartition(partition))
  const left = messages.filter(({ offset }) => Number(offset) >= claim.next)
  for (let first = 0; first < left.length; first += maxRecords) {
    const chunk = left.slice(first, first + maxRecords)
    const last = chunk.at(-1)!.offset
    const next = Number(last) + 1
    if (++transactions % doomedEach === 0) await attempt(claim.producer, partition, chunk)
    await attempt(claim.producer, partition, chunk, next)
    claim.next = next
    await copied(last)
  }
}

async function claimPartition(partition: number): Promise<Claim> {
  const producer = client.producer({
    transactionalId: `${groupId}-${partition}`,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  // The first one fences others: only after it is decided what they have committed.
  await (await producer.transaction()).abort()
  const claim = { producer, next: await committed(partition) }
  claims.set(partition, claim)
  return claim
}

/** Aborted where no offset is to be committed. */
async function attempt(
  producer: Producer,
  partition: number,
  chunk: readonly KafkaMessage[],
  next?: number,
): Promise<void> {
  const transaction = await producer.transaction()
  const mark = next === undefined ? 'x' : ''
  const messages = chunk.map(({ key, value }) => ({ key, value: `${mark}${value!.toString()}` }))
  await transaction.send({ topic: output, messages })
  if (next === undefined) {
    await transaction.abort()
    say('aborted', chunk.length)
    return
  }
  const topics = [{ topic: input, partitions: [{ partition, offset: `${next}` }] }]
  await transaction.sendOffsets({ consumerGroupId: groupId, topics })
  await transaction.commit()
  say('committed', chunk.length)
}

async function committed(partition: number): Promise<number> {
  const [topic] = await admin.fetchOffsets({ groupId, topics: [input] })
  return Number(topic!.partitions.find(each => each.partition === partition)!.offset)
}

async function forget(partition: number): Promise<void> {
  const claim = claims.get(partition)
  claims.delete(partition)
  // It may be in use yet, and fails then.
  await claim?.producer.disconnect()
}

/** Its successor finds out what became of the transaction. */
function fail(error: unknown): never {
  say('fatal', String(error))
  process.exit(1)
}

async function stop(): Promise<void> {
  await consumer.disconnect()
  say('stopped')
  process.exit(0)
}

consumer.on('consumer.group_join', () => {
  for (const partition of claims.keys()) void forget(partition)
})
consumer.on('consumer.crash', ({ payload }) => {
  if (!payload.restart) fail(payload.error)
})
createInterface({ input: process.stdin }).on('line', () => void stop())

try {
  await admin.connect()
  await consumer.connect()
  await consumer.subscribe({ topics: [input], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: copyBatch })
} catch (error) {
  fail(error)
}
