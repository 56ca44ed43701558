/** A consumer of kafkajs with its defaults: says when it has joined, and stays until killed. */
import kafkajs from 'kafkajs'

const [bootstrapServers, topic, groupId] = process.argv.slice(2)
const logLevel = kafkajs.logLevel.NOTHING
const kafka = new kafkajs.Kafka({ brokers: [bootstrapServers!], logLevel })
const consumer = kafka.consumer({ groupId: groupId! })
consumer.on('consumer.group_join', () => console.log('joined'))
await consumer.connect()
await consumer.subscribe({ topic: topic!, fromBeginning: true })
await consumer.run({ eachMessage: async () => {} })
