/** Fetch and its sessions, ListOffsets, Metadata (Kafka: ReplicaManager, FetchSession). */
import { describe } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { fetchRequest, type FetchRequest } from '../handlers/requests.ts'
import type { TestTopic } from '../handlers/wire.ts'
import { request } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'

const unknown = 'UNKNOWN_TOPIC_OR_PARTITION'
const unknownId = 'AAAAAAAAAAAAAAAAAAAAAQ'

type Partitions = Parameters<typeof fetchRequest>[1]

interface Asked extends Partial<FetchRequest> {
  version?: number
  of?: Partial<TestTopic>
}

const fetching =
  (partitions: Partitions, { version = 13, of, ...fields }: Asked = {}) =>
  ({ topic }: Given): Buffer =>
    request(fetch, version, fetchRequest({ ...topic, ...of }, partitions, fields))

const offsets: readonly Row[] = [
  ['offset -1', fetching([{ fetchOffset: -1 }]), 'OFFSET_OUT_OF_RANGE'],
  ['offset -2^53', fetching([{ fetchOffset: -(2 ** 53) }]), 'OFFSET_OUT_OF_RANGE'],
  ['offset 2^53-1', fetching([{ fetchOffset: 2 ** 53 - 1 }]), 'OFFSET_OUT_OF_RANGE'],
  ['offset 2^63-1', fetching([{ fetchOffset: Infinity }]), 'OFFSET_OUT_OF_RANGE'],
  ['offset 1 of nothing', fetching([{ fetchOffset: 1 }]), 'OFFSET_OUT_OF_RANGE'],
  ['partition -1', fetching([{ partition: -1 }]), unknown],
  ['partition 2^31-1', fetching([{ partition: 2 ** 31 - 1 }]), unknown],
  ['a partition twice', fetching([{}, {}]), 'NONE'],
  ['a partition twice, of a session', fetching([{}, {}], { sessionEpoch: 0 }), 'NONE'],
  ['the topic id 0', fetching([{}], { of: { id: 'AAAAAAAAAAAAAAAAAAAAAA' } }), 'UNKNOWN_TOPIC_ID'],
  ['a topic id that nobody has', fetching([{}], { of: { id: unknownId } }), 'UNKNOWN_TOPIC_ID'],
  ['the topic ""', fetching([{}], { version: 12, of: { name: '' } }), unknown],
  ['the topic ..', fetching([{}], { version: 12, of: { name: '..' } }), unknown],
  [
    'the topic __defineGetter__',
    fetching([{}], { version: 12, of: { name: '__defineGetter__' } }),
    unknown,
  ],
  ['the leader epoch 7', fetching([{ currentLeaderEpoch: 7 }]), 'UNKNOWN_LEADER_EPOCH'],
  ['the leader epoch -2', fetching([{ currentLeaderEpoch: -2 }]), 'NONE'],
  ['the last fetched epoch 7', fetching([{ lastFetchedEpoch: 7 }]), 'OFFSET_OUT_OF_RANGE'],
  ['a partition of no bytes', fetching([{ partitionMaxBytes: 0 }]), 'NONE'],
  ['a partition of less than no bytes', fetching([{ partitionMaxBytes: -1 }]), 'NONE'],
]

const limits: readonly Row[] = [
  ['isolation level 2', fetching([{}], { isolationLevel: 2 }), 'UNKNOWN_SERVER_ERROR'],
  ['isolation level -1', fetching([{}], { isolationLevel: -1 }), 'UNKNOWN_SERVER_ERROR'],
  ['no bytes', fetching([{}], { maxBytes: 0 }), 'NONE'],
  ['less than no bytes', fetching([{}], { maxBytes: -1 }), 'NONE'],
  ['-2^31 bytes', fetching([{}], { maxBytes: -(2 ** 31) }), 'NONE'],
  ['at least -1 bytes', fetching([{}], { minBytes: -1 }), 'NONE'],
  [
    'at least -1 bytes, for which it waits',
    fetching([{}], { minBytes: -1, maxWaitMs: 60_000 }),
    'NONE',
  ],
  ['at most -1 ms', fetching([{}], { maxWaitMs: -1, minBytes: 1000 }), 'NONE'],
  ['nothing', fetching([], { topics: [], maxWaitMs: 60_000 }), 'NONE'],
  ['no partition of a topic', fetching([], { maxWaitMs: 60_000 }), 'NONE'],
  ['as broker 7', fetching([{}], { version: 11, replicaId: 7 }), 'NOT_LEADER_OR_FOLLOWER'],
  [
    'as broker -2, the consumer that debugs',
    fetching([{}], { version: 11, replicaId: -2 }),
    'NONE',
  ],
  [
    'as broker 7 of an epoch',
    fetching([{}], { version: 15, replicaState: { replicaId: 7, replicaEpoch: 1 } }),
    'NOT_LEADER_OR_FOLLOWER',
  ],
  ['for another cluster', fetching([{}], { clusterId: 'not-this-one' }), 'NONE'],
  ['from a rack of a long name', fetching([{}], { rackId: 'x'.repeat(32_000) }), 'NONE'],
]

const sessions: readonly Row[] = [
  [
    'of session 77',
    fetching([{}], { sessionId: 77, sessionEpoch: 1 }),
    'FETCH_SESSION_ID_NOT_FOUND',
  ],
  [
    'of session -1',
    fetching([{}], { sessionId: -1, sessionEpoch: 1 }),
    'FETCH_SESSION_ID_NOT_FOUND',
  ],
  [
    'of no session in epoch 5',
    fetching([{}], { sessionId: 0, sessionEpoch: 5 }),
    'FETCH_SESSION_ID_NOT_FOUND',
  ],
  [
    'of no session in epoch -2',
    fetching([{}], { sessionId: 0, sessionEpoch: -2 }),
    'FETCH_SESSION_ID_NOT_FOUND',
  ],
  ['of session 77 in epoch -1', fetching([{}], { sessionId: 77, sessionEpoch: -1 }), 'NONE'],
  ['of session 77 in epoch 0', fetching([{}], { sessionId: 77, sessionEpoch: 0 }), 'NONE'],
  [
    'of session 77 in epoch -2^31',
    fetching([{}], { sessionId: 77, sessionEpoch: -(2 ** 31) }),
    'FETCH_SESSION_ID_NOT_FOUND',
  ],
  [
    'that forgets what it never had',
    fetching([{}], {
      sessionEpoch: 0,
      forgottenTopicsData: [{ topic: 'x', topicId: unknownId, partitions: [0, -1] }],
    }),
    'NONE',
  ],
  [
    'that forgets outside of a session',
    fetching([{}], {
      sessionEpoch: -1,
      forgottenTopicsData: [{ topic: 'x', topicId: unknownId, partitions: [0] }],
    }),
    'NONE',
  ],
  [
    'a wrong epoch, the same again, and the right one',
    ({ topic }) =>
      // Epochs of a session that nobody can know beforehand: the id of the first is drawn.
      Buffer.concat(
        [0, 9, 9].map((sessionEpoch, id) =>
          request(
            fetch,
            13,
            fetchRequest(topic, [{}], { sessionEpoch, sessionId: id === 0 ? 0 : 5 }),
            id,
          ),
        ),
      ),
    'NONE | FETCH_SESSION_ID_NOT_FOUND | FETCH_SESSION_ID_NOT_FOUND',
  ],
]

interface Listed {
  version?: number
  name?: string
  isolationLevel?: number
  replicaId?: number
}

const listing =
  (
    partitions: readonly {
      partitionIndex?: number
      timestamp?: number
      currentLeaderEpoch?: number
    }[],
    { version = 7, name, isolationLevel = 0, replicaId = -1 }: Listed = {},
  ) =>
  ({ topic }: Given): Buffer => {
    const wanted = partitions.map(one => ({ partitionIndex: 0, timestamp: -1, ...one }))
    const topics = [{ name: name ?? topic.name, partitions: wanted }]
    return request(listOffsets, version, { replicaId, isolationLevel, topics })
  }

const lists: readonly Row[] = [
  ['of time -7', listing([{ timestamp: -7 }], { version: 11 }), 'UNSUPPORTED_VERSION'],
  ['of time -100', listing([{ timestamp: -100 }]), 'UNSUPPORTED_VERSION'],
  ['of time -2^53', listing([{ timestamp: -(2 ** 53) }]), 'UNSUPPORTED_VERSION'],
  ['of time -4 before v8', listing([{ timestamp: -4 }]), 'UNSUPPORTED_VERSION'],
  ['of time 2^63-1', listing([{ timestamp: Infinity }]), 'NONE'],
  ['of partition -1', listing([{ partitionIndex: -1 }]), unknown],
  ['of partition 2^31-1', listing([{ partitionIndex: 2 ** 31 - 1 }]), unknown],
  ['of a partition twice', listing([{}, {}]), 'INVALID_REQUEST'],
  ['of a partition and others, twice', listing([{}, { partitionIndex: 1 }, {}]), 'INVALID_REQUEST'],
  ['of the leader epoch 7', listing([{ currentLeaderEpoch: 7 }]), 'UNKNOWN_LEADER_EPOCH'],
  ['of the leader epoch -2', listing([{ currentLeaderEpoch: -2 }]), 'FENCED_LEADER_EPOCH'],
  ['of isolation level 2', listing([{}], { isolationLevel: 2 }), 'UNKNOWN_SERVER_ERROR'],
  ['as broker 7', listing([{}], { replicaId: 7 }), 'NONE'],
  ['as broker -2, the consumer that debugs', listing([{}], { replicaId: -2 }), 'NONE'],
  ['as broker -9', listing([{}], { replicaId: -9 }), 'NONE'],
  ['of the topic ""', listing([{}], { name: '' }), unknown],
  ['of the topic __defineGetter__', listing([{}], { name: '__defineGetter__' }), unknown],
  ['of no partition', listing([]), 'NONE'],
  [
    'of 1000 partitions that are not there',
    listing(Array.from({ length: 1000 }, (_, i) => ({ partitionIndex: i + 2 }))),
    Array(1000).fill(unknown).join(', '),
  ],
]

const describing =
  (version: number, topics: { name?: string | null; topicId?: string }[] | null) =>
  ({ topic }: Given): Buffer =>
    request(metadata, version, {
      topics: topics?.map(one => ({ name: topic.name, ...one })) ?? null,
      allowAutoTopicCreation: false,
    })

const describedTopics: readonly Row[] = [
  ['of a topic twice', describing(12, [{}, {}]), 'NONE'],
  ['of an unknown topic twice', describing(12, [{ name: 'odd' }, { name: 'odd' }]), unknown],
  ['of __defineGetter__', describing(12, [{ name: '__defineGetter__' }]), unknown],
  ['of isPrototypeOf', describing(12, [{ name: 'isPrototypeOf' }]), unknown],
  ['of a name with a line break', describing(12, [{ name: 'a\nb' }]), 'INVALID_TOPIC_EXCEPTION'],
  ['of a name with a colon', describing(12, [{ name: 'a:b' }]), 'INVALID_TOPIC_EXCEPTION'],
  [
    'of ../../etc/passwd',
    describing(12, [{ name: '../../etc/passwd' }]),
    'INVALID_TOPIC_EXCEPTION',
  ],
  ['of an unknown id', describing(12, [{ name: null, topicId: unknownId }]), 'UNKNOWN_TOPIC_ID'],
  [
    'of an unknown id twice',
    describing(12, [
      { name: null, topicId: unknownId },
      { name: null, topicId: unknownId },
    ]),
    'UNKNOWN_TOPIC_ID',
  ],
  ['of an id before v12', describing(11, [{ topicId: unknownId }]), 'INVALID_REQUEST'],
  [
    'of 1000 names',
    describing(
      12,
      Array.from({ length: 1000 }, (_, i) => ({ name: `odd-${i}` })),
    ),
    Array(1000).fill(unknown).join(', '),
  ],
]

describe('Fetch of', () => hostile(offsets))
describe('Fetch of (limits)', () => hostile(limits))
describe('Fetch', () => hostile(sessions))
describe('ListOffsets', () => hostile(lists))
describe('Metadata', () => hostile(describedTopics))
