/** Transactions and their markers (Kafka: KafkaApis, TransactionCoordinator). */
import { beforeAll, describe } from 'vitest'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import type { Input } from '../../protocol/schema.ts'
import { differs, settle, useBroker } from '../handlers/wire.ts'
import { edited, request, resized } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'

/** Kafka fails to make such a marker. */
const impossible = differs({ here: 'INVALID_REQUEST', kafka: 'UNKNOWN_SERVER_ERROR' })
const unknownPartition = 'UNKNOWN_TOPIC_OR_PARTITION'
const otherProducer = 'INVALID_PRODUCER_ID_MAPPING'
/** Of no producer. */
const nobody = { producerId: 2 ** 40, producerEpoch: 0 }
/** The least and the largest int64, in place of the id above. */
const [nobodyId, leastId, largestId] = ['0000010000000000', '8000000000000000', '7fffffffffffffff']

const starting =
  (fields: Partial<Input<typeof initProducerId.request>>, version = 4) =>
  ({ group }: Given): Buffer =>
    request(initProducerId, version, {
      transactionalId: group,
      transactionTimeoutMs: 1000,
      ...fields,
    })

const starts: readonly Row[] = [
  ['no characters in the id', starting({ transactionalId: '' }), 'INVALID_REQUEST'],
  ['the id __proto__', starting({ transactionalId: '__proto__' }), 'NONE'],
  ['the id constructor', starting({ transactionalId: 'constructor' }), 'NONE'],
  ['an id of 10,000 bytes', starting({ transactionalId: 'x'.repeat(10_000) }), 'NONE'],
  [
    'an id that is no UTF-8',
    edited(
      request(initProducerId, 0, { transactionalId: 'odd', transactionTimeoutMs: 1 }),
      '0003 6f6464',
      '0003 fffefd',
    ),
    'NONE',
  ],
  ['the timeout 0', starting({ transactionTimeoutMs: 0 }), 'INVALID_TRANSACTION_TIMEOUT'],
  [
    'the timeout -2^31',
    starting({ transactionTimeoutMs: -(2 ** 31) }),
    'INVALID_TRANSACTION_TIMEOUT',
  ],
  [
    'the timeout 2^31-1',
    starting({ transactionTimeoutMs: 2 ** 31 - 1 }),
    'INVALID_TRANSACTION_TIMEOUT',
  ],
  ['an id and no epoch', starting({ producerId: 5 }), 'INVALID_REQUEST'],
  ['an epoch and no id', starting({ producerEpoch: 5 }), 'INVALID_REQUEST'],
  ['producer -2', starting({ producerId: -2, producerEpoch: 0 }), 'NONE'],
  ['epoch -2', starting({ producerId: 5, producerEpoch: -2 }), 'NONE'],
  ['epoch 32767', starting({ producerId: 5, producerEpoch: 32_767 }), 'NONE'],
  ['producer 2^63-1', given => edited(starting(nobody)(given), nobodyId, largestId), 'NONE'],
]

type Topics = readonly { name: string; partitions: readonly number[] }[]

const adding =
  (topics: (given: Given) => Topics, version = 3) =>
  (given: Given): Buffer => {
    const { producerId, producerEpoch } = nobody
    return request(addPartitionsToTxn, version, {
      transactions: [
        { ...nobody, transactionalId: given.group, verifyOnly: false, topics: topics(given) },
      ],
      v3AndBelowTransactionalId: given.group,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: topics(given),
    })
  }

const many = Array.from({ length: 10_000 }, (_, i) => i)
const some = many.slice(0, 1000)
const first = ({ topic }: Given): Topics => [{ name: topic.name, partitions: [0] }]

const additions: readonly Row[] = [
  ['nothing', adding(() => []), 'NONE'],
  ['a partition', adding(first), otherProducer],
  ['a partition, by a broker', adding(first, 4), otherProducer],
  ['no name', adding(() => [{ name: '', partitions: [0] }]), unknownPartition],
  ['the name ../x', adding(() => [{ name: '../x', partitions: [0] }]), unknownPartition],
  ['the name __proto__', adding(() => [{ name: '__proto__', partitions: [0] }]), unknownPartition],
  [
    '__consumer_offsets',
    adding(() => [{ name: '__consumer_offsets', partitions: [0] }]),
    'TOPIC_AUTHORIZATION_FAILED',
  ],
  [
    'partition -2^31',
    adding(({ topic }) => [{ name: topic.name, partitions: [-(2 ** 31)] }]),
    unknownPartition,
  ],
  [
    'partition 2^31-1',
    adding(({ topic }) => [{ name: topic.name, partitions: [2 ** 31 - 1] }]),
    unknownPartition,
  ],
  [
    'a partition 1,000 times',
    adding(({ topic }) => [{ name: topic.name, partitions: some.map(() => 0) }]),
    some.map(() => otherProducer).join(', '),
  ],
  [
    '2^31-1 topics',
    edited(
      adding(() => [{ name: 'odd', partitions: [] }], 0)({ group: 'g' } as Given),
      '00000001 0003',
      '7fffffff 0003',
    ),
    'closed',
  ],
  [
    'a list of no topics, null',
    edited(
      adding(() => [{ name: 'odd', partitions: [] }], 0)({ group: 'g' } as Given),
      '00000001 0003',
      'ffffffff 0003',
    ),
    'closed',
  ],
  ['producer -2^63', given => edited(adding(first)(given), nobodyId, leastId), otherProducer],
  ['a request that ends early', given => resized(adding(first)(given), -3), 'closed'],
]

const ending =
  (fields: Partial<Input<typeof endTxn.request>>, version = 5) =>
  ({ group }: Given): Buffer =>
    request(endTxn, version, { ...nobody, transactionalId: group, committed: true, ...fields })

const addingOffsets =
  (fields: Partial<Input<typeof addOffsetsToTxn.request>>, version = 4) =>
  ({ group }: Given): Buffer =>
    request(addOffsetsToTxn, version, {
      ...nobody,
      transactionalId: group,
      groupId: group,
      ...fields,
    })

const ends: readonly Row[] = [
  ['EndTxn of an unknown id', ending({}), otherProducer],
  ['EndTxn without an id', ending({ transactionalId: '' }), 'INVALID_REQUEST'],
  ['EndTxn of the id __proto__x', ending({ transactionalId: '__proto__x' }), otherProducer],
  ['EndTxn of producer -1', ending({ producerId: -1, producerEpoch: -1 }), otherProducer],
  [
    'EndTxn of producer 2^63-1',
    given => edited(ending({})(given), nobodyId, largestId),
    otherProducer,
  ],
  ['EndTxn in epoch -32768', ending({ producerEpoch: -32_768 }), otherProducer],
  ['EndTxn v0 that ends early', given => resized(ending({}, 0)(given), -1), 'closed'],
  ['AddOffsetsToTxn of an unknown id', addingOffsets({}), otherProducer],
  ['AddOffsetsToTxn without an id', addingOffsets({ transactionalId: '' }), 'INVALID_REQUEST'],
  ['AddOffsetsToTxn without a group', addingOffsets({ groupId: '' }), otherProducer],
  [
    'AddOffsetsToTxn of a group of 30,000 bytes',
    addingOffsets({ groupId: 'x'.repeat(30_000) }),
    otherProducer,
  ],
]

type Marker = Input<typeof writeTxnMarkers.request>['markers'][number]

const marking =
  (fields: (given: Given) => Partial<Marker>, version = 1) =>
  (given: Given): Buffer => {
    const { topic } = given
    const marker = {
      ...nobody,
      transactionResult: true,
      topics: [{ name: topic.name, partitionIndexes: [0] }],
      coordinatorEpoch: 0,
    }
    return request(writeTxnMarkers, version, { markers: [{ ...marker, ...fields(given) }] })
  }

const markers: readonly Row[] = [
  ['of an unknown producer', marking(() => ({})), 'NONE'],
  ['of producer -1', marking(() => ({ producerId: -1 })), impossible],
  ['of producer 2^63-1', given => edited(marking(() => ({}))(given), nobodyId, largestId), 'NONE'],
  ['in epoch -1', marking(() => ({ producerEpoch: -1 })), impossible],
  [
    'of coordinator -2^31',
    marking(() => ({ producerId: 2 ** 41, coordinatorEpoch: -(2 ** 31) })),
    'TRANSACTION_COORDINATOR_FENCED',
  ],
  [
    'of coordinator 2^31-1',
    marking(() => ({ producerId: 2 ** 42, coordinatorEpoch: 2 ** 31 - 1 })),
    'NONE',
  ],
  ['of version 127', marking(() => ({ transactionVersion: 127 }), 2), 'NONE'],
  ['of version -128', marking(() => ({ transactionVersion: -128 }), 2), 'NONE'],
  [
    'to no name',
    marking(() => ({ topics: [{ name: '', partitionIndexes: [0] }] })),
    unknownPartition,
  ],
  [
    'to the name ../x',
    marking(() => ({ topics: [{ name: '../x', partitionIndexes: [0] }] })),
    unknownPartition,
  ],
  [
    'to partition -1',
    marking(({ topic }) => ({ topics: [{ name: topic.name, partitionIndexes: [-1] }] })),
    unknownPartition,
  ],
  ['that are none', () => request(writeTxnMarkers, 1, { markers: [] }), 'NONE'],
]

type Commit = Input<typeof txnOffsetCommit.request>

const committing =
  (
    fields: Partial<Commit>,
    partition: Partial<Commit['topics'][number]['partitions'][number]> = {},
    version = 3,
  ) =>
  ({ topic, group }: Given): Buffer => {
    const offset = { partitionIndex: 0, committedOffset: 1, committedMetadata: '', ...partition }
    return request(txnOffsetCommit, version, {
      ...nobody,
      transactionalId: group,
      groupId: group,
      topics: [{ name: topic.name, partitions: [offset] }],
      ...fields,
    })
  }

const commits: readonly Row[] = [
  ['of an unknown id', committing({}), otherProducer],
  ['without an id', committing({ transactionalId: '' }), 'INVALID_REQUEST'],
  ['without a group', committing({ groupId: '' }), 'INVALID_GROUP_ID'],
  ['of partition -2^31', committing({}, { partitionIndex: -(2 ** 31) }), unknownPartition],
  [
    'with metadata of 10,000 bytes',
    committing({}, { committedMetadata: 'x'.repeat(10_000) }),
    otherProducer,
  ],
  [
    'of the topic __proto__',
    committing({
      topics: [
        {
          name: '__proto__',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
        },
      ],
    }),
    unknownPartition,
  ],
  [
    'by a member of nothing',
    committing({ memberId: 'who', generationId: 2 ** 31 - 1 }),
    otherProducer,
  ],
  ['of no topics', committing({ topics: [] }), 'NONE'],
]

const ids = (transactionalIds: readonly string[]) => () =>
  request(describeTransactions, 0, { transactionalIds })

const listing =
  (fields: Partial<Input<typeof listTransactions.request>>, version = 2) =>
  () =>
    request(listTransactions, version, { stateFilters: [], producerIdFilters: [], ...fields })

const notFound = 'TRANSACTIONAL_ID_NOT_FOUND'

const questions: readonly Row[] = [
  ['DescribeTransactions of no id', ids(['']), 'INVALID_REQUEST'],
  ['DescribeTransactions of an unknown id', ids(['nobody']), notFound],
  ['DescribeTransactions of __proto__x', ids(['__proto__x']), notFound],
  [
    'DescribeTransactions of an id 10,000 times',
    ids(many.map(() => 'nobody')),
    many.map(() => notFound).join(', '),
  ],
  [
    'ListTransactions of a state of 30,000 bytes',
    listing({ stateFilters: ['x'.repeat(30_000)] }),
    'NONE',
  ],
  ['ListTransactions of 10,000 producers', listing({ producerIdFilters: many }), 'NONE'],
  [
    'ListTransactions of what is no pattern',
    listing({ transactionalIdPattern: '(' }),
    'INVALID_REGULAR_EXPRESSION',
  ],
  [
    'ListTransactions of a pattern that looks back',
    listing({ transactionalIdPattern: String.raw`(a)\1` }),
    'INVALID_REGULAR_EXPRESSION',
  ],
  [
    'ListTransactions of a pattern that would take for ever',
    listing({ transactionalIdPattern: '(x+x+)+y' }),
    'NONE',
  ],
  [
    'ListTransactions of a pattern of 10,000 characters',
    listing({ transactionalIdPattern: 'x?'.repeat(5000) }),
    'NONE',
  ],
  ['ListTransactions that run for 2^53-1 ms', listing({ durationFilter: 2 ** 53 - 1 }), 'NONE'],
  [
    'DescribeProducers of no name',
    () => request(describeProducers, 0, { topics: [{ name: '', partitionIndexes: [0] }] }),
    'INVALID_TOPIC_EXCEPTION',
  ],
  [
    'DescribeProducers of the name __proto__',
    () => request(describeProducers, 0, { topics: [{ name: '__proto__', partitionIndexes: [0] }] }),
    unknownPartition,
  ],
  [
    'DescribeProducers of partition -1',
    ({ topic }) =>
      request(describeProducers, 0, { topics: [{ name: topic.name, partitionIndexes: [-1] }] }),
    unknownPartition,
  ],
  [
    'DescribeProducers of a partition 10,000 times',
    ({ topic }) =>
      request(describeProducers, 0, {
        topics: [{ name: topic.name, partitionIndexes: many.map(() => 0) }],
      }),
    'NONE',
  ],
]

const wire = useBroker()
// Apache Kafka's coordinators begin when they are first asked for.
beforeAll(() =>
  settle(async () => {
    for (const keyType of [0, 1]) {
      await wire.client.request(findCoordinator, 3, { key: 'first', keyType })
    }
    const body = { transactionalId: 'first', transactionTimeoutMs: 1000 }
    return (await wire.client.request(initProducerId, 4, body)).errorCode === 0
  }),
)

describe('InitProducerId with', () => hostile(starts))
describe('AddPartitionsToTxn of', () => hostile(additions))
describe('ends:', () => hostile(ends))
describe('WriteTxnMarkers', () => hostile(markers))
describe('TxnOffsetCommit', () => hostile(commits))
describe('questions:', () => hostile(questions))
