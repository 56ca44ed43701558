/** What brokers answer that are not for development, and those beyond loopback. */
import { describe, expect, it } from 'vitest'
import { startApi } from './client.ts'

const token = 'a token of some length'
const authorization = `Bearer ${token}`
const production = { development: 'false' }

describe('a broker that is not for development', () => {
  it('tells what there is, and shows no records without a token', async () => {
    const { ask } = await startApi(production)
    expect((await ask('GET', '/v1/status')).body).toMatchObject({ development: false })
    expect((await ask('GET', '/v1/topics')).status).toBe(200)
    const refused = await ask('GET', '/v1/topics/a/records')
    expect(refused.status).toBe(403)
    expect(refused.body).toMatchSnapshot('records')
    expect((await ask('POST', '/v1/expect', { topic: 'a' })).status).toBe(403)
  })

  it('shows records to who has the token', async () => {
    const { ask } = await startApi({ ...production, 'http.token': token }, { authorization })
    // Past the guard, there is no such topic.
    expect((await ask('GET', '/v1/topics/a/records')).status).toBe(404)
  })

  it('changes nothing for anybody', async () => {
    const { ask, document } = await startApi(
      { ...production, 'http.token': token },
      { authorization },
    )
    const development = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { description }]) => description?.includes('--dev'))
        .map(([method]) => [method.toUpperCase(), path] as const),
    )
    expect(development.length).toBeGreaterThan(4)
    for (const [method, path] of development) {
      const refused = await ask(method, path.replaceAll(/\{\w+\}/g, 'x'))
      expect([method, path, refused.status]).toEqual([method, path, 403])
    }
    expect((await ask('POST', '/v1/topics', {})).body).toMatchSnapshot('change')
  })
})

describe('the document', () => {
  it('is of all routes, each with a name of its own', async () => {
    const { document } = await startApi()
    expect(document.openapi).toBe('3.1.0')
    const names = Object.values(document.paths).flatMap(operations =>
      Object.values(operations).map(({ operationId }) => operationId),
    )
    expect(new Set(names).size).toBe(names.length)
    expect(Object.keys(document.paths)).toContain('/v1/topics/{topic}/records')
  })
})
