import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { startApi, type Api } from './client.ts'

interface Records {
  records: { partition: number; offset: number; key: unknown; value: unknown }[]
}

async function append(api: Api, ...records: object[]): Promise<void> {
  expect((await api.ask('POST', '/v1/topics/a/records', records)).status).toBe(200)
}

/** The values that a stream of events tells, one after the other. */
async function* followed(api: Api, query: string): AsyncGenerator {
  const request = get(`${api.url}/v1/topics/a/records?follow${query}`, { agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      for (const [, data] of String(chunk).matchAll(/^event: record\ndata: (.*)$/gm)) {
        yield (JSON.parse(data!) as { value: unknown }).value
      }
    }
  } finally {
    request.destroy()
  }
}

describe('records over HTTP', () => {
  it('are appended, one or many, and read as they were', async () => {
    const api = await startApi()
    const headers = { trace: 'x', __proto__: 'y' }
    const timestamp = '2026-11-21T10:00:00.000Z'
    const one = await api.ask('POST', '/v1/topics/a/records', { key: 'k', value: { n: 1 } })
    expect(one.body).toMatchObject({ records: [{ topic: 'a', partition: 0, offset: 0 }] })
    await append(api, { value: 'text', headers, timestamp }, { key: 'k', value: null })
    await append(api, { value: { $base64: '/w==' } })
    const { body } = await api.ask<Records>('GET', '/v1/topics/a/records')
    expect(body.records.toSorted((a, b) => a.offset - b.offset)).toMatchObject([
      { key: 'k', value: { n: 1 } },
      { key: null, value: 'text', headers: { trace: 'x' }, timestamp },
      { key: 'k', value: null },
      { key: null, value: { $base64: '/w==' } },
    ])
  })

  it('are read from a position, up to a limit', async () => {
    const api = await startApi()
    await append(api, ...[0, 1, 2, 3, 4].map(n => ({ value: { n } })))
    const values = async (query: string): Promise<unknown[]> => {
      const { body } = await api.ask<Records>('GET', `/v1/topics/a/records?${query}`)
      return body.records.map(({ value }) => (value as { n: number }).n)
    }
    expect(await values('from=3')).toEqual([3, 4])
    expect(await values('from=-2&limit=1')).toEqual([3])
    expect(await values('from=end')).toEqual([])
    expect(await values('from=0=1&limit=2')).toEqual([1, 2])
    const where = encodeURIComponent('value.n >= 3')
    expect(await values(`where=${where}`)).toEqual([3, 4])
    const expected = { topic: 'a', where: 'value.n == 4' }
    const { body } = await api.ask<Records>('POST', '/v1/expect', expected)
    expect(body.records).toMatchObject([{ offset: 4 }])
  })

  it('are followed as they come, until the client goes', async () => {
    const api = await startApi()
    await append(api, { value: 'first' })
    const following = followed(api, '&from=start')
    expect((await following.next()).value).toBe('first')
    for (const value of ['second', 'third']) {
      await append(api, { value })
      expect((await following.next()).value).toBe(value)
    }
    await following.return(undefined)
  })

  it('are followed before there is the topic, and until the broker closes', async () => {
    const api = await startApi()
    const following = followed(api, '')
    const first = following.next()
    await append(api, { value: 'x' })
    expect((await first).value).toBe('x')
    const end = following.next()
    await api.broker.close()
    await expect(end).rejects.toThrow(/aborted|hang up/)
  })

  it.each([
    ['a record that is none', 'POST', '/v1/topics/a/records', [{ value: 1 }, { valeu: 2 }]],
    ['a record without a value', 'POST', '/v1/topics/a/records', { key: 'x' }],
    ['a number for a record', 'POST', '/v1/topics/a/records', 3],
    ['a limit that is no number', 'GET', '/v1/topics/a/records?limit=many', undefined],
    ['a parameter that nobody knows', 'GET', '/v1/topics/a/records?offset=3', undefined],
    ['a position that is none', 'GET', '/v1/topics/a/records?from=yesterday', undefined],
    ['a condition that is none', 'POST', '/v1/expect', { topic: 'a', where: 'value.n >' }],
    ['a timeout that is none', 'POST', '/v1/expect', { topic: 'a', timeout: 'long' }],
    ['a count that is none', 'POST', '/v1/expect', { topic: 'a', count: 0 }],
  ])('are refused by a sentence for %s', async (name, method, path, body) => {
    const { ask } = await startApi()
    const answer = await ask(method, path, body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchSnapshot(name)
  })

  it('are refused where the body is too large', async () => {
    const { ask } = await startApi()
    const answer = await ask('POST', '/v1/topics/a/records', { value: 'x'.repeat(1_100_000) })
    expect(answer.status).toBe(413)
  })
})

describe('expect', () => {
  it('waits for records, and gives them', async () => {
    const api = await startApi()
    const expected = api.ask<Records>('POST', '/v1/expect', { topic: 'a', count: 2 })
    await append(api, { value: 'one' })
    await append(api, { value: 'two' })
    expect((await expected).body.records.map(({ value }) => value)).toEqual(['one', 'two'])
  })

  it('says what came instead', async () => {
    const api = await startApi()
    await append(api, { value: 'one' })
    const expected = { topic: 'a', count: 2, timeout: '1ms' }
    expect(await api.ask('POST', '/v1/expect', expected)).toMatchObject({
      status: 408,
      body: { error: 'EXPECTATION_FAILED', matching: [{ value: 'one' }], seen: [] },
    })
  })
})
