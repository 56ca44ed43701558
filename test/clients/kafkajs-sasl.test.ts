import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addScramUser, saslBroker } from '../auth/sasl/broker.ts'
import { madeCertificates } from '../tls/certificates.ts'
import { sslConfig } from '../tls/secure-client.ts'

const password = 'pencil, = and ö'
const listeners = 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0,SASL_SSL://127.0.0.1:0'
const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-secret";'

let broker: Awaited<ReturnType<typeof saslBroker>>
let authority: string
beforeAll(async () => {
  const certificates = await madeCertificates()
  authority = certificates.authority.certificate
  broker = await saslBroker({
    config: {
      ...sslConfig(certificates),
      listeners,
      'listener.name.sasl_ssl.plain.sasl.jaas.config': jaas,
    },
  })
  await addScramUser(broker.plain, { name: 'carol,=', password })
  await addScramUser(broker.plain, {
    name: 'carol,=',
    password: `other ${password}`,
    mechanism: 'SCRAM-SHA-512',
  })
})
afterAll(() => broker[Symbol.asyncDispose]())

async function topicsAs(protocol: string, sasl: SASLOptions): Promise<string[]> {
  const isSecure = protocol === 'SASL_SSL'
  const kafka = new Kafka({
    brokers: [isSecure ? broker.secure! : broker.sasl],
    sasl,
    ...(isSecure ? { ssl: { ca: authority } } : {}),
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    return await admin.listTopics()
  } finally {
    await admin.disconnect()
  }
}

describe.each(['SASL_PLAINTEXT', 'SASL_SSL'])('kafkajs with %s', protocol => {
  it.each<SASLOptions>([
    { mechanism: 'plain', username: 'alice', password: 'alice-secret' },
    { mechanism: 'scram-sha-256', username: 'carol,=', password },
    { mechanism: 'scram-sha-512', username: 'carol,=', password: `other ${password}` },
  ])('gets in as a user with $mechanism', async sasl => {
    expect(await topicsAs(protocol, sasl)).toEqual([])
  })

  it.each<SASLOptions>([
    { mechanism: 'plain', username: 'alice', password: 'bob-secret' },
    { mechanism: 'scram-sha-256', username: 'carol,=', password: 'pen' },
    { mechanism: 'scram-sha-256', username: 'carol,=', password: `other ${password}` },
    { mechanism: 'scram-sha-512', username: 'carol,=', password },
    { mechanism: 'scram-sha-512', username: 'dave', password },
  ])('is refused as $username with a wrong password with $mechanism', async sasl => {
    const refused = /Authentication failed|invalid credentials/
    await expect(topicsAs(protocol, sasl)).rejects.toThrow(refused)
  })
})
