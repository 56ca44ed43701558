import { describe, expect, it } from 'vitest'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { errors } from '../../../protocol/errors.ts'
import { RawClient } from '../../raw-client.ts'
import { startApi } from './client.ts'

interface Fault {
  id: number
  left: number
  hits: object[]
}

describe('faults over HTTP', () => {
  it('hit requests of clients, are listed, and removed', async () => {
    const { ask, broker } = await startApi()
    const spec = { api: 'ApiVersions', error: 'UNSUPPORTED_VERSION', times: 2, force: true }
    const added = await ask<Fault>('POST', '/v1/faults', spec)
    expect(added).toMatchObject({ status: 201, body: { id: 1, spec, hits: [], left: 2 } })
    await using client = await RawClient.connect(broker.bootstrapServers)
    const { errorCode } = await client.request(apiVersions, 0, {})
    expect(errorCode).toBe(errors.UNSUPPORTED_VERSION)
    const { body } = await ask<Fault>('GET', '/v1/faults/1')
    expect(body).toMatchObject({ left: 1, hits: [{ api: 'ApiVersions', version: 0 }] })
    expect((await ask('GET', '/v1/faults')).body).toEqual({ faults: [body] })
    expect((await ask('DELETE', '/v1/faults/1')).status).toBe(204)
    expect((await client.request(apiVersions, 0, {})).errorCode).toBe(errors.NONE)
    expect(await ask('DELETE', '/v1/faults/1')).toMatchSnapshot('unknown')
  })

  it('are all removed at once', async () => {
    const { ask } = await startApi()
    for (const api of ['Fetch', 'Produce']) await ask('POST', '/v1/faults', { api, delay: '1s' })
    expect((await ask('POST', '/v1/faults/reset')).status).toBe(204)
    expect((await ask('GET', '/v1/faults')).body).toEqual({ faults: [] })
  })

  it.each([
    ['nothing', undefined],
    ['an unknown API', { api: 'Prodcue', delay: '1s' }],
    ['an error that the API never answers', { api: 'Heartbeat', error: 'MESSAGE_TOO_LARGE' }],
    ['no id', 'GET /v1/faults/first'],
  ])('are refused by a sentence for %s', async (name, body) => {
    const { ask } = await startApi()
    const [method, path] = typeof body === 'string' ? body.split(' ') : ['POST', '/v1/faults']
    const answer = await ask(method!, path!, typeof body === 'string' ? undefined : body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchSnapshot(name)
  })
})
