// Starts the image as a test would, by each module of Testcontainers for Node.js.
import { KafkaContainer } from '@testcontainers/kafka'
import { RedpandaContainer } from '@testcontainers/redpanda'
import { Kafka, logLevel } from 'kafkajs'

const [, , image, name] = process.argv
const begin = performance.now()
const container =
  name === 'KafkaContainer'
    ? await new KafkaContainer(image).start()
    : await new RedpandaContainer(image).start()
try {
  process.stdout.write(`started in ${Math.round(performance.now() - begin)} ms\n`)
  const address =
    name === 'KafkaContainer'
      ? `${container.getHost()}:${container.getMappedPort(9093)}`
      : container.getBootstrapServers()
  process.stdout.write(`got ${await produceAndConsume(address)}\n`)
} finally {
  await container.stop()
}

async function produceAndConsume(address) {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.ERROR })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'value' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: 'billing' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const value = await new Promise((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
    consumer
      .run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
      .catch(reject)
  })
  await consumer.disconnect()
  return value
}
