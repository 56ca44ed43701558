/** kafkajs: see client.ts for the cases that it takes and what it says of them. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import kafkajs, { type KafkaConfig, type SASLOptions } from 'kafkajs'
import type { Case } from '../cases.ts'

const { Kafka, logLevel } = kafkajs

for await (const line of createInterface({ input: process.stdin })) {
  const one = JSON.parse(line) as Case
  const error = await tried(one).then(
    () => undefined,
    (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
  )
  process.stdout.write(`${JSON.stringify({ name: one.name, error })}\n`)
}
process.exit(0)

async function tried({ bootstrap, topic, name, ...security }: Case): Promise<void> {
  const client = new Kafka({
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...tlsOf(security),
    ...saslOf(security),
  })
  const producer = client.producer({ retry: { retries: 0 } })
  const admin = client.admin()
  try {
    await producer.connect()
    await producer.send({ topic, messages: [{ value: name }] })
    await admin.connect()
    const [partition] = await admin.fetchTopicOffsets(topic)
    if (Number(partition!.high) === 0) throw new Error('the record is not there')
  } finally {
    await producer.disconnect()
    await admin.disconnect()
  }
}

function tlsOf({ authority, identity }: Partial<Case>): Pick<KafkaConfig, 'ssl'> {
  if (authority === undefined) return {}
  const pem = identity === undefined ? undefined : readFileSync(identity, 'utf8')
  const own = pem === undefined ? {} : { key: pem, cert: pem }
  return { ssl: { ca: readFileSync(authority, 'utf8'), ...own } }
}

function saslOf({ mechanism, username = '', password = '', token = '' }: Partial<Case>) {
  if (mechanism === undefined) return {}
  const sasl =
    mechanism === 'OAUTHBEARER'
      ? { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: token }) }
      : { mechanism: mechanism.toLowerCase(), username, password }
  return { sasl: sasl as SASLOptions }
}
