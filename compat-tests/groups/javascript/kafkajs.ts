/** A member of kafkajs: see member.ts for its arguments, history.ts for its lines. */
import { createInterface } from 'node:readline'
import kafkajs from 'kafkajs'

const [bootstrap, topic, groupId, , sessionMs, heartbeatMs] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
]

const { Kafka, logLevel } = kafkajs
const client = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
const consumer = client.consumer({
  groupId,
  sessionTimeout: Number(sessionMs),
  rebalanceTimeout: Number(sessionMs),
  heartbeatInterval: Number(heartbeatMs),
  maxWaitTimeInMs: 100,
})

/** With the time in milliseconds since the epoch. */
function say(...words: (string | number)[]): void {
  process.stdout.write(`${Date.now()} ${words.join(' ')}\n`)
}

let owned: readonly number[] = []
let resumed: PromiseWithResolvers<void> | undefined

consumer.on('consumer.group_join', ({ payload }) => {
  // It joins anew without a word after UNKNOWN_MEMBER_ID.
  if (owned.length > 0) say('lost', ...owned)
  owned = payload.memberAssignment[topic] ?? []
  say('assigned', ...owned)
})
consumer.on('consumer.rebalancing', () => {
  say('revoked', ...owned)
  owned = []
})
consumer.on('consumer.crash', ({ payload }) => say('error', payload.error.message))

createInterface({ input: process.stdin }).on('line', line => {
  if (line === 'pause') resumed = Promise.withResolvers()
  else if (line === 'resume') resumed?.resolve()
  else void stop()
})

async function stop(): Promise<void> {
  // It says nothing of that itself; what it still receives it commits.
  say('revoked', ...owned)
  await consumer.disconnect()
  say('stopped')
  process.exit(0)
}

await consumer.connect()
await consumer.subscribe({ topics: [topic], fromBeginning: true })
say('joining')
await consumer.run({
  autoCommit: false,
  async eachBatch({ batch, resolveOffset, commitOffsetsIfNecessary, heartbeat }) {
    // One that does not come back from its work does not heartbeat either.
    await resumed?.promise
    const { partition } = batch
    for (const { offset, value } of batch.messages) {
      say('record', partition, offset, value!.toString())
      resolveOffset(offset)
    }
    const offset = String(Number(batch.lastOffset()) + 1)
    await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
    say('committed', partition, offset)
    await heartbeat()
  },
})
