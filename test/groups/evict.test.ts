/** group.evict.on.disconnect, over real connections, of classic groups. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'

let broker: StartedBroker
let admin: RawClient
let consumer: RawClient

async function start(config: Record<string, boolean> = {}): Promise<void> {
  broker = await startBroker({ config })
  admin = await RawClient.connect(broker.bootstrapServers)
  consumer = await RawClient.connect(broker.bootstrapServers)
}

beforeEach(() => start())
afterEach(async () => {
  await consumer[Symbol.asyncDispose]()
  await admin[Symbol.asyncDispose]()
  await broker.close()
})

function joinAs(client: RawClient, memberId = '', groupInstanceId: string | null = null) {
  const protocols = [{ name: 'range', metadata: Buffer.from('subscription') }]
  const timeouts = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000 }
  const request = { groupId: 'g', memberId, groupInstanceId, protocolType: 'consumer', protocols }
  return client.request(joinGroup, 5, { ...request, ...timeouts })
}

/** Makes the client the only member, in the group's first generation. */
async function becomeMember(client: RawClient, groupInstanceId: string | null = null) {
  const first = await joinAs(client, '', groupInstanceId)
  const { memberId, generationId } =
    groupInstanceId === null ? await joinAs(client, first.memberId) : first
  const assignments = [{ memberId, assignment: Buffer.from('mine') }]
  await client.request(syncGroup, 3, { groupId: 'g', memberId, generationId, assignments })
  return { memberId, generationId }
}

async function state(): Promise<string> {
  const { groups } = await admin.request(describeGroups, 5, { groups: ['g'] })
  return groups[0]!.groupState
}

async function settles(on: string): Promise<void> {
  while ((await state()) !== on) await setImmediate()
}

describe('a member whose connection is closed', () => {
  it('is gone', async () => {
    await becomeMember(consumer)
    await consumer[Symbol.asyncDispose]()
    await settles('Empty')
  })

  it('lets the others go on without it', async () => {
    const { memberId, generationId } = await becomeMember(admin)
    const { memberId: newId } = await joinAs(consumer)
    void joinAs(consumer, newId).catch(() => {})
    await settles('PreparingRebalance')
    await consumer[Symbol.asyncDispose]()
    const beat = { groupId: 'g', memberId, generationId }
    const { errorCode } = await admin.request(heartbeat, 3, beat)
    expect(errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    const joined = await joinAs(admin, memberId)
    expect(joined).toMatchObject({ errorCode: 0, generationId: generationId + 1 })
    expect(joined.members.map(member => member.memberId)).toEqual([memberId])
  })

  it('stays while it is known on another one', async () => {
    const { memberId, generationId } = await becomeMember(consumer)
    const beat = { groupId: 'g', memberId, generationId }
    expect(await admin.request(heartbeat, 3, beat)).toMatchObject({ errorCode: 0 })
    await consumer[Symbol.asyncDispose]()
    expect(await admin.request(heartbeat, 3, beat)).toMatchObject({ errorCode: 0 })
    expect(await state()).toBe('Stable')
  })

  it('stays if it is a static one, and may come back without a rebalance (KIP-345)', async () => {
    const { memberId, generationId } = await becomeMember(consumer, 'one')
    await consumer[Symbol.asyncDispose]()
    const back = await joinAs(admin, '', 'one')
    expect(back).toMatchObject({ errorCode: 0, generationId })
    expect(back.memberId).not.toBe(memberId)
  })
})

it('without group.evict.on.disconnect a member stays until its session ends', async () => {
  await broker.close()
  await start({ 'group.evict.on.disconnect': false })
  const { memberId, generationId } = await becomeMember(consumer)
  await consumer[Symbol.asyncDispose]()
  const beat = { groupId: 'g', memberId, generationId }
  expect(await admin.request(heartbeat, 3, beat)).toMatchObject({ errorCode: 0 })
})
