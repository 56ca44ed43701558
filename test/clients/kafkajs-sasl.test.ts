import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addScramUser, saslBroker } from '../auth/sasl/broker.ts'

const password = 'pencil, = and ö'

describe('kafkajs with SASL', () => {
  let broker: Awaited<ReturnType<typeof saslBroker>>
  beforeAll(async () => {
    broker = await saslBroker()
    await addScramUser(broker.plain, { name: 'carol,=', password })
    await addScramUser(broker.plain, {
      name: 'carol,=',
      password: `other ${password}`,
      mechanism: 'SCRAM-SHA-512',
    })
  })
  afterAll(() => broker[Symbol.asyncDispose]())

  const topicsAs = async (sasl: SASLOptions): Promise<string[]> => {
    const brokers = [broker.sasl]
    const kafka = new Kafka({ brokers, sasl, logLevel: logLevel.NOTHING, retry: { retries: 0 } })
    const admin = kafka.admin()
    try {
      await admin.connect()
      return await admin.listTopics()
    } finally {
      await admin.disconnect()
    }
  }

  it.each<SASLOptions>([
    { mechanism: 'plain', username: 'alice', password: 'alice-secret' },
    { mechanism: 'scram-sha-256', username: 'carol,=', password },
    { mechanism: 'scram-sha-512', username: 'carol,=', password: `other ${password}` },
  ])('lets in a user with $mechanism', async sasl => {
    expect(await topicsAs(sasl)).toEqual([])
  })

  it.each<SASLOptions>([
    { mechanism: 'plain', username: 'alice', password: 'bob-secret' },
    { mechanism: 'scram-sha-256', username: 'carol,=', password: 'pen' },
    { mechanism: 'scram-sha-256', username: 'carol,=', password: `other ${password}` },
    { mechanism: 'scram-sha-512', username: 'carol,=', password },
    { mechanism: 'scram-sha-512', username: 'dave', password },
  ])('refuses $username with a wrong password with $mechanism', async sasl => {
    await expect(topicsAs(sasl)).rejects.toThrow(/Authentication failed|invalid credentials/)
  })
})
