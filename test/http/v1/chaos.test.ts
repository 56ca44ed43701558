import { describe, expect, it } from 'vitest'
import { startApi } from './client.ts'

interface Run {
  id: number
  events: { what: string }[]
}

interface Chaos {
  scenarios: { name: string }[]
  running: Run[]
}

describe('chaos over HTTP', () => {
  it('is started, tells what it does, and is stopped', async () => {
    const { ask } = await startApi({ brokers: '2' })
    const started = await ask<Run>('POST', '/v1/chaos', { scenario: 'coordinator-move', every: 20 })
    expect(started).toMatchObject({ status: 201, body: { id: 1, everyMs: 20 } })
    await expect
      .poll(async () => (await ask<Chaos>('GET', '/v1/chaos')).body.running[0]?.events.length)
      .toBeGreaterThan(0)
    const { body } = await ask<Run>('POST', '/v1/chaos/1/stop')
    expect(body.events.map(({ what }) => what)).toContainEqual(expect.stringContaining('moved'))
    expect((await ask<Chaos>('GET', '/v1/chaos')).body.running).toEqual([])
    expect((await ask('GET', '/v1/brokers')).body).toMatchObject({
      brokers: [{ isRunning: true }, { isRunning: true }],
    })
  })

  it('is refused by a sentence', async () => {
    const { ask } = await startApi()
    expect(await ask('POST', '/v1/chaos', { scenario: 'rolling' })).toMatchSnapshot('unknown')
    expect(await ask('POST', '/v1/chaos/1/stop')).toMatchSnapshot('not running')
  })
})
