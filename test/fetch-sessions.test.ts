import { describe, expect, it } from 'vitest'
import { errors } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/wire.ts'
import {
  FetchSessions,
  type FetchedPartition,
  type FetchPartition,
  type FetchPlan,
  type FetchSessionRequest,
} from '../src/fetch-sessions.ts'

function sessions(maxSessions = 10): FetchSessions {
  let next = 0
  const random = { below: () => next++ }
  return new FetchSessions(maxSessions, random)
}

function partition(topic: string, fetchOffset = 0): FetchPartition {
  const epochs = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
  return { topic, fetchOffset, topicId: zeroUuid, partition: 0, maxBytes: 1000, ...epochs }
}

function request(fields: Partial<FetchSessionRequest>): FetchSessionRequest {
  const none = { partitions: [], forgotten: [], usesTopicIds: false }
  return { sessionId: 0, sessionEpoch: 0, ...none, ...fields }
}

function answer(fields: Partial<FetchedPartition> = {}): FetchedPartition {
  const offsets = { highWatermark: 5, lastStableOffset: 5, logStartOffset: 0 }
  return { errorCode: errors.NONE, bytes: 0, diverges: false, ...offsets, ...fields }
}

function names(plan: FetchPlan): string[] {
  return plan.partitions.map(({ topic }) => topic)
}

/** Which topics the answer names when all get the same answer. */
function told(plan: FetchPlan, fields: Partial<FetchedPartition> = {}): string[] {
  return plan.partitions.filter(one => plan.tell(one, answer(fields))).map(({ topic }) => topic)
}

function opened(topics: string[]): { cache: FetchSessions; sessionId: number } {
  const cache = sessions()
  const plan = cache.plan(request({ partitions: topics.map(name => partition(name)) }), 0)
  expect(told(plan)).toEqual(topics)
  return { cache, sessionId: plan.sessionId }
}

describe('fetch sessions (KIP-227)', () => {
  it('opens one for epoch 0, and none for epoch -1', () => {
    const cache = sessions()
    expect(cache.plan(request({ partitions: [partition('a')] }), 0).sessionId).toBeGreaterThan(0)
    const without = request({ sessionEpoch: -1, partitions: [partition('a')] })
    expect(cache.plan(without, 0).sessionId).toBe(0)
  })

  it('remembers partitions, and tells only news', () => {
    const { cache, sessionId } = opened(['a', 'b'])
    const second = cache.plan(request({ sessionId, sessionEpoch: 1 }), 0)
    expect(names(second)).toEqual(['a', 'b'])
    expect(told(second)).toEqual([])
    const third = cache.plan(request({ sessionId, sessionEpoch: 2 }), 0)
    expect(told(third, { highWatermark: 6, lastStableOffset: 6 })).toEqual(['a', 'b'])
    const fourth = cache.plan(request({ sessionId, sessionEpoch: 3 }), 0)
    expect(told(fourth, { highWatermark: 6, lastStableOffset: 6, bytes: 1 })).toEqual(['a', 'b'])
  })

  it('tells an error each time, and the partition again when it is over', () => {
    const { cache, sessionId } = opened(['a'])
    const error = { errorCode: errors.KAFKA_STORAGE_ERROR }
    for (const sessionEpoch of [1, 2]) {
      expect(told(cache.plan(request({ sessionId, sessionEpoch }), 0), error)).toEqual(['a'])
    }
    expect(told(cache.plan(request({ sessionId, sessionEpoch: 3 }), 0))).toEqual(['a'])
    expect(told(cache.plan(request({ sessionId, sessionEpoch: 4 }), 0))).toEqual([])
  })

  it('tells that a client diverges, until it does no more (KIP-595)', () => {
    const { cache, sessionId } = opened(['a'])
    const at = (sessionEpoch: number) => cache.plan(request({ sessionId, sessionEpoch }), 0)
    for (const epoch of [1, 2]) expect(told(at(epoch), { diverges: true })).toEqual(['a'])
    expect(told(at(3))).toEqual([])
  })

  it('changes, adds and forgets partitions', () => {
    const { cache, sessionId } = opened(['a', 'b'])
    const plan = cache.plan(
      request({
        sessionId,
        sessionEpoch: 1,
        partitions: [partition('a', 3), partition('c')],
        forgotten: [partition('b')],
      }),
      0,
    )
    expect(plan.partitions).toEqual([partition('a', 3), partition('c')])
  })

  it('ends when all its partitions are forgotten', () => {
    const { cache, sessionId } = opened(['a'])
    const forgotten = [partition('a')]
    expect(cache.plan(request({ sessionId, sessionEpoch: 1, forgotten }), 0).sessionId).toBe(0)
    expect(cache.plan(request({ sessionId, sessionEpoch: 2 }), 0).errorCode).toBe(
      errors.FETCH_SESSION_ID_NOT_FOUND,
    )
  })

  it('serves first who got nothing the last time', () => {
    const { cache, sessionId } = opened(['a', 'b', 'c'])
    const plan = cache.plan(request({ sessionId, sessionEpoch: 1 }), 0)
    plan.tell(plan.partitions[0]!, answer({ bytes: 10 }))
    plan.tell(plan.partitions[1]!, answer())
    plan.tell(plan.partitions[2]!, answer())
    expect(names(cache.plan(request({ sessionId, sessionEpoch: 2 }), 0))).toEqual(['b', 'c', 'a'])
  })

  it.each([
    ['an unknown id', { sessionId: 99, sessionEpoch: 1 }, errors.FETCH_SESSION_ID_NOT_FOUND],
    ['a wrong epoch', { sessionEpoch: 5 }, errors.INVALID_FETCH_SESSION_EPOCH],
    [
      'ids after names',
      { sessionEpoch: 1, usesTopicIds: true },
      errors.FETCH_SESSION_TOPIC_ID_ERROR,
    ],
  ])('refuses %s', (_, fields, code) => {
    const { cache, sessionId } = opened(['a'])
    expect(cache.plan(request({ sessionId, ...fields }), 0).errorCode).toBe(code)
  })

  it('survives a request that it refused', () => {
    const { cache, sessionId } = opened(['a'])
    cache.plan(request({ sessionId, sessionEpoch: 5 }), 0)
    expect(cache.plan(request({ sessionId, sessionEpoch: 1 }), 0).errorCode).toBe(errors.NONE)
  })

  it('does without in a cache full of sessions in use, and takes the place of idle ones', () => {
    const cache = sessions(1)
    const first = cache.plan(request({ partitions: [partition('a')] }), 0)
    const full = cache.plan(request({ partitions: [partition('b')] }), 60_000)
    expect([full.sessionId, names(full)]).toEqual([0, ['b']])
    expect(told(full)).toEqual(['b'])
    const later = cache.plan(request({ partitions: [partition('b')] }), 120_000)
    expect(later.sessionId).toBeGreaterThan(0)
    const gone = cache.plan(request({ sessionId: first.sessionId, sessionEpoch: 1 }), 120_000)
    expect(gone.errorCode).toBe(errors.FETCH_SESSION_ID_NOT_FOUND)
  })
})

describe('an answer that is put off', () => {
  it('begins no session, which would keep a place from others', () => {
    const cache = sessions(1)
    const first = cache.plan(request({ partitions: [partition('a')] }), 0)
    expect(first.sessionId).toBeGreaterThan(0)
    expect(first.defer()).toEqual({ sessionId: 0 })
    expect(cache.plan(request({ partitions: [partition('b')] }), 0).sessionId).toBeGreaterThan(0)
  })

  it('goes on with a session, which tells the same the next time', () => {
    const { cache, sessionId } = opened(['a'])
    const plan = cache.plan(request({ sessionId, sessionEpoch: 1 }), 0)
    expect(plan.defer()).toEqual({ sessionId })
    const next = cache.plan(request({ sessionId, sessionEpoch: 2 }), 0)
    expect(told(next, { highWatermark: 6 })).toEqual(['a'])
  })
})
