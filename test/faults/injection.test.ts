/** What faults do to requests, as a client sees it. */
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { produce } from '../../protocol/apis/00-produce.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { errorName } from '../../protocol/errors.ts'
import { InvalidInput, startBroker } from '../../src/index.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchFrom, fetchRequest, produceRequest, produceTo } from '../handlers/requests.ts'
import { ConnectionClosed } from '../raw-client.ts'
import { openBroker } from './broker.ts'

describe('an error', () => {
  it('is answered once, and nothing is done', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER' })
    expect(await on.produce('orders', 'a')).toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' })
    expect(await on.produce('orders', 'a')).toMatchObject({ error: 'NONE', baseOffset: 0 })
    expect(await fault.hit()).toMatchObject({ api: 'Produce', version: 13, client: 'test' })
    expect(fault.hits).toHaveLength(1)
  })

  it('is answered after the request was done', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'OffsetCommit', error: 'REQUEST_TIMED_OUT', after: 'apply' })
    expect(await on.commit('g', { orders: 7 })).toEqual({ orders: 'REQUEST_TIMED_OUT' })
    expect(await on.committed('g')).toEqual([7])
  })

  it('is as often as it says', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'OffsetCommit', error: 'NOT_COORDINATOR', times: 2 })
    const answers = [1, 2, 3].map(offset => on.commit('g', { orders: offset }))
    expect(await Promise.all(answers)).toEqual([
      { orders: 'NOT_COORDINATOR' },
      { orders: 'NOT_COORDINATOR' },
      { orders: 'NONE' },
    ])
  })

  it('follows a sequence', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({
      api: 'Heartbeat',
      sequence: ['ok', 'REBALANCE_IN_PROGRESS', 'ok', 'NOT_COORDINATOR'],
    })
    const beat = async () => {
      const body = { groupId: 'g', generationId: 1, memberId: 'm' }
      return errorName((await on.client.request(heartbeat, 4, body)).errorCode)
    }
    const seen = []
    for (let i = 0; i < 5; i++) seen.push(await beat())
    const served = 'UNKNOWN_MEMBER_ID'
    expect(seen).toEqual([served, 'REBALANCE_IN_PROGRESS', served, 'NOT_COORDINATOR', served])
    expect(fault.hits).toHaveLength(2)
  })

  it('hits the same requests by chance for the same seed', async () => {
    const pattern = async (seed: number) => {
      await using on = await openBroker()
      const by = { probability: 0.3, seed, times: 'always' } as const
      const fault = on.broker.fault({ api: 'OffsetCommit', error: 'NOT_COORDINATOR', ...by })
      const seen = []
      for (let i = 0; i < 40; i++) seen.push((await on.commit('g', { orders: i }))['orders'])
      expect(fault.hits.length).toBeGreaterThan(4)
      expect(fault.hits.length).toBeLessThan(24)
      return seen
    }
    expect(await pattern(7)).toEqual(await pattern(7))
    expect(await pattern(7)).not.toEqual(await pattern(8))
  })
})

describe('only whom it is for', () => {
  it('is told by client, version, group and node', async () => {
    await using on = await openBroker()
    const wrong = { error: 'NOT_COORDINATOR', api: 'OffsetCommit', optional: true } as const
    on.broker.fault({ ...wrong, client: 'svc-*' })
    on.broker.fault({ ...wrong, version: '9+' })
    on.broker.fault({ ...wrong, group: 'h' })
    on.broker.fault({ ...wrong, node: 1 })
    on.broker.fault({ ...wrong, topic: 'audit' })
    on.broker.fault({ ...wrong, partition: 1 })
    expect(await on.commit('g', { orders: 1 })).toEqual({ orders: 'NONE' })
    await using other = await on.connect()
    other.clientId = 'svc-1'
    expect(await on.commit('g', { orders: 1 }, other)).toEqual({ orders: 'NOT_COORDINATOR' })
    expect(await on.commit('h', { orders: 1 })).toEqual({ orders: 'NOT_COORDINATOR' })
    expect(await on.commit('g', { audit: 1 })).toEqual({ audit: 'NOT_COORDINATOR' })
    expect(on.broker.faults().map(({ hits }) => hits.length)).toEqual([1, 0, 1, 0, 1, 0])
  })

  it('of several faults, the first that still hits', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'OffsetCommit', error: 'NOT_COORDINATOR' })
    on.broker.fault({ api: 'OffsetCommit', error: 'UNKNOWN_MEMBER_ID' })
    expect(await on.commit('g', { orders: 1 })).toEqual({ orders: 'NOT_COORDINATOR' })
    expect(await on.commit('g', { orders: 1 })).toEqual({ orders: 'UNKNOWN_MEMBER_ID' })
  })
})

describe('one topic of several', () => {
  it('of a Produce gets the error, and the other is written', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'Produce', topic: 'orders', partition: 1, error: 'MESSAGE_TOO_LARGE' })
    const { orders, audit } = on
    const partitionData = (partition: number) => ({
      index: partition,
      records: batchOf([`to ${partition}`]),
    })
    const { responses } = await on.client.request(produce, 13, {
      ...produceRequest(orders, []),
      topicData: [
        { name: '', topicId: orders.id, partitionData: [0, 1].map(partitionData) },
        { name: '', topicId: audit.id, partitionData: [partitionData(0)] },
      ],
    })
    const told = responses.map(({ topicId, partitionResponses }) => {
      const partitions = partitionResponses.map(({ index, errorCode, baseOffset }) => {
        return [index, errorName(errorCode), baseOffset]
      })
      return [topicId, partitions]
    })
    expect(told).toEqual([
      [
        orders.id,
        [
          [0, 'NONE', 0],
          [1, 'MESSAGE_TOO_LARGE', -1],
        ],
      ],
      [audit.id, [[0, 'NONE', 0]]],
    ])
    expect(await fetchFrom(on.client, orders, { partition: 1 })).toMatchObject({
      highWatermark: 0,
    })
  })

  it('of an OffsetCommit gets the error, and the other is stored', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'OffsetCommit', topic: 'aud*', error: 'OFFSET_METADATA_TOO_LARGE' })
    expect(await on.commit('g', { orders: 5, audit: 6 })).toEqual({
      orders: 'NONE',
      audit: 'OFFSET_METADATA_TOO_LARGE',
    })
    expect(await on.committed('g', ['orders', 'audit'])).toEqual([5, -1])
  })

  it('gets it after all was stored', async () => {
    await using on = await openBroker()
    const spec = { topic: 'audit', error: 'REQUEST_TIMED_OUT', after: 'apply' } as const
    on.broker.fault({ api: 'OffsetCommit', ...spec })
    expect(await on.commit('g', { orders: 5, audit: 6 })).toEqual({
      orders: 'NONE',
      audit: 'REQUEST_TIMED_OUT',
    })
    expect(await on.committed('g', ['orders', 'audit'])).toEqual([5, 6])
  })

  it.each([['by name', false] as const, ['where all are asked for', true] as const])(
    'of Metadata gets the error, %s',
    async (_, asksAll) => {
      await using on = await openBroker()
      on.broker.fault({ api: 'Metadata', topic: 'audit', error: 'LEADER_NOT_AVAILABLE' })
      const asked = asksAll ? null : [{ name: 'orders' }, { name: 'audit' }]
      const { topics, brokers } = await on.client.request(metadata, 12, { topics: asked })
      const told = topics.map(({ name, errorCode, partitions }) => {
        return `${name}: ${errorName(errorCode)}, ${partitions.length}`
      })
      expect(told).toEqual(['orders: NONE, 2', 'audit: LEADER_NOT_AVAILABLE, 0'])
      expect(brokers).toHaveLength(1)
    },
  )

  it('of Metadata is not created by the question', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'Metadata', topic: 'new', error: 'LEADER_NOT_AVAILABLE' })
    const asked = { topics: [{ name: 'new' }], allowAutoTopicCreation: true }
    const { topics } = await on.client.request(metadata, 12, asked)
    expect(topics.map(({ errorCode }) => errorName(errorCode))).toEqual(['LEADER_NOT_AVAILABLE'])
    expect((await on.broker.topics()).map(({ topic }) => topic)).not.toContain('new')
  })

  it.each([11, 18])('of a Fetch v%i gets the error at once, also in a session', async version => {
    await using on = await openBroker()
    await on.produce('audit', 'a')
    const both = fetchRequest(on.orders, [{}], { maxWaitMs: 60_000, minBytes: 1 })
    const asked = {
      ...both,
      topics: [...both.topics, ...fetchRequest(on.audit, [{}]).topics],
      sessionEpoch: 0,
    }
    const { sessionId } = await on.client.request(fetch, version, asked)
    expect(sessionId).not.toBe(0)
    on.broker.fault({ api: 'Fetch', topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER' })
    const next = { ...both, topics: [], sessionId, sessionEpoch: 1 }
    const { errorCode, responses } = await on.client.request(fetch, version, next)
    expect(errorName(errorCode)).toBe('NONE')
    const told = responses.map(topic => {
      const [{ errorCode, records }] = topic.partitions as [(typeof topic.partitions)[number]]
      return [
        topic.topic || topic.topicId,
        errorName(errorCode),
        Buffer.concat(records ?? []).length > 0,
      ]
    })
    const key = (topic: typeof on.orders) => (version < 13 ? topic.name : topic.id)
    expect(told).toEqual([
      [key(on.audit), 'NONE', true],
      [key(on.orders), 'NOT_LEADER_OR_FOLLOWER', false],
    ])
  })

  it('is not created, and the other is', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'CreateTopics', topic: 'a', error: 'POLICY_VIOLATION' })
    const topics = ['a', 'b'].map(name => {
      return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    })
    const asked = { topics, timeoutMs: 1000, validateOnly: false }
    const answer = await on.client.request(createTopics, 7, asked)
    expect(answer.topics.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
      ['b', 'NONE'],
      ['a', 'POLICY_VIOLATION'],
    ])
  })
})

describe('a connection', () => {
  it('is closed before the request is done', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'OffsetCommit', action: 'disconnect' })
    await using lost = await on.connect()
    await expect(on.commit('g', { orders: 3 }, lost)).rejects.toThrow(ConnectionClosed)
    expect(await on.committed('g')).toEqual([-1])
  })

  it('is closed after it is done', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'OffsetCommit', after: 'apply', action: 'disconnect' })
    await using lost = await on.connect()
    await expect(on.commit('g', { orders: 3 }, lost)).rejects.toThrow(ConnectionClosed)
    await fault.hit()
    expect(await on.committed('g')).toEqual([3])
  })

  it('hears nothing more, and the broker closes without waiting for it', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'OffsetCommit', after: 'apply', action: 'drop' })
    await using lost = await on.connect()
    const answers = [1, 2].map(offset => on.commit('g', { orders: offset }, lost))
    const ends = Promise.allSettled(answers)
    await fault.hit()
    expect(await on.committed('g')).toEqual([1])
    await on.broker.close()
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('breaks off in the midst of an answer', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'Produce', action: 'truncate' })
    await expect(on.produce('orders', 'a')).rejects.toThrow(ConnectionClosed)
    await using next = await on.connect()
    expect(await produceTo(next, on.orders, batchOf(['b']))).toMatchObject({ baseOffset: 1 })
  })
})

describe('what comes later', () => {
  it('is delayed, and none overtakes it', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'Produce', topic: 'orders', delay: '40ms' })
    const begun = performance.now()
    const [first, second] = await Promise.all([
      on.produce('orders', 'a'),
      on.produce('orders', 'b'),
    ])
    expect(performance.now() - begun).toBeGreaterThan(35)
    expect([first.baseOffset, second.baseOffset]).toEqual([0, 1])
    expect(fault.hits).toHaveLength(1)
  })

  it('is delayed after it was done', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'OffsetCommit', delay: '1h', after: 'apply' })
    await using waiting = await on.connect()
    const answer = on.commit('g', { orders: 9 }, waiting)
    answer.catch(() => {})
    await fault.hit()
    expect(await on.committed('g')).toEqual([9])
  })

  it('is throttled: told so, and not read', async () => {
    await using on = await openBroker()
    on.broker.fault({ api: 'Produce', throttle: '60ms' })
    const request = produceRequest(on.orders, [{ index: 0, records: batchOf(['a']) }])
    const { throttleTimeMs } = await on.client.request(produce, 13, request)
    const begun = performance.now()
    expect(throttleTimeMs).toBe(60)
    await on.produce('orders', 'b')
    expect(performance.now() - begun).toBeGreaterThan(45)
  })
})

describe('what is not so', () => {
  it('is a damaged batch, once, though the log is whole', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'Fetch', topic: 'orders', action: 'corrupt' })
    await fetchFrom(on.client, on.orders)
    expect(fault.hits).toHaveLength(0)
    await on.produce('orders', 'a')
    const read = async () => Buffer.concat((await fetchFrom(on.client, on.orders)).records ?? [])
    const damaged = await read()
    const whole = await read()
    expect(damaged).toHaveLength(whole.length)
    expect(damaged.equals(whole)).toBe(false)
    expect(fault.hits).toHaveLength(1)
    expect(await on.broker.topic('orders').take(1)).toMatchObject([{ value: 'a' }])
  })

  it('is the leader of before, where there are several brokers', async () => {
    await using on = await openBroker({ brokers: 3 })
    const leaders = async () => {
      const { topics } = await on.client.request(metadata, 12, { topics: [{ name: 'audit' }] })
      return topics[0]!.partitions.map(({ leaderId, leaderEpoch }) => [leaderId, leaderEpoch])
    }
    const [[leaderId, leaderEpoch]] = (await leaders()) as [[number, number]]
    on.broker.fault({ action: 'stale-metadata', topic: 'audit' })
    expect(await leaders()).toEqual([[(leaderId + 2) % 3, Math.max(0, leaderEpoch - 1)]])
    expect(await leaders()).toEqual([[leaderId, leaderEpoch]])
  })

  it('is a topic that was not there yet, where there is one broker', async () => {
    await using on = await openBroker()
    on.broker.fault({ action: 'stale-metadata', topic: 'audit' })
    const { topics } = await on.client.request(metadata, 12, { topics: null })
    const told = Object.fromEntries(
      topics.map(({ name, errorCode }) => [name, errorName(errorCode)]),
    )
    expect(told).toEqual({ audit: 'UNKNOWN_TOPIC_OR_PARTITION', orders: 'NONE' })
  })

  it('is a full disk, or a coordinator elsewhere', async () => {
    await using on = await openBroker()
    on.broker.fault({ action: 'storage-full', topic: 'orders' })
    on.broker.fault({ action: 'coordinator-moved', group: 'g' })
    expect(await on.produce('orders', 'a')).toMatchObject({ error: 'KAFKA_STORAGE_ERROR' })
    expect(await on.commit('g', { orders: 1 })).toEqual({ orders: 'NOT_COORDINATOR' })
  })
})

describe('whoever adds faults', () => {
  it('hears of those that never fired when the broker closes', async () => {
    const broker = await startBroker()
    broker.fault({ api: 'Produce', topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER' })
    broker.fault({ api: 'Fetch', delay: 5, optional: true })
    await expect(broker.close()).rejects.toThrow(
      'a fault never fired: fault 1 {"api":"Produce","topic":"orders",' +
        '"error":"NOT_LEADER_OR_FOLLOWER"} (no request was like that; optional: true if it need' +
        ' not)',
    )
  })

  it('hears of it where the fault is let go, and not twice', async () => {
    await using broker = await startBroker()
    expect(() => {
      using fault = broker.fault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER' })
      expect(fault.hits).toEqual([])
    }).toThrow('a fault never fired')
    expect(broker.faults()).toEqual([])
  })

  it('waits for hits, and not for ever', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'OffsetCommit', delay: 0, times: 3 })
    const hits = [fault.hit(), fault.hit()]
    for (let i = 0; i < 2; i++) await on.commit('g', { orders: i })
    expect(await Promise.all(hits)).toEqual(fault.hits)
    const third = fault.hit()
    fault.remove()
    await expect(third).rejects.toThrow('the fault was removed before it hit')
    await expect(fault.hit()).resolves.toEqual(fault.hits[1])
  })

  it('tells all who wait when no more can come', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'OffsetCommit', delay: 0 })
    const hits = [fault.hit(), fault.hit()]
    await on.commit('g', { orders: 1 })
    expect(await Promise.all(hits)).toEqual([fault.hits[0], fault.hits[0]])
    expect(await fault.hit()).toEqual(fault.hits[0])
  })

  it('remembers its last thousand hits', async () => {
    await using on = await openBroker()
    const fault = on.broker.fault({ api: 'OffsetCommit', delay: 0, times: 'always' })
    for (let i = 0; i < 1005; i++) await on.commit('g', { orders: i })
    expect(fault.hits).toHaveLength(1000)
    expect(await fault.hit()).toBe(fault.hits[0])
    expect(await fault.hit()).toBe(fault.hits[1])
  })

  it('must be one for development', async () => {
    await using broker = await startBroker({ config: { development: false } })
    expect(() => broker.fault({ api: 'Fetch', delay: 5 })).toThrow(InvalidInput)
  })
})
