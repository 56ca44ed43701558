// Takes orders over HTTP, writes each to a topic, bills what it reads there, and tells of invoices.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { Kafka, logLevel } from 'kafkajs'

const kafka = new Kafka({
  clientId: 'billing',
  brokers: process.env.KAFKA_BROKERS.split(','),
  logLevel: logLevel.WARN,
})
const producer = kafka.producer({ idempotent: true })
const orders = kafka.consumer({ groupId: 'billing' })
// Invoices are read from their start, so that a restart knows all of them.
const invoices = kafka.consumer({ groupId: `invoices-${process.pid}-${Date.now()}` })
const billed = new Map()

await Promise.all([producer.connect(), orders.connect(), invoices.connect()])
await orders.subscribe({ topic: 'orders', fromBeginning: true })
await invoices.subscribe({ topic: 'invoices', fromBeginning: true })
await orders.run({
  async eachMessage({ message }) {
    const { customer, total } = JSON.parse(message.value)
    const value = JSON.stringify({ customer, due: total * 1.2 })
    await producer.send({ topic: 'invoices', messages: [{ key: message.key, value }] })
  },
})
await invoices.run({
  async eachMessage({ message }) {
    billed.set(String(message.key), JSON.parse(message.value))
  },
})

const server = createServer((request, response) => {
  const send = ([status, body]) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(body)}\n`)
  }
  answer(request).then(send, error => send([500, { error: error.message }]))
})
server.listen(8000)

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
server.close()
server.closeAllConnections()
await Promise.all([producer.disconnect(), orders.disconnect(), invoices.disconnect()])

async function answer(request) {
  if (request.method === 'POST' && request.url === '/orders') {
    const id = crypto.randomUUID()
    const messages = [{ key: id, value: await text(request) }]
    await producer.send({ topic: 'orders', messages })
    return [201, { id }]
  }
  if (request.url === '/invoices') return [200, Object.fromEntries(billed)]
  return [404, { error: 'POST /orders, GET /invoices' }]
}
