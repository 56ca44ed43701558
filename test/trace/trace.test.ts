import { describe, expect, it, vi } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { openBroker } from '../faults/broker.ts'
import { fetchFrom } from '../handlers/requests.ts'
import { joinRequest } from '../handlers/group-member.ts'
import { latest } from '../handlers/wire.ts'

/** Without what is another each time. */
function plain(report: string): string {
  return report
    .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
    .replaceAll(/@\d{4,5}\b/g, '@PORT')
    .replaceAll(/\d+\.\d ms/g, 'N ms')
    .replaceAll(/ {2,}->/g, '  ->')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
}

describe('the report of a test that failed', () => {
  it('tells the last requests with their answers, and how each group stands', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'OffsetCommit', group: 'billing', error: 'NOT_COORDINATOR' })
    on.broker.fault({ api: 'Produce', topic: 'audit', delay: 5, optional: true })
    await on.produce('orders', 'a')
    await on.produce('audit', 'a', { acks: 2 })
    await fetchFrom(on.client, on.orders)
    await on.commit('billing', { orders: 0 })
    await on.commit('billing', { orders: 1, audit: 0 })
    await on.committed('billing')
    await using member = await on.connect()
    await member.request(joinGroup, 3, joinRequest({ groupId: 'shipping' }))
    await using waiting = await on.connect()
    waiting.clientId = 'late'
    const late = waiting.request(joinGroup, 3, joinRequest({ groupId: 'shipping' }))
    late.catch(() => {})
    await vi.waitFor(async () => expect(await on.broker.report()).toContain('late@'))
    await on.client.request(metadata, 12, { topics: [{ name: 'not a name' }] })
    expect(plain(await on.broker.report())).toMatchSnapshot()
  })

  it('says what was lost, and which faults never fired', async () => {
    await using on = await openBroker()
    const never = on.broker.fault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER' })
    await using lost = await on.connect()
    on.broker.fault({ api: 'OffsetCommit', after: 'apply', action: 'disconnect' })
    await expect(on.commit('g', { orders: 1 }, lost)).rejects.toThrow('closed')
    const report = await on.broker.report()
    expect(report).toContain('never answered: the connection was closed  [fault 2: disconnect]')
    expect(report).toContain(
      'faults that never fired:\n  1  {"api":"Produce","error":"NOT_LEADER_OR_FOLLOWER"}',
    )
    never.remove()
  })

  it('has the last twenty, and none of another test', async () => {
    await using on = await openBroker()
    for (let i = 0; i < 30; i++) await on.commit(`g${i}`, { orders: i })
    const report = await on.broker.report()
    expect(report).toContain('the last 20 requests:')
    const lines = report.split('\n')
    expect(lines.filter(line => line.includes('OffsetCommit'))).toHaveLength(20)
    expect(lines[1]).toContain('group g10 ')
    expect(lines[20]).toContain('group g29 ')
  })

  it('shows no secret and no record', async () => {
    await using on = await openBroker()
    const api = alterUserScram
    const saltedPassword = Buffer.from('hunter2hunter2hunter2hunter2hunt')
    const upsertion = { name: 'alice', mechanism: 1, iterations: 4096, salt: Buffer.from('salty') }
    const upsertions = [{ ...upsertion, saltedPassword }]
    await on.client.request(api, latest(api), { deletions: [], upsertions })
    await on.produce('orders', 'a private record')
    await fetchFrom(on.client, on.orders)
    expect(await on.broker.report()).not.toMatch(/hunter|salty|private/)
  })
})
