/** Topics and their partitions (Kafka: ControllerApis, ReplicationControlManager, KafkaApis). */
import { describe } from 'vitest'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { offsetForLeaderEpoch } from '../../protocol/apis/23-offset-for-leader-epoch.ts'
import { describeLogDirs } from '../../protocol/apis/35-describe-log-dirs.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { describeTopicPartitions } from '../../protocol/apis/75-describe-topic-partitions.ts'
import type { Input } from '../../protocol/schema.ts'
import { request } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'
import { differs } from '../handlers/wire.ts'

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'

type NewTopic = Partial<Input<typeof createTopics.request>['topics'][number]>

const creating =
  (...topics: readonly NewTopic[]) =>
  ({ group }: Given): Buffer => {
    const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    const wanted = topics.map((topic, i) => ({ ...plain, name: `${group}-${i}`, ...topic }))
    return request(createTopics, 7, { topics: wanted, validateOnly: true })
  }

const named = (name: string): NewTopic => ({ name })

const topics: readonly Row[] = [
  ['CreateTopics of a name twice', creating(named('twice'), named('twice')), 'INVALID_REQUEST'],
  [
    'CreateTopics of a name thrice among others',
    creating(named('a-1'), named('twice'), named('twice'), named('twice')),
    'INVALID_REQUEST',
  ],
  [
    'CreateTopics of 2^31-1 partitions',
    creating({ numPartitions: 2 ** 31 - 1 }),
    'POLICY_VIOLATION',
  ],
  [
    'CreateTopics of -2^31 partitions',
    creating({ numPartitions: -(2 ** 31) }),
    'INVALID_PARTITIONS',
  ],
  [
    'CreateTopics of 32,767 replicas',
    creating({ replicationFactor: 32_767 }),
    'INVALID_REPLICATION_FACTOR',
  ],
  [
    'CreateTopics of replicas on broker -1',
    creating({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [-1] }],
    }),
    'INVALID_REPLICA_ASSIGNMENT',
  ],
  [
    'CreateTopics of partition 2^31-1',
    creating({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 2 ** 31 - 1, brokerIds: [1] }],
    }),
    'INVALID_REPLICA_ASSIGNMENT',
  ],
  [
    'CreateTopics of a config twice',
    creating({
      configs: [
        { name: 'retention.ms', value: '1' },
        { name: 'retention.ms', value: '2' },
      ],
    }),
    'NONE',
  ],
  [
    'CreateTopics of a config of no name',
    creating({ configs: [{ name: '', value: '1' }] }),
    'INVALID_CONFIG',
  ],
  [
    'CreateTopics of a config of spaces',
    creating({ configs: [{ name: 'retention.ms', value: ' ' }] }),
    'INVALID_CONFIG',
  ],
  [
    'CreateTopics of a config of a large number',
    creating({ configs: [{ name: 'retention.ms', value: '9'.repeat(1000) }] }),
    'INVALID_CONFIG',
  ],
  [
    'CreateTopics of a config of hexadecimal digits',
    creating({ configs: [{ name: 'retention.ms', value: '0x10' }] }),
    'INVALID_CONFIG',
  ],
  // Java reads these two as numbers.
  [
    'CreateTopics of a config of Arabic digits',
    creating({ configs: [{ name: 'retention.ms', value: '١٢' }] }),
    differs({ here: 'INVALID_CONFIG', kafka: 'NONE' }),
  ],
  [
    'CreateTopics of the ratio NaN',
    creating({ configs: [{ name: 'min.cleanable.dirty.ratio', value: 'NaN' }] }),
    differs({ here: 'INVALID_CONFIG', kafka: 'NONE' }),
  ],
  [
    'CreateTopics of a list of commas',
    creating({ configs: [{ name: 'cleanup.policy', value: ',,' }] }),
    'INVALID_CONFIG',
  ],
  ['CreateTopics of ../../etc', creating(named('../../etc')), 'INVALID_TOPIC_EXCEPTION'],
  ['CreateTopics of a name with a zero byte', creating(named('a\0b')), 'INVALID_TOPIC_EXCEPTION'],
  [
    'CreateTopics of 1,000 bad names',
    creating(...Array.from({ length: 1000 }, (_, i) => named(`a/${i}`))),
    Array(1000).fill('INVALID_TOPIC_EXCEPTION').join(', '),
  ],
  [
    'DeleteTopics of ""',
    () => request(deleteTopics, 5, { topicNames: [''], timeoutMs: 1000 }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'DeleteTopics of __proto__x',
    () => request(deleteTopics, 5, { topicNames: ['__proto__x'], timeoutMs: 1000 }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'DeleteTopics of what is not there twice',
    () => request(deleteTopics, 5, { topicNames: ['odd', 'odd'], timeoutMs: 1000 }),
    'INVALID_REQUEST',
  ],
  [
    'DeleteTopics of the id 0',
    () => request(deleteTopics, 6, { topics: [{ name: null, topicId: zeroId }], timeoutMs: 1000 }),
    'INVALID_REQUEST',
  ],
  [
    'DeleteRecords at -2',
    ({ topic }) =>
      request(deleteRecords, 2, {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: -2 }] }],
        timeoutMs: 1000,
      }),
    'OFFSET_OUT_OF_RANGE',
  ],
  [
    'DeleteRecords at 2^53-1',
    ({ topic }) =>
      request(deleteRecords, 2, {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 2 ** 53 - 1 }] }],
        timeoutMs: 1000,
      }),
    'OFFSET_OUT_OF_RANGE',
  ],
  [
    'DeleteRecords of a partition twice',
    ({ topic }) =>
      request(deleteRecords, 2, {
        topics: [
          {
            name: topic.name,
            partitions: [
              { partitionIndex: 0, offset: 0 },
              { partitionIndex: 0, offset: 0 },
            ],
          },
        ],
        timeoutMs: 1000,
      }),
    'NONE',
  ],
  [
    'DeleteRecords of partition -1',
    ({ topic }) =>
      request(deleteRecords, 2, {
        topics: [{ name: topic.name, partitions: [{ partitionIndex: -1, offset: 0 }] }],
        timeoutMs: 1000,
      }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'OffsetForLeaderEpoch of epoch -5',
    ({ topic }) =>
      request(offsetForLeaderEpoch, 4, {
        replicaId: -1,
        topics: [
          {
            topic: topic.name,
            partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: -5 }],
          },
        ],
      }),
    'NONE',
  ],
  [
    'OffsetForLeaderEpoch of partition -1',
    ({ topic }) =>
      request(offsetForLeaderEpoch, 4, {
        replicaId: -1,
        topics: [
          {
            topic: topic.name,
            partitions: [{ partition: -1, currentLeaderEpoch: -1, leaderEpoch: 0 }],
          },
        ],
      }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'CreatePartitions of as many as there are',
    ({ topic }) =>
      request(createPartitions, 3, {
        topics: [{ name: topic.name, count: 2, assignments: null }],
        timeoutMs: 1000,
        validateOnly: true,
      }),
    'INVALID_PARTITIONS',
  ],
  [
    'CreatePartitions of -1',
    ({ topic }) =>
      request(createPartitions, 3, {
        topics: [{ name: topic.name, count: -1, assignments: null }],
        timeoutMs: 1000,
        validateOnly: true,
      }),
    'INVALID_PARTITIONS',
  ],
  // Kafka's controller fails at the size of the change.
  [
    'CreatePartitions of 2^31-1',
    ({ topic }) =>
      request(createPartitions, 3, {
        topics: [{ name: topic.name, count: 2 ** 31 - 1, assignments: null }],
        timeoutMs: 1000,
        validateOnly: true,
      }),
    differs({ here: 'POLICY_VIOLATION', kafka: 'UNKNOWN_SERVER_ERROR' }),
  ],
  [
    'CreatePartitions of a topic twice',
    ({ topic }) =>
      request(createPartitions, 3, {
        topics: [
          { name: topic.name, count: 3, assignments: null },
          { name: topic.name, count: 4, assignments: null },
        ],
        timeoutMs: 1000,
        validateOnly: true,
      }),
    'INVALID_REQUEST',
  ],
  [
    'CreatePartitions with assignments to nobody',
    ({ topic }) =>
      request(createPartitions, 3, {
        topics: [{ name: topic.name, count: 3, assignments: [{ brokerIds: [] }] }],
        timeoutMs: 1000,
        validateOnly: true,
      }),
    'INVALID_REPLICA_ASSIGNMENT',
  ],
  [
    'DescribeLogDirs of __proto__x',
    () => request(describeLogDirs, 4, { topics: [{ topic: '__proto__x', partitions: [0, -1] }] }),
    'NONE',
  ],
  // Kafka fails in a way that it did not expect.
  [
    'DescribeTopicPartitions of ""',
    () =>
      request(describeTopicPartitions, 0, {
        topics: [{ name: '' }],
        responsePartitionLimit: 10,
        cursor: null,
      }),
    differs({ here: 'INVALID_TOPIC_EXCEPTION', kafka: 'UNKNOWN_SERVER_ERROR' }),
  ],
  [
    'DescribeTopicPartitions from partition -1',
    ({ topic }) =>
      request(describeTopicPartitions, 0, {
        topics: [{ name: topic.name }],
        responsePartitionLimit: 10,
        cursor: { topicName: topic.name, partitionIndex: -1 },
      }),
    'INVALID_REQUEST',
  ],
  [
    'DescribeTopicPartitions of -1 partitions',
    ({ topic }) =>
      request(describeTopicPartitions, 0, {
        topics: [{ name: topic.name }],
        responsePartitionLimit: -1,
        cursor: null,
      }),
    'NONE',
  ],
]

describe('requests about topics:', () => hostile(topics))
