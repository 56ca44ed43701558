import { describe, expect, it } from 'vitest'
import { startApi } from './client.ts'

interface Topic {
  topic: string
  configs: object
  partitions: { partition: number; endOffset: number; startOffset: number }[]
}

describe('topics over HTTP', () => {
  it('are created, listed, described and deleted', async () => {
    const { ask } = await startApi()
    const configs = { 'retention.ms': 60_000 }
    const created = await ask<Topic>('POST', '/v1/topics', { topic: 'a', partitions: 2, configs })
    expect(created.status).toBe(201)
    expect(created.body.partitions).toHaveLength(2)
    expect((await ask('GET', '/v1/topics')).body).toEqual({
      topics: [
        { topic: 'a', id: expect.any(String), partitions: 2, records: 0, isInternal: false },
      ],
    })
    expect((await ask<Topic>('GET', '/v1/topics/a')).body).toEqual(created.body)
    expect(created.body.configs).toEqual({ 'retention.ms': '60000' })
    expect((await ask('DELETE', '/v1/topics/a')).status).toBe(204)
    expect((await ask('GET', '/v1/topics')).body).toEqual({ topics: [] })
    expect((await ask('POST', '/v1/topics', { topic: 'a' })).status).toBe(201)
  })

  it('get configs, and more partitions', async () => {
    const { ask } = await startApi()
    await ask('POST', '/v1/topics', { topic: 'a', configs: { 'retention.ms': 1 } })
    const configs = { 'retention.ms': null, 'cleanup.policy': 'compact' }
    const { body } = await ask<Topic>('PATCH', '/v1/topics/a', { partitions: 3, configs })
    expect(body.partitions).toHaveLength(3)
    expect(body.configs).toEqual({ 'cleanup.policy': 'compact' })
    expect((await ask('PATCH', '/v1/topics/a', { partitions: 2 })).status).toBe(400)
  })

  it('are emptied at once', async () => {
    const { ask } = await startApi()
    await ask('POST', '/v1/topics/a/records', [{ value: 1 }, { value: 2 }])
    expect((await ask('POST', '/v1/topics/a/clear')).status).toBe(204)
    const { body } = await ask<Topic>('GET', '/v1/topics/a')
    expect(body.partitions).toMatchObject([{ startOffset: 2, endOffset: 2 }])
  })

  it('may have names that mean something elsewhere', async () => {
    const { ask } = await startApi()
    for (const topic of ['__proto__', 'constructor', 'toString', 'clear', 'x'.repeat(249)]) {
      expect((await ask('POST', '/v1/topics', { topic })).status).toBe(201)
      expect((await ask<Topic>('GET', `/v1/topics/${topic}`)).body.topic).toBe(topic)
    }
  })
})

describe('what is wrong with a request is said by a sentence that names the field', () => {
  it.each([
    ['an unknown field', { topic: 'a', partitons: 3 }],
    ['a missing field', { partitions: 3 }],
    ['a number that is too small', { topic: 'a', partitions: 0 }],
    ['more partitions than Kafka creates at once', { topic: 'a', partitions: 10_001 }],
    ['a text for a number', { topic: 'a', partitions: '3' }],
    ['an array', []],
    ['an empty body', undefined],
    ['what is no JSON', '{topic: a}'],
    ['a name that may not be', { topic: 'a/b' }],
    ['a config that nobody knows', { topic: 'a', configs: { retention: 1 } }],
    ['a config of a wrong type', { topic: 'a', configs: { 'retention.ms': {} } }],
    ['more replicas than brokers', { topic: 'a', replicationFactor: 3 }],
  ])('%s', async (name, body) => {
    const { ask } = await startApi()
    const answer = await ask('POST', '/v1/topics', body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchSnapshot(name)
  })

  it('a topic that is there, or is not', async () => {
    const { ask } = await startApi()
    await ask('POST', '/v1/topics', { topic: 'orders' })
    expect(await ask('POST', '/v1/topics', { topic: 'orders' })).toMatchSnapshot('exists')
    expect(await ask('GET', '/v1/topics/order')).toMatchSnapshot('unknown')
    expect(await ask('GET', '/v1/topics/orders/nothing')).toMatchSnapshot('path')
    expect(await ask('PUT', '/v1/topics/orders')).toMatchSnapshot('method')
  })
})
