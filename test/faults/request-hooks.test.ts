import { describe, expect, expectTypeOf, it } from 'vitest'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errorName } from '../../protocol/errors.ts'
import { InvalidInput, KafkaError } from '../../src/index.ts'
import { ConnectionClosed } from '../raw-client.ts'
import { openBroker } from './broker.ts'

describe('a function that sees requests', () => {
  it('looks on', async () => {
    await using on = await openBroker()
    const seen: unknown[] = []
    using hook = on.broker.on('request', { api: 'OffsetCommit', group: 'g' }, request => {
      expectTypeOf(request.body.groupId).toEqualTypeOf<string>()
      const { api, version, client, node, body } = request
      seen.push({ api, version, client, node, topics: body.topics.map(({ name }) => name) })
    })
    expect(await on.commit('g', { orders: 1 })).toEqual({ orders: 'NONE' })
    await on.commit('other', { orders: 1 })
    hook.remove()
    await on.commit('g', { orders: 2 })
    expect(seen).toEqual([
      { api: 'OffsetCommit', version: 8, client: 'test', node: 0, topics: ['orders'] },
    ])
    expect(await on.committed('g')).toEqual([2])
  })

  it('answers itself, and the broker hears nothing', async () => {
    await using on = await openBroker()
    on.broker.on('request', { api: 'InitProducerId' }, () => {
      return { errorCode: 0, producerId: 4711, producerEpoch: 3 }
    })
    const asked = { transactionalId: null, transactionTimeoutMs: 1000 }
    const { producerId, producerEpoch } = await on.client.request(initProducerId, 4, asked)
    expect([producerId, producerEpoch]).toEqual([4711, 3])
  })

  it('changes the request, and the answer, of an error as well', async () => {
    await using on = await openBroker()
    on.broker.on('request', { api: 'OffsetCommit' }, async ({ body }, next) => {
      return next({ ...body, groupId: `${body.groupId}-changed` })
    })
    await on.commit('g', { orders: 8 })
    expect(await on.committed('g-changed')).toEqual([8])
    on.broker.on('request', { api: 'Heartbeat' }, async (_, next) => {
      const answer = await next()
      return { ...answer, throttleTimeMs: answer.errorCode }
    })
    const beat = { groupId: 'none', generationId: 1, memberId: 'm' }
    const { errorCode, throttleTimeMs } = await on.client.request(heartbeat, 4, beat)
    expect([errorName(errorCode), throttleTimeMs]).toEqual(['UNKNOWN_MEMBER_ID', errorCode])
  })

  it('refuses, or disconnects', async () => {
    await using on = await openBroker()
    const refusing = on.broker.on('request', { client: 'test', api: 'OffsetCommit' }, () => {
      throw new KafkaError('NOT_COORDINATOR')
    })
    expect(await on.commit('g', { orders: 1 })).toEqual({ orders: 'NOT_COORDINATOR' })
    refusing.remove()
    on.broker.on('request', {}, request => request.disconnect())
    await expect(on.commit('g', { orders: 1 })).rejects.toThrow(ConnectionClosed)
    expect(await on.broker.report()).toContain('never answered: the connection was closed')
  })

  it('stands before faults, and before the functions that were there', async () => {
    await using on = await openBroker()
    const order: string[] = []
    on.broker.fault({ api: 'OffsetCommit', error: 'NOT_COORDINATOR' })
    for (const name of ['first', 'second']) {
      on.broker.on('request', { api: 'OffsetCommit' }, async (_, next) => {
        order.push(name)
        const { topics } = await next()
        order.push(errorName(topics[0]!.partitions[0]!.errorCode))
      })
    }
    await on.commit('g', { orders: 1 })
    expect(order).toEqual(['second', 'first', 'NOT_COORDINATOR', 'NOT_COORDINATOR'])
    expect(await on.broker.report()).toContain('[fault 1: NOT_COORDINATOR]')
  })

  it('is asked about what there is', async () => {
    await using on = await openBroker()
    const hook = (): void => {}
    // @ts-expect-error: there is no such API
    expect(() => on.broker.on('request', { api: 'Commit' }, hook)).toThrow(InvalidInput)
    const filter = { api: 'Fetch', error: 'OFFSET_OUT_OF_RANGE' } as const
    expect(() => on.broker.on('request', filter, hook)).toThrow(
      'unknown field error; there are api',
    )
  })
})

it('a member that a fault has hit is a reason why its group rebalances', async () => {
  await using on = await openBroker()
  const { joinGroup } = await import('../../protocol/apis/11-join-group.ts')
  const { joinRequest } = await import('../handlers/group-member.ts')
  const asked = joinRequest({ groupId: 'g' })
  const { memberId, generationId } = await on.client.request(joinGroup, 3, asked)
  on.broker.fault({ api: 'Heartbeat', group: 'g', error: 'REBALANCE_IN_PROGRESS' })
  await on.client.request(heartbeat, 3, { groupId: 'g', generationId, memberId })
  const why = await on.broker.group('g').why()
  expect(why.text).toContain('Heartbeat: REBALANCE_IN_PROGRESS')
})
