import { describe, expect, it } from 'vitest'
import { startApi } from './client.ts'

const post = { method: 'POST' }

describe('import and export over HTTP', () => {
  it('take topics, records and groups from one broker to another', async () => {
    const from = await startApi()
    await from.ask('POST', '/v1/topics', { topic: 'a', partitions: 2 })
    const records = [
      { value: 'one', partition: 1 },
      { value: { n: 2 }, key: 'k', partition: 0 },
    ]
    await from.ask('POST', '/v1/topics/a/records', records)
    await from.ask('POST', '/v1/topics', { topic: 'b' })
    await from.ask('POST', '/v1/groups/g/seek', { to: 'end', topics: ['a'] })
    const exported = await fetch(`${from.url}/v1/export`)
    expect(exported.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = await exported.text()
    const to = await startApi()
    const imported = await fetch(`${to.url}/v1/import`, { ...post, body: lines })
    expect(imported.status).toBe(200)
    expect(await imported.json()).toMatchObject({ topics: 2, records: 2, groups: 1 })
    expect(await (await fetch(`${to.url}/v1/export`)).text()).toBe(lines)
  })

  it('are of some topics', async () => {
    const { ask, url } = await startApi()
    for (const topic of ['a', 'b', 'c']) await ask('POST', '/v1/topics', { topic })
    const topics = async (query: string): Promise<unknown[]> => {
      const lines = await (await fetch(`${url}/v1/export?${query}`)).text()
      return lines
        .trim()
        .split('\n')
        .map(line => (JSON.parse(line) as { topic: unknown }).topic)
    }
    expect(await topics('topic=b')).toEqual(['b'])
    expect(await topics('topic=a&topic=c')).toEqual(['a', 'c'])
  })

  it('end at a line that is wrong, and say which', async () => {
    const { ask } = await startApi()
    const lines = '{"topic":"a","partitions":1}\n{"topic":"a","valeu":1}\n'
    expect(await ask('POST', '/v1/import', lines)).toMatchSnapshot('wrong line')
    expect(await ask('POST', '/v1/import')).toMatchSnapshot('nothing')
    expect(await ask('GET', '/v1/export?topic=nothing')).toMatchSnapshot('unknown topic')
  })
})
