import kafkajs, { type Consumer } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { errors } from '../../protocol/errors.ts'
import { NotSettled, startBroker, type StartedBroker } from '../../src/index.ts'
import { ShareConsumer } from '../handlers/share-requests.ts'
import { RawClient } from '../raw-client.ts'

let broker: StartedBroker
const opened: { disconnect(): Promise<void> }[] = []

beforeEach(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 2 } } })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(connection => connection.disconnect()))
  await broker.close()
})

function kafka(): kafkajs.Kafka {
  const brokers = [broker.bootstrapServers]
  return new kafkajs.Kafka({ clientId: 'app', brokers, logLevel: kafkajs.logLevel.NOTHING })
}

/** An application that reads orders in the group 'billing'; what it has seen. */
async function startApp(eachMessage = async (): Promise<void> => {}) {
  const seen: string[] = []
  const patience = { heartbeatInterval: 20, maxWaitTimeInMs: 20 }
  const consumer: Consumer = kafka().consumer({ groupId: 'billing', ...patience })
  opened.push(consumer)
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      await eachMessage()
      seen.push(String(message.value))
    },
  })
  return { consumer, seen }
}

/** What a program does that speaks the classic protocol; it may be told to be slow. */
async function join(client: RawClient, memberId = '', instanceId: string | null = null) {
  return client.request(joinGroup, 9, {
    groupId: 'billing',
    memberId,
    groupInstanceId: instanceId,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from([0, 0, 0, 0, 0, 0, 255, 255, 255, 255]) }],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    reason: 'to bill',
  })
}

async function becomeMember(client: RawClient, instanceId: string | null = null) {
  const first = await join(client, '', instanceId)
  const joined = instanceId === null ? await join(client, first.memberId) : first
  const { memberId, generationId } = joined
  const request = { groupId: 'billing', memberId, generationId, groupInstanceId: instanceId }
  const assignments = [{ memberId, assignment: Buffer.alloc(0) }]
  await client.request(syncGroup, 3, { ...request, assignments })
  return { memberId, beat: () => client.request(heartbeat, 3, request) }
}

const named = (memberId: string): string => `member '${memberId}' (client 'test' at 127.0.0.1)`

describe('describe', () => {
  it('tells who has what, and how far behind', async () => {
    await broker.topic('orders').append([{ value: 1, partition: 1 }])
    await startApp()
    const settled = await broker.group('billing').settled()
    expect(settled).toMatchObject({
      group: 'billing',
      type: 'classic',
      state: 'Stable',
      coordinator: 0,
      lag: 0,
      members: [
        {
          clientId: 'app',
          clientHost: '/127.0.0.1',
          instanceId: null,
          subscribedTopics: ['orders'],
          assignment: { orders: [0, 1] },
        },
      ],
    })
    const { memberId } = settled.members[0]!
    expect(settled.partitions).toEqual([
      {
        topic: 'orders',
        partition: 0,
        committedOffset: null,
        endOffset: 0,
        lag: 0,
        committedAt: null,
        memberId,
      },
      {
        topic: 'orders',
        partition: 1,
        committedOffset: 1,
        endOffset: 1,
        lag: 0,
        committedAt: expect.any(Number),
        memberId,
      },
    ])
    expect(await broker.groups()).toEqual([
      { group: 'billing', type: 'classic', state: 'Stable', members: 1 },
    ])
  })

  it('names the group that may have been meant', async () => {
    await startApp()
    await broker.group('billing').settled()
    await expect(broker.group('biling').describe()).rejects.toThrow(
      "there is no group 'biling'; there is 'billing'",
    )
  })
})

describe('settled', () => {
  it('resolves when all that was there is committed, and again with what comes', async () => {
    const { seen } = await startApp()
    for (const value of ['a', 'b', 'c']) {
      await broker.topic('orders').append({ value })
      await broker.group('billing').settled()
      expect(seen.at(-1)).toBe(value)
    }
  })

  it('counts no markers of transactions', async () => {
    await startApp()
    const producer = kafka().producer({ transactionalId: 't', maxInFlightRequests: 1 })
    opened.push(producer)
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'orders', messages: [{ value: 'a', partition: 0 }] })
    await transaction.commit()
    const { partitions } = await broker.group('billing').settled()
    expect(partitions[0]).toMatchObject({ endOffset: 2 })
  })

  it('resolves when a share group has acknowledged all', async () => {
    const { id } = await broker.topic('queue').create()
    await using client = await RawClient.connect(broker.bootstrapServers)
    const queue = { groupId: 'workers', topic: { name: 'queue', id } }
    const worker = new ShareConsumer(client, queue)
    const workers = broker.group('workers')
    const joining = { groupId: 'workers', memberId: worker.memberId, memberEpoch: 0, rackId: null }
    const join = () => {
      return client.request(shareGroupHeartbeat, 1, { ...joining, subscribedTopicNames: ['queue'] })
    }
    await join()
    await workers.seek('start')
    await broker.clock.advance('2s')
    await join()
    await broker.topic('queue').append([{ value: 1 }, { value: 2 }])
    expect(await worker.acquire()).toEqual([[0, 1, 1]])
    await expect(workers.settled({ timeout: 10 })).rejects.toThrow('queue/0 is 2 records behind')
    const settled = workers.settled()
    // It has looked, and waits.
    await client.request(metadata, 9, { topics: [] })
    await worker.acknowledge([[0, 1, 1]])
    expect(await settled).toMatchObject({ type: 'share', lag: 0 })
  })

  it('says that there is no such group, or nobody in it', async () => {
    const none = broker.group('billing').settled({ timeout: 10 })
    await expect(none).rejects.toThrow(
      "group 'billing' has not settled in 10 ms:\n  there is no such group; there are none",
    )
    await using client = await RawClient.connect(broker.bootstrapServers)
    const { memberId } = await becomeMember(client)
    await broker.group('billing').kick(memberId)
    const error = await broker
      .group('billing')
      .settled({ timeout: 10 })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotSettled)
    expect((error as NotSettled).message).toBe(
      [
        "group 'billing' has not settled in 10 ms:",
        'it is Empty: it has no members',
        `its last rebalance began because ${named(memberId)} was kicked`,
      ].join('\n  '),
    )
    expect((error as NotSettled).group).toMatchObject({ state: 'Empty' })
  })

  it('says which partition is behind', async () => {
    const released = Promise.withResolvers<void>()
    await startApp(() => released.promise)
    await broker.group('billing').settled()
    await broker.topic('orders').append([{ value: 1, partition: 0 }])
    await broker.topic('orders').append([1, 2].map(value => ({ value, partition: 1 })))
    await expect(broker.group('billing').settled({ timeout: 30 })).rejects.toThrow(
      [
        "group 'billing' has not settled in 30 ms:",
        'orders/0 is 1 record behind: nothing committed',
        'orders/1 is 2 records behind: nothing committed',
      ].join('\n  '),
    )
    released.resolve()
    await broker.group('billing').settled()
  })

  it('says which member is missing', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    await using other = await RawClient.connect(broker.bootstrapServers)
    const { memberId } = await becomeMember(client)
    const { memberId: newId } = await join(other)
    const joining = join(other, newId)
    const state = async () => (await broker.group('billing').describe()).state
    await expect.poll(state, { interval: 1 }).toBe('PreparingRebalance')
    await expect(broker.group('billing').settled({ timeout: 30 })).rejects.toThrow(
      [
        'it is PreparingRebalance',
        `${named(memberId)} has not joined again`,
        `its last rebalance began because ${named(newId)} joined: to bill`,
      ].join('\n  '),
    )
    await broker.group('billing').kick(memberId)
    expect((await joining).errorCode).toBe(0)
    await expect(broker.group('billing').settled({ timeout: 30 })).rejects.toThrow(
      `${named(newId)} leads, and has not assigned partitions`,
    )
  })

  it('refuses a timeout that is none', async () => {
    const settled = broker.group('billing').settled({ timeout: 'soon' as '1s' })
    await expect(settled).rejects.toThrow(`timeout is milliseconds, or '10s', not "soon"`)
  })

  it('ends with the broker', async () => {
    const settled = broker.group('billing').settled()
    await broker.groups()
    await broker.close()
    await expect(settled).rejects.toThrow('before the broker was reset or closed')
  })
})

describe('seek', () => {
  it('has a running application read again, from there', async () => {
    const { seen } = await startApp()
    await broker.topic('orders').append(['a', 'b', 'c'].map(value => ({ value, partition: 0 })))
    await broker.group('billing').settled()
    expect(await broker.group('billing').seek('start')).toEqual([
      { topic: 'orders', partition: 0, offset: 0 },
      { topic: 'orders', partition: 1, offset: 0 },
    ])
    await broker.group('billing').settled()
    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
    await broker.group('billing').seek(-1)
    await broker.group('billing').settled()
    expect(seen.slice(6)).toEqual(['c'])
  })

  it('prepares a group that there is not yet', async () => {
    await broker.topic('orders').append(['a', 'b'].map(value => ({ value, partition: 0 })))
    const billing = broker.group('billing')
    await expect(billing.seek('start')).rejects.toThrow(
      "group 'billing' has committed nothing and has no members: name its topics",
    )
    await billing.seek('start', { topics: ['orders'] })
    await billing.seek({ 'orders/0': 1 })
    const { seen } = await startApp()
    await billing.settled()
    expect(seen).toEqual(['b'])
  })

  it('refuses partitions that there are not', async () => {
    const billing = broker.group('billing')
    await expect(billing.seek({ 'orders/2': 1 })).rejects.toThrow(
      "there is no partition 'orders/2'",
    )
    await expect(billing.seek({ 'order/0': 1 })).rejects.toThrow(
      "there is no topic 'order'; there is 'orders'",
    )
  })

  it('has a share group begin elsewhere', async () => {
    await broker.topic('orders').append({ value: 1, partition: 1 })
    await using client = await RawClient.connect(broker.bootstrapServers)
    await client.request(shareGroupHeartbeat, 1, {
      groupId: 'billing',
      memberId: 'm-1',
      memberEpoch: 0,
      rackId: null,
      subscribedTopicNames: ['orders'],
    })
    const billing = broker.group('billing')
    expect(await billing.describe()).toMatchObject({
      type: 'share',
      state: 'Stable',
      members: [{ memberId: 'm-1', assignment: { orders: [0, 1] } }],
      partitions: [
        { partition: 0, memberId: 'm-1', committedOffset: null },
        { partition: 1, memberId: 'm-1', committedOffset: null, lag: 1 },
      ],
    })
    await billing.seek('end')
    expect(await billing.describe()).toMatchObject({
      state: 'Empty',
      members: [],
      partitions: [
        { partition: 0, committedOffset: 0 },
        { partition: 1, committedOffset: 1, lag: 0 },
      ],
    })
  })
})

describe('kick and delete', () => {
  it('have clients join anew, and are refused where there is nobody, or somebody', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    const { memberId, beat } = await becomeMember(client, 'one')
    const billing = broker.group('billing')
    await expect(billing.delete()).rejects.toThrow(
      `group 'billing' has members: '${memberId}'; stop or kick them`,
    )
    await expect(billing.kick('nobody')).rejects.toThrow(
      `no member 'nobody': group 'billing' has '${memberId}'`,
    )
    await billing.kick('one')
    expect((await beat()).errorCode).toBe(errors.UNKNOWN_MEMBER_ID)
    await billing.delete()
    await expect(billing.describe()).rejects.toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
  })
})

describe('why', () => {
  const rebalances = async () => (await broker.group('billing').why()).rebalances
  const lastText = async () => (await rebalances()).at(-1)!.text

  it('tells of members that join, leave, are silent, kicked or replaced', async () => {
    broker.clock.freeze('2026-11-21T10:00:00Z')
    await using client = await RawClient.connect(broker.bootstrapServers)
    const first = await becomeMember(client)
    const who = named(first.memberId)
    expect(await broker.group('billing').why()).toEqual({
      group: 'billing',
      type: 'classic',
      state: 'Stable',
      epoch: 1,
      rebalances: [
        {
          timestamp: Date.parse('2026-11-21T10:00:00Z'),
          cause: 'join',
          epoch: 0,
          memberId: first.memberId,
          clientId: 'test',
          clientHost: '/127.0.0.1',
          reason: 'to bill',
          text: `${who} joined: to bill`,
        },
      ],
      text:
        "group 'billing': classic, Stable, generation 1\n" +
        `2026-11-21T10:00:00.000Z  generation 0 ended: ${who} joined: to bill`,
    })
    await client.request(leaveGroup, 5, {
      groupId: 'billing',
      members: [{ memberId: first.memberId, groupInstanceId: null, reason: 'the end of the day' }],
    })
    expect(await lastText()).toBe(`${who} left: the end of the day`)

    const silent = await becomeMember(client)
    await broker.clock.advance('10s')
    expect(await lastText()).toBe(
      `${named(silent.memberId)} was not heard of within its session timeout of 10000 ms`,
    )

    const kicked = await becomeMember(client)
    await broker.group('billing').kick(kicked.memberId)
    expect(await lastText()).toBe(`${named(kicked.memberId)} was kicked`)

    const former = await becomeMember(client, 'one')
    const next = await join(client, '', 'one')
    expect(await lastText()).toBe(
      `member '${next.memberId}' (instance 'one', client 'test' at 127.0.0.1)` +
        ` came in the place of member '${former.memberId}': to bill`,
    )
    expect((await rebalances()).map(({ cause }) => cause)).toEqual([
      'join',
      'leave',
      'join',
      'session-timeout',
      'join',
      'kick',
      'join',
      'static-replacement',
    ])
  })

  it('tells of a member whose connection was closed', async () => {
    const client = await RawClient.connect(broker.bootstrapServers)
    const { memberId } = await becomeMember(client)
    await client[Symbol.asyncDispose]()
    await expect
      .poll(lastText, { interval: 1 })
      .toBe(
        `member '${memberId}' (client 'test' at 127.0.0.1)` +
          ' was removed because its connection was closed (group.evict.on.disconnect)',
      )
  })

  it('tells of topics that have changed, and costs heartbeats nothing', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    const beat = async (memberEpoch: number, topics: string[] | null) => {
      return client.request(consumerGroupHeartbeat, 1, {
        groupId: 'billing',
        memberId: 'm-1',
        memberEpoch,
        rebalanceTimeoutMs: topics === null ? -1 : 5_000,
        subscribedTopicNames: topics,
        topicPartitions: topics === null ? null : [],
      })
    }
    const { memberEpoch } = await beat(0, ['orders'])
    await beat(memberEpoch, null)
    await broker.topic('orders').addPartitions(3)
    await beat(memberEpoch, null)
    await beat(memberEpoch, null)
    expect((await rebalances()).map(({ text, epoch }) => [epoch, text])).toEqual([
      [0, "member 'm-1' (client 'test' at 127.0.0.1) joined"],
      [memberEpoch, 'a subscribed topic was created or deleted, or got partitions'],
    ])
  })

  it('tells of faults', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    const { memberId, beat } = await becomeMember(client)
    broker.fault({ api: 'Heartbeat', error: 'REBALANCE_IN_PROGRESS' })
    expect((await beat()).errorCode).toBe(errors.REBALANCE_IN_PROGRESS)
    const text = `${named(memberId)} met a fault: Heartbeat: REBALANCE_IN_PROGRESS`
    expect(await lastText()).toBe(text)
  })

  it('remembers the last 32', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    for (let i = 0; i < 20; i++) {
      const { memberId } = await becomeMember(client)
      await broker.group('billing').kick(memberId)
    }
    const all = await rebalances()
    expect(all).toHaveLength(32)
    expect(all.at(-1)!.cause).toBe('kick')
  })
})
