/** Commits an offset of a partition: bootstrap servers, topic, group, offset. */
import kafkajs from 'kafkajs'

const [servers, topic, groupId, offset] = process.argv.slice(2) as [string, string, string, string]
const { Kafka, logLevel } = kafkajs
const retry = { initialRetryTime: 50, maxRetryTime: 200, retries: 1000 }
const kafka = new Kafka({
  clientId: 'kafkajs',
  brokers: [servers],
  logLevel: logLevel.NOTHING,
  retry,
})
const consumer = kafka.consumer({ groupId, retry })
await consumer.connect()
await consumer.subscribe({ topic })
const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve))
await consumer.run({ autoCommit: false, eachMessage: async () => {} })
await joined
for (;;) {
  try {
    await consumer.commitOffsets([{ topic, partition: 0, offset }])
    break
  } catch (error) {
    process.stderr.write(`${String(error)}\n`)
  }
}
process.stdout.write('committed\n')
await consumer.disconnect()
