/** What of topics users may see, read, write and change. */
import { produce } from '../../../../protocol/apis/00-produce.ts'
import { fetch } from '../../../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../../../protocol/apis/02-list-offsets.ts'
import { createTopics } from '../../../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../../../protocol/apis/20-delete-topics.ts'
import { deleteRecords } from '../../../../protocol/apis/21-delete-records.ts'
import { offsetForLeaderEpoch } from '../../../../protocol/apis/23-offset-for-leader-epoch.ts'
import { createPartitions } from '../../../../protocol/apis/37-create-partitions.ts'
import { describeCluster } from '../../../../protocol/apis/60-describe-cluster.ts'
import { describeProducers } from '../../../../protocol/apis/61-describe-producers.ts'
import type { Input } from '../../../../protocol/schema.ts'
import { zeroUuid } from '../../../../protocol/wire.ts'
import { guarded, type Need } from '../../guarded.ts'
import { append, batchOf } from '../../log.ts'
import type { Session, Topic } from '../../session.ts'

const batch = batchOf(['one', 'two'])
const ofTransaction = batchOf(['one'], {
  producerId: 7,
  producerEpoch: 0,
  baseSequence: 0,
  isTransactional: true,
})
const ofIdempotent = batchOf(['one'], { producerId: 7, producerEpoch: 0, baseSequence: 0 })
const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'

type ProduceRequest = Input<typeof produce.request>
type FetchRequest = Input<typeof fetch.request>
type NewTopic = Input<typeof createTopics.request>['topics'][number]

const write: Need = ['write', 'topic']
const read: Need = ['read', 'topic']
const describe: Need = ['describe', 'topic']
const clusterAction: Need = ['clusterAction', 'cluster']

/** The second one is b. */
export async function twoTopics(s: Session<never>): Promise<[Topic, Topic]> {
  return [await s.topic(), await s.topic({ name: s.name('b') })]
}

function producing(
  topics: readonly Partial<Topic>[],
  records: Buffer,
  fields: Partial<ProduceRequest> = {},
): ProduceRequest {
  const topicData = topics.map(({ name = '', id = unknownId }) => {
    return { name, topicId: id, partitionData: [{ index: 0, records }] }
  })
  return { acks: -1, timeoutMs: 9999, topicData, ...fields }
}

function fetching(topics: readonly Topic[], fields: Partial<FetchRequest> = {}): FetchRequest {
  return {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel: 0,
    topics: topics.map(({ name, id }) => {
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 9_000_000 }]
      return { topic: name, topicId: id, partitions }
    }),
    forgottenTopicsData: [],
    ...fields,
  }
}

const unknown = (s: Session<never>): Topic => ({ name: s.name('unknown'), id: unknownId })

const records = [
  ...guarded(produce, 'to a topic', [write], async s => producing([await s.topic()], batch)),
  ...guarded(produce, 'to two topics', [write, ['write', 'topic', 'b']], async s => {
    return producing(await twoTopics(s), batch)
  }),
  ...guarded(produce, 'to an unknown topic', [['write', 'topic', 'unknown']], s => {
    return producing([unknown(s)], batch)
  }),
  ...guarded(
    produce,
    'without an answer',
    [write],
    async s => {
      await s.tell(producing([await s.topic()], batch, { acks: 0 }))
      await s.also(describeCluster, { includeClusterAuthorizedOperations: false })
    },
    { last: true },
  ),
  ...guarded(produce, 'of an idempotent producer', [write], async s => {
    return producing([await s.topic()], ofIdempotent)
  }),
  ...guarded(produce, 'in a transaction', [['write', 'transactionalId', 't'], write], async s => {
    return producing([await s.topic()], ofTransaction, { transactionalId: s.name('t') })
  }),
  ...guarded(produce, 'in a transaction without an id', [write], async s => {
    return producing([await s.topic()], ofTransaction)
  }),
  ...guarded(produce, 'with an id, in no transaction', [write], async s => {
    return producing([await s.topic()], batch, { transactionalId: s.name('t') })
  }),

  ...guarded(fetch, 'of a topic', [read], async s => {
    const topic = await s.topic()
    await append(s, topic, batch)
    return fetching([topic])
  }),
  ...guarded(fetch, 'of two topics', [read, ['read', 'topic', 'b']], async s => {
    return fetching(await twoTopics(s))
  }),
  ...guarded(fetch, 'in a session', [['read', 'topic', 'b']], async s => {
    return fetching(await twoTopics(s), { sessionEpoch: 0 })
  }),
  ...guarded(fetch, 'of an unknown topic', [['read', 'topic', 'unknown']], s => {
    return fetching([unknown(s)])
  }),
  ...guarded(fetch, 'of a replica', [clusterAction], async s => {
    return fetching([await s.topic()], { replicaId: 9, replicaState: { replicaId: 9 } })
  }),
  ...guarded(fetch, 'of a replica that may read', [read], async s => {
    return fetching([await s.topic()], { replicaId: 9, replicaState: { replicaId: 9 } })
  }),

  ...guarded(listOffsets, 'of two topics', [describe, ['describe', 'topic', 'b']], async s => {
    const partitions = [{ partitionIndex: 0, timestamp: -1 }]
    const topics = (await twoTopics(s)).map(({ name }) => ({ name, partitions }))
    const none = { name: s.name('unknown'), partitions }
    await s.ask({ replicaId: -1, topics: [...topics, none] })
    await s.ask({ replicaId: 3, topics })
  }),
  ...guarded(listOffsets, 'by who may write', [write], async s => {
    const { name } = await s.topic()
    const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp: -2 }] }]
    return { replicaId: -1, topics }
  }),
  ...guarded(
    offsetForLeaderEpoch,
    'of two topics',
    [describe, ['describe', 'topic', 'b']],
    async s => {
      const partitions = [{ partition: 0, leaderEpoch: 0 }]
      const topics = (await twoTopics(s)).map(({ name: topic }) => ({ topic, partitions }))
      return { replicaId: -1, topics: [...topics, { topic: s.name('unknown'), partitions }] }
    },
  ),
  ...guarded(offsetForLeaderEpoch, 'of a replica', [clusterAction], async s => {
    const { name: topic } = await s.topic()
    return { replicaId: 9, topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }] }
  }),
  ...guarded(deleteRecords, 'of two topics', [['delete', 'topic']], async s => {
    const partitions = [{ partitionIndex: 0, offset: 0 }]
    const topics = (await twoTopics(s)).map(({ name }) => ({ name, partitions }))
    return { topics: [...topics, { name: s.name('unknown'), partitions }], timeoutMs: 9999 }
  }),
  ...guarded(describeProducers, 'of two topics', [read], async s => {
    const topics = (await twoTopics(s)).map(({ name }) => ({ name, partitionIndexes: [0] }))
    return { topics: [...topics, { name: s.name('unknown'), partitionIndexes: [0] }] }
  }),
]

function newTopic(name: string, fields: Partial<NewTopic> = {}): NewTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...fields }
}

function creating(...topics: NewTopic[]): Input<typeof createTopics.request> {
  return { topics, timeoutMs: 9999, validateOnly: false }
}

const toCreate: Need = ['create', 'topic']
const toSeeConfigs: Need = ['describeConfigs', 'topic']

const changes = [
  ...guarded(createTopics, 'two topics', [toCreate, toSeeConfigs], s => {
    return creating(newTopic(s.name()), newTopic(s.name('b')))
  }),
  ...guarded(createTopics, 'a topic, by the cluster', [['create', 'cluster']], s => {
    return creating(newTopic(s.name()))
  }),
  ...guarded(createTopics, 'a topic that there is', [toCreate], async s => {
    const { name } = await s.topic()
    return creating(newTopic(name))
  }),
  ...guarded(createTopics, 'what is wrong', [toCreate], s => {
    const bad = { configs: [{ name: 'nonsense', value: '1' }] }
    return creating(newTopic('a/b'), newTopic(s.name(), bad), newTopic(s.name('b'), bad))
  }),
  ...guarded(createTopics, 'the same twice', [toCreate], s => {
    return creating(newTopic(s.name()), newTopic(s.name()), newTopic(s.name('b')))
  }),
  ...guarded(createTopics, 'the log of metadata', [toCreate], () => {
    return creating(newTopic('__cluster_metadata'))
  }),
  ...guarded(deleteTopics, 'two topics', [['delete', 'topic'], describe], async s => {
    const names = (await twoTopics(s)).map(({ name }) => name)
    const topicNames = [...names, s.name('unknown')]
    return {
      topicNames,
      topics: topicNames.map(name => ({ name, topicId: zeroUuid })),
      timeoutMs: 9999,
    }
  }),
  ...guarded(deleteTopics, 'a topic, by the cluster', [['delete', 'cluster']], async s => {
    const { name } = await s.topic()
    return { topicNames: [name], topics: [{ name, topicId: zeroUuid }], timeoutMs: 9999 }
  }),
  ...guarded(
    deleteTopics,
    'two topics by id',
    [describe, ['delete', 'topic'], ['describe', 'topic', 'b']],
    async s => {
      const ids = (await twoTopics(s)).map(({ id }) => ({ name: null, topicId: id }))
      const topics = [...ids, { name: null, topicId: unknownId }]
      return { topicNames: [], topics, timeoutMs: 9999 }
    },
    { since: 6 },
  ),
  ...guarded(deleteTopics, 'the same twice', [describe], async s => {
    const { name } = await s.topic()
    const topicNames = [name, name]
    return {
      topicNames,
      topics: topicNames.map(each => ({ name: each, topicId: zeroUuid })),
      timeoutMs: 9999,
    }
  }),
  ...guarded(createPartitions, 'of two topics', [['alter', 'topic']], async s => {
    const names = (await twoTopics(s)).map(({ name }) => name)
    const topics = [...names, s.name('unknown')].map(name => ({
      name,
      count: 2,
      assignments: null,
    }))
    return { topics, timeoutMs: 9999, validateOnly: false }
  }),
  ...guarded(createPartitions, 'of the same twice', [['alter', 'topic']], async s => {
    const { name } = await s.topic()
    const other = s.name('b')
    const topics = [name, name, other].map(each => ({ name: each, count: 2, assignments: null }))
    return { topics, timeoutMs: 9999, validateOnly: false }
  }),
]

export const securedTopicsScenarios = [...records, ...changes]
