/** The clock, the brokers of the cluster, and all that a broker knows at once. */
import { describe, expect, it } from 'vitest'
import { startApi } from './client.ts'

const at = '2026-11-21T10:00:00.000Z'

interface Topic {
  partitions: { leader: number }[]
}

describe('the clock over HTTP', () => {
  it('stands still, is moved on, and passes again', async () => {
    const { ask } = await startApi()
    expect((await ask('GET', '/v1/clock')).body).toMatchObject({ isFrozen: false })
    const frozen = await ask('POST', '/v1/clock/freeze', { at })
    expect(frozen.body).toEqual({ now: at, isFrozen: true })
    const moved = await ask('POST', '/v1/clock/advance', { by: '2h' })
    expect(moved.body).toEqual({ now: '2026-11-21T12:00:00.000Z', isFrozen: true })
    expect((await ask('GET', '/v1/clock')).body).toEqual(moved.body)
    expect((await ask('POST', '/v1/clock/resume')).body).toMatchObject({ isFrozen: false })
  })

  it('is not moved by what is no time', async () => {
    const { ask } = await startApi()
    expect(await ask('POST', '/v1/clock/advance', { by: 'long' })).toMatchSnapshot('duration')
    expect(await ask('POST', '/v1/clock/advance', {})).toMatchSnapshot('nothing')
    expect(await ask('POST', '/v1/clock/freeze', { at: 'noon' })).toMatchSnapshot('time')
  })
})

describe('brokers over HTTP', () => {
  it('are stopped and started, and lead partitions', async () => {
    const { ask } = await startApi({ brokers: '3', 'default.replication.factor': '3' })
    const running = async (method: string, path: string): Promise<boolean[]> => {
      const { body } = await ask<{ brokers: { isRunning: boolean }[] }>(method, path)
      return body.brokers.map(({ isRunning }) => isRunning)
    }
    expect(await running('GET', '/v1/brokers')).toEqual([true, true, true])
    expect(await running('POST', '/v1/brokers/2/stop')).toEqual([true, true, false])
    expect(await running('POST', '/v1/brokers/2/start')).toEqual([true, true, true])
    // The one that is asked answers, and whoever is connected can start it again.
    expect(await running('POST', '/v1/brokers/0/stop')).toEqual([false, true, true])
    expect(await running('POST', '/v1/brokers/0/start')).toEqual([true, true, true])
    await ask('POST', '/v1/topics', { topic: 'a' })
    for (const id of [1, 2]) {
      const led = await ask('POST', `/v1/brokers/${id}/lead`, { topic: 'a', partition: 0 })
      expect(led.status).toBe(204)
      const { body } = await ask<Topic>('GET', '/v1/topics/a')
      expect(body.partitions).toMatchObject([{ leader: id }])
    }
    expect(await ask('POST', '/v1/brokers/7/stop')).toMatchSnapshot('unknown')
  })
})

describe('all that a broker knows, over HTTP', () => {
  it('is forgotten', async () => {
    const { ask } = await startApi()
    await ask('POST', '/v1/topics', { topic: 'a' })
    expect((await ask('POST', '/v1/reset')).status).toBe(204)
    expect((await ask('GET', '/v1/topics')).body).toEqual({ topics: [] })
  })

  it('is copied, and restored', async () => {
    const { ask, url } = await startApi()
    await ask('POST', '/v1/topics/a/records', { value: 'kept' })
    const taken = await fetch(`${url}/v1/snapshot`, { method: 'POST' })
    expect(taken.headers.get('content-type')).toBe('application/octet-stream')
    const snapshot = await taken.bytes()
    await ask('POST', '/v1/reset')
    const restored = await fetch(`${url}/v1/restore`, { method: 'POST', body: snapshot })
    expect(restored.status).toBe(204)
    expect((await ask('GET', '/v1/topics/a/records')).body).toMatchObject({
      records: [{ value: 'kept' }],
    })
  })

  it('stays as it is when there is no whole snapshot to restore', async () => {
    const { ask } = await startApi()
    await ask('POST', '/v1/topics', { topic: 'a' })
    expect(await ask('POST', '/v1/restore', 'nothing of the sort')).toMatchSnapshot('no snapshot')
    expect(await ask('POST', '/v1/restore')).toMatchSnapshot('nothing')
    expect((await ask('GET', '/v1/topics')).body).toMatchObject({ topics: [{ topic: 'a' }] })
  })
})
