/** kafkajs under a quota, on a broker whose time stands still: its throttle times are virtual. */
import { Kafka, logLevel } from 'kafkajs'
import { expect, it, onTestFinished } from 'vitest'
import { alterQuotas, entry } from '../handlers/quotas.ts'
import { newTopic } from '../handlers/wire.ts'
import { startThrottled } from './throttled-broker.ts'

const rate = 10_000
/** A tenth of a second more than ten seconds of the quota. */
const tooMuch = 'x'.repeat(10.1 * rate)

it('a producer goes on when its throttle time is over, and others all the time', async () => {
  const broker = await startThrottled()
  const admin = await broker.connect('admin')
  const topic = await newTopic(admin)
  await alterQuotas(admin, [entry(['client-id', 'throttled'], ['producer_byte_rate', rate])])
  const producerOf = async (clientId: string) => {
    const brokers = [broker.bootstrapServers]
    const producer = new Kafka({ clientId, brokers, logLevel: logLevel.NOTHING }).producer()
    onTestFinished(() => producer.disconnect())
    await producer.connect()
    return (value: string) => producer.send({ topic: topic.name, messages: [{ value }] })
  }
  const send = await producerOf('throttled')
  const sendBeside = await producerOf('bystander')
  await send(tooMuch)
  let isSent = false
  const next = send('next').then(() => (isSent = true))
  for (let i = 0; i < 20; i++) await sendBeside(tooMuch)
  expect(isSent).toBe(false)
  broker.clock.advance(1000)
  await next
})
