import { fetch } from '../../../protocol/apis/01-fetch.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { append, batchOf } from '../log.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'

type Request = Input<typeof fetch.request>
type Response = Infer<typeof fetch.response>
type Partition = Request['topics'][number]['partitions'][number]
type Fetch = Script<Request, Response>

const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'
const batches = [batchOf(['a', 'b', 'c']), batchOf(['d', 'e']), batchOf(['f'])]

/** Partition 0 has six records in three batches, partition 1 one of them, partition 2 none. */
const log = shared('fetch', async s => {
  const topic = await s.topic({ numPartitions: 3 })
  for (const batch of batches) await append(s, topic, batch)
  await append(s, topic, batches[2]!, 1)
  return topic
})

function request(
  { name, id }: Topic,
  partitions: readonly Partial<Partition>[],
  fields: Partial<Request> = {},
): Request {
  const asked = partitions.map(partition => {
    return { partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...partition }
  })
  return {
    maxWaitMs: 0,
    minBytes: 1,
    isolationLevel: 0,
    topics: [{ topic: name, topicId: id, partitions: asked }],
    forgottenTopicsData: [],
    ...fields,
  }
}

function from(partition: Partial<Partition>, fields: Partial<Request> = {}): Fetch {
  return async s => request(await log(s), [partition], fields)
}

const empty = { name: '', id: unknownId }

const requests = scenarios(fetch, {
  'from the start': from({}),
  'from within a batch': from({ fetchOffset: 1 }),
  'from the last record': from({ fetchOffset: 5 }),
  'from the end': from({ fetchOffset: 6 }),
  'from beyond the end': from({ fetchOffset: 7 }),
  'from offset -1': from({ fetchOffset: -1 }),
  'an empty partition': from({ partition: 2 }),
  'an unknown partition': from({ partition: 3 }),
  'partition -1': from({ partition: -1 }),
  'several partitions': async s => {
    return request(await log(s), [{ partition: 0 }, { partition: 1 }, { partition: 2 }])
  },
  'the same partition twice': async s => request(await log(s), [{}, { fetchOffset: 3 }]),
  'no topics': () => ({ ...request(empty, []), topics: [] }),
  'no partitions': async s => request(await log(s), []),
  'an unknown topic': s => request({ name: s.name(), id: unknownId }, [{}]),
  'a known topic and an unknown one': async s => {
    const known = request(await log(s), [{}])
    const unknown = request({ name: s.name(), id: unknownId }, [{}])
    return { ...known, topics: [...known.topics, ...unknown.topics] }
  },
  'a byte of each partition': async s => {
    return request(await log(s), [{ partitionMaxBytes: 1 }, { partition: 1, partitionMaxBytes: 1 }])
  },
  '0 bytes of a partition': from({ partitionMaxBytes: 0 }),
  '-1 bytes of a partition': from({ partitionMaxBytes: -1 }),
  'a byte of all': async s => request(await log(s), [{}, { partition: 1 }], { maxBytes: 1 }),
  '0 bytes of all': async s => request(await log(s), [{}, { partition: 1 }], { maxBytes: 0 }),
  '-1 bytes of all': from({}, { maxBytes: -1 }),
  'two batches': from({ partitionMaxBytes: batches[0]!.length + batches[1]!.length }),
  'one and a half batches': from({ partitionMaxBytes: batches[0]!.length + 9 }),
  'committed only': from({}, { isolationLevel: 1 }),
  'isolation level 2': from({}, { isolationLevel: 2 }),
  'isolation level -1': from({}, { isolationLevel: -1 }),
  'more than there is': from({}, { minBytes: 1_000_000, maxWaitMs: 20 }),
  'waiting in vain': from({ fetchOffset: 6 }, { maxWaitMs: 20 }),
  'waiting -1': from({ fetchOffset: 6 }, { maxWaitMs: -1 }),
  'at least 0 bytes of nothing': from({ fetchOffset: 6 }, { minBytes: 0, maxWaitMs: 5000 }),
  'at least -1 bytes of nothing': from({ fetchOffset: 6 }, { minBytes: -1, maxWaitMs: 5000 }),
  'waiting, and an error': async s => {
    return request(await log(s), [{ fetchOffset: 6 }, { partition: 9 }], { maxWaitMs: 5000 })
  },
  'waiting for what comes': async s => {
    const topic = await s.topic()
    const waiting = s.ask(request(topic, [{}], { maxWaitMs: 5000 }))
    await append(s, topic, batchOf(['late']))
    await waiting
  },
})

const followers = scenarios(
  fetch,
  { 'as a follower that is none': from({}, { replicaId: 7 }) },
  { until: 14 },
)

const names = scenarios(
  fetch,
  {
    'an empty name': () => request(empty, [{}]),
    'an invalid name': () => request({ name: 'a/b', id: unknownId }, [{}]),
    'the name __proto__': () => request({ name: '__proto__', id: unknownId }, [{}]),
  },
  { until: 12 },
)
const ids = scenarios(
  fetch,
  {
    'the id of nothing': () => request({ name: '', id: 'AAAAAAAAAAAAAAAAAAAAAA' }, [{}]),
    'a topic that is gone': async s => {
      const topic = await s.topic()
      await s.remove(topic.name)
      await s.ask(request(topic, [{}]))
    },
  },
  { since: 13 },
)

const epochs = scenarios(
  fetch,
  {
    'the current leader epoch': from({ currentLeaderEpoch: 0 }),
    'an epoch to come': from({ currentLeaderEpoch: 3 }),
    'an epoch below -1': from({ currentLeaderEpoch: -2 }),
  },
  { since: 9 },
)
const divergences = scenarios(
  fetch,
  {
    'the last fetched epoch': from({ fetchOffset: 3, lastFetchedEpoch: 0 }),
    'the last fetched epoch, from beyond the end': from({ fetchOffset: 9, lastFetchedEpoch: 0 }),
    'a last fetched epoch to come': from({ fetchOffset: 3, lastFetchedEpoch: 4 }),
    'a cluster id': from({}, { clusterId: 'another' }),
  },
  { since: 12 },
)

/** Asks in the session that the first answer gave, counting epochs. */
async function inSession(
  s: Session<Request, Response>,
  ...requests: readonly Request[]
): Promise<number> {
  let sessionId = 0
  for (const [sessionEpoch, request] of requests.entries()) {
    const answer = await s.ask({ ...request, sessionId, sessionEpoch })
    sessionId = answer?.sessionId ?? 0
  }
  return sessionId
}

const sessions = scenarios(
  fetch,
  {
    'a session that has read all': async s => {
      const topic = await log(s)
      const nothing = { ...request(topic, []), topics: [] }
      await inSession(s, request(topic, [{}, { partition: 1 }]), nothing, nothing)
    },
    'a session that goes on': async s => {
      const topic = await log(s)
      const nothing = { ...request(topic, []), topics: [] }
      const next = request(topic, [{ fetchOffset: 6 }])
      await inSession(s, request(topic, [{}, { partition: 2 }]), next, nothing)
    },
    'a session that takes in and forgets': async s => {
      const topic = await log(s)
      const forgotten = { topic: topic.name, topicId: topic.id, partitions: [0] }
      const forgetting = { ...request(topic, []), topics: [], forgottenTopicsData: [forgotten] }
      const more = request(topic, [{ partition: 1 }])
      await inSession(s, request(topic, [{}]), more, forgetting, { ...forgetting, topics: [] })
    },
    'a session with errors': async s => {
      const topic = await log(s)
      const nothing = { ...request(topic, []), topics: [] }
      await inSession(s, request(topic, [{ partition: 9 }, { fetchOffset: 99 }]), nothing)
    },
    'a session of an unknown topic': async s => {
      const topic = { name: s.name(), id: unknownId }
      const nothing = { ...request(topic, []), topics: [] }
      await inSession(s, request(topic, [{}]), nothing)
    },
    'a session that ends': async s => {
      const topic = await log(s)
      const sessionId = await inSession(s, request(topic, [{}]))
      await s.ask(request(topic, [{}], { sessionId, sessionEpoch: -1 }))
      await s.ask(request(topic, [{}], { sessionId, sessionEpoch: 1 }))
    },
    'a session in the wrong epoch': async s => {
      const topic = await log(s)
      const sessionId = await inSession(s, request(topic, [{}]))
      await s.ask(request(topic, [{}], { sessionId, sessionEpoch: 5 }))
      await s.ask(request(topic, [{}], { sessionId, sessionEpoch: 1 }))
    },
    'an unknown session': from({}, { sessionId: 4711, sessionEpoch: 1 }),
    'an unknown session that ends': from({}, { sessionId: 4711, sessionEpoch: -1 }),
    'no session, in epoch 1': from({}, { sessionId: 0, sessionEpoch: 1 }),
    'no session, in epoch -2': from({}, { sessionId: 0, sessionEpoch: -2 }),
    'a new session in place of an unknown one': from({}, { sessionId: 4711, sessionEpoch: 0 }),
  },
  { since: 7 },
)

export const fetchScenarios = [
  ...requests,
  ...followers,
  ...names,
  ...ids,
  ...epochs,
  ...divergences,
  ...sessions,
]
