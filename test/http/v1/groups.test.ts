import { Kafka } from 'kafkajs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startApi, type Api } from './client.ts'

interface Group {
  state: string
  lag: number
  members: { memberId: string }[]
  partitions: { committedOffset: number | null }[]
}

/** A consumer of kafkajs in the group 'billing', which has read what there is of the topic 'a'. */
async function consumer({ broker, ask }: Api): Promise<{ seen: string[] }> {
  await ask('POST', '/v1/topics/a/records', [{ value: 'one' }, { value: 'two' }])
  const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: 0 })
  const billing = kafka.consumer({ groupId: 'billing', maxWaitTimeInMs: 20 })
  const seen: string[] = []
  await billing.connect()
  onTestFinished(() => billing.disconnect())
  await billing.subscribe({ topic: 'a', fromBeginning: true })
  await billing.run({
    autoCommitThreshold: 1,
    eachMessage: async ({ message }) => void seen.push(String(message.value)),
  })
  return { seen }
}

describe('groups over HTTP', () => {
  it('are waited for, described, and say why they have rebalanced', async () => {
    const api = await startApi()
    const { seen } = await consumer(api)
    const settled = await api.ask<Group>('POST', '/v1/groups/billing/settled', { timeout: '20s' })
    expect(settled.body).toMatchObject({ state: 'Stable', lag: 0, members: [{}] })
    expect(seen).toEqual(['one', 'two'])
    expect((await api.ask('GET', '/v1/groups')).body).toEqual({
      groups: [{ group: 'billing', type: 'classic', state: 'Stable', members: 1 }],
    })
    expect((await api.ask<Group>('GET', '/v1/groups/billing')).body).toEqual(settled.body)
    const why = await api.ask<{ rebalances: { cause: string }[] }>('GET', '/v1/groups/billing/why')
    expect(why.body.rebalances).toMatchObject([{ cause: 'join' }])
  })

  it('go on elsewhere, lose members, and are deleted', async () => {
    const api = await startApi()
    const to = { to: 1, topics: ['a'] }
    await api.ask('POST', '/v1/topics/a/records', [{ value: 'one' }, { value: 'two' }])
    expect((await api.ask('POST', '/v1/groups/billing/seek', to)).body).toEqual({
      partitions: [{ topic: 'a', partition: 0, offset: 1 }],
    })
    expect((await api.ask<Group>('GET', '/v1/groups/billing')).body).toMatchObject({
      lag: 1,
      partitions: [{ committedOffset: 1 }],
    })
    const kicked = await api.ask('POST', '/v1/groups/billing/kick', { member: 'nobody' })
    expect(kicked).toMatchSnapshot('nobody to kick')
    expect((await api.ask('DELETE', '/v1/groups/billing')).status).toBe(204)
    expect(await api.ask('GET', '/v1/groups/billing')).toMatchSnapshot('gone')
  })

  it('are told about when they do not settle', async () => {
    const { ask } = await startApi()
    const settled = await ask('POST', '/v1/groups/billing/settled', { timeout: 1 })
    expect(settled).toMatchSnapshot('not settled')
  })

  it('are moved to where there is something', async () => {
    const { ask } = await startApi()
    for (const [name, body] of [
      ['nothing known', { to: 'start' }],
      ['unknown topic', { to: 'start', topics: ['a'] }],
      ['no position', { to: 'yesterday', topics: ['a'] }],
    ] as const) {
      expect(await ask('POST', '/v1/groups/billing/seek', body)).toMatchSnapshot(name)
    }
  })
})
