/** Sends for so many seconds, and prints how many were acknowledged, or why one was not. */
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'

const [bootstrap, topic, seconds, mechanism] = process.argv.slice(2)

function newToken(): { value: string } {
  const now = Date.now() / 1000
  const parts = [{ alg: 'none' }, { sub: 'alice', iat: now - 1, exp: now + 60 }]
  const texts = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return { value: `${texts.join('.')}.` }
}

const user = { username: 'alice', password: 'alice-secret' }
const sasl: Record<string, SASLOptions> = {
  PLAIN: { mechanism: 'plain', ...user },
  'SCRAM-SHA-256': { mechanism: 'scram-sha-256', ...user },
  'SCRAM-SHA-512': { mechanism: 'scram-sha-512', ...user },
  OAUTHBEARER: { mechanism: 'oauthbearer', oauthBearerProvider: async () => newToken() },
}
const kafka = new Kafka({
  brokers: [bootstrap!],
  sasl: sasl[mechanism!]!,
  // It authenticates itself again when less than this is left of a session.
  reauthenticationThreshold: 500,
  logLevel: logLevel.NOTHING,
})
const producer = kafka.producer()
let acknowledged = 0
let failure: Error | undefined
const endMs = performance.now() + Number(seconds) * 1000
try {
  await producer.connect()
  while (performance.now() < endMs) {
    await producer.send({ topic: topic!, acks: -1, messages: [{ value: 'value' }] })
    acknowledged++
  }
  await producer.disconnect()
} catch (error) {
  failure = error as Error
}
process.stdout.write(`${failure?.message ?? acknowledged}\n`)
process.exit()
