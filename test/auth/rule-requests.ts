/** For each rule that handlers ask, a request that it is asked of. */
import { produce } from '../../protocol/apis/00-produce.ts'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { offsetForLeaderEpoch } from '../../protocol/apis/23-offset-for-leader-epoch.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { alterConfigs } from '../../protocol/apis/33-alter-configs.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { offsetDelete } from '../../protocol/apis/47-offset-delete.ts'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { describeProducers } from '../../protocol/apis/61-describe-producers.ts'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { describeTopicPartitions } from '../../protocol/apis/75-describe-topic-partitions.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { shareAcknowledge } from '../../protocol/apis/79-share-acknowledge.ts'
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import { streamsGroupDescribe } from '../../protocol/apis/89-streams-group-describe.ts'
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from '../../protocol/apis/92-delete-share-group-offsets.ts'
import type { Api } from '../../protocol/api.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { requires } from '../../src/auth/required.ts'
import { batchOf } from '../handlers/batches.ts'
import { resource } from '../handlers/configs.ts'
import { joining } from '../handlers/consumer-groups.ts'
import { fetchRequest, produceRequest } from '../handlers/requests.ts'
import { internalTopic, subtopology } from '../handlers/streams-groups.ts'
import { latest, uniqueName } from '../handlers/wire.ts'
import type { RawClient } from '../raw-client.ts'
import type { GuardedState } from './guarded-state.ts'

/** Answers are looked at as a whole: for errors, and for what must not be in them. */
export type Ask = (client: RawClient) => Promise<unknown>

type Tokens = 'CreateDelegationToken' | 'DescribeDelegationToken'
type Requires = typeof requires
/** But those that dispatch asks, and those that have tests of their own. */
type HandlersRules = {
  [
    Name in keyof Requires as Requires[Name] extends { request: unknown }
      ? never
      : keyof Requires[Name] extends never
        ? never
        : Exclude<Name, Tokens>
  ]: { [Rule in keyof Requires[Name]]: Ask }
}

function ask<RequestIn, Response, ResponseIn>(
  api: Api<unknown, RequestIn, Response, ResponseIn>,
  body: RequestIn,
  version = latest(api),
): Ask {
  return client => client.request(api, version, body)
}

const nobody = { producerId: 1_000_000, producerEpoch: 0 }
const member = { memberId: 'nobody' }
const offset = { partitionIndex: 0, committedOffset: 1, committedMetadata: null }

export function requestsFor(state: GuardedState): HandlersRules {
  return { ...ofTopics(state), ...ofGroups(state), ...ofTransactions(state), ...ofConfigs(state) }
}

function ofTopics({ topic, transactionalId, nodeId }: GuardedState) {
  const { name } = topic
  const records = batchOf(['x'], { isTransactional: true, ...nobody, baseSequence: 0 })
  const wanted = ask(metadata, { topics: [{ name: uniqueName() }], allowAutoTopicCreation: true })
  const creation = ask(createTopics, {
    topics: [
      { name: uniqueName(), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
    ],
    validateOnly: true,
  })
  const deletion = (which: string) => {
    return ask(deleteTopics, { topics: [{ name: which, topicId: zeroUuid }], timeoutMs: 30_000 })
  }
  const epochs = ask(offsetForLeaderEpoch, {
    topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  })
  const partitions = [{ partitionIndex: 0, timestamp: -1 }]
  const deleted = [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }]
  const added = [{ name, count: 2, assignments: null }]
  return {
    Produce: {
      transactionalId: ask(
        produce,
        produceRequest(topic, [{ index: 0, records }], { transactionalId }),
      ),
      topic: ask(produce, produceRequest(topic, [{ index: 0, records: batchOf(['x']) }])),
    },
    Fetch: {
      follower: ask(fetch, fetchRequest(topic, [{}], { replicaId: nodeId }), 12),
      topic: ask(fetch, fetchRequest(topic, [{}])),
    },
    ListOffsets: { topic: ask(listOffsets, { replicaId: -1, topics: [{ name, partitions }] }) },
    Metadata: {
      topic: ask(metadata, { topics: [{ name }] }),
      listed: ask(metadata, { topics: null }),
      createAny: wanted,
      create: wanted,
      clusterOperations: ask(
        metadata,
        { topics: [], includeClusterAuthorizedOperations: true },
        10,
      ),
    },
    CreateTopics: { anyTopic: creation, topic: creation, configs: creation },
    DeleteTopics: {
      anyTopic: deletion(uniqueName()),
      describe: deletion(uniqueName()),
      topic: deletion(name),
    },
    DeleteRecords: { topic: ask(deleteRecords, { topics: deleted, timeoutMs: 30_000 }) },
    OffsetForLeaderEpoch: { anyTopic: epochs, topic: epochs },
    CreatePartitions: {
      topic: ask(createPartitions, { topics: added, timeoutMs: 30_000, validateOnly: true }),
    },
    DescribeProducers: {
      topic: ask(describeProducers, { topics: [{ name, partitionIndexes: [0] }] }),
    },
    DescribeCluster: {
      clusterOperations: ask(describeCluster, { includeClusterAuthorizedOperations: true }),
    },
    DescribeTopicPartitions: {
      topic: ask(describeTopicPartitions, { topics: [{ name }] }),
      listed: ask(describeTopicPartitions, { topics: [] }),
    },
  }
}

function ofTransactions({ topic, consumerGroup, transactionalId }: GuardedState) {
  const { name } = topic
  const topics = [{ name, partitions: [0] }]
  const ofClient = ask(
    addPartitionsToTxn,
    {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: nobody.producerId,
      v3AndBelowProducerEpoch: nobody.producerEpoch,
      v3AndBelowTopics: topics,
    },
    3,
  )
  const ofBroker = { transactionalId, ...nobody, verifyOnly: true, topics }
  const offsets = ask(addOffsetsToTxn, { transactionalId, ...nobody, groupId: consumerGroup })
  const markers = ask(writeTxnMarkers, {
    markers: [
      {
        ...nobody,
        transactionResult: true,
        topics: [{ name, partitionIndexes: [7] }],
        coordinatorEpoch: 0,
        transactionVersion: 0,
      },
    ],
  })
  const commit = ask(txnOffsetCommit, {
    transactionalId,
    groupId: consumerGroup,
    ...nobody,
    memberId: '',
    topics: [{ name, partitions: [offset] }],
  })
  const newId = { transactionTimeoutMs: 60_000 }
  return {
    InitProducerId: {
      transactionalId: ask(initProducerId, { transactionalId: uniqueName(), ...newId }),
      idempotent: ask(initProducerId, { transactionalId: null, ...newId }),
      anyTopic: ask(initProducerId, { transactionalId: null, ...newId }),
    },
    AddPartitionsToTxn: {
      brokers: ask(addPartitionsToTxn, { transactions: [ofBroker] }),
      transactionalId: ofClient,
      topic: ofClient,
    },
    AddOffsetsToTxn: { transactionalId: offsets, group: offsets },
    EndTxn: { transactionalId: ask(endTxn, { transactionalId, ...nobody, committed: true }) },
    WriteTxnMarkers: { alter: markers, brokers: markers },
    TxnOffsetCommit: { transactionalId: commit, group: commit, topic: commit },
    DescribeTransactions: {
      transactionalId: ask(describeTransactions, { transactionalIds: [transactionalId] }),
      topic: ask(describeTransactions, { transactionalIds: [transactionalId] }),
    },
    ListTransactions: {
      transactionalId: ask(listTransactions, { stateFilters: [], producerIdFilters: [] }),
    },
  }
}

function ofConfigs({ topic, consumerGroup }: GuardedState) {
  const resources = {
    topic: { resourceType: resource.topic, resourceName: topic.name },
    group: { resourceType: resource.group, resourceName: consumerGroup },
    cluster: { resourceType: resource.clientMetrics, resourceName: 'subscription' },
  }
  const each = <T>(make: (of: (typeof resources)['topic' | 'group' | 'cluster']) => T) => ({
    topic: make(resources.topic),
    group: make(resources.group),
    cluster: make(resources.cluster),
  })
  return {
    DescribeConfigs: each(of =>
      ask(describeConfigs, { resources: [{ ...of, configurationKeys: null }] }),
    ),
    AlterConfigs: each(of =>
      ask(alterConfigs, { resources: [{ ...of, configs: [] }], validateOnly: true }),
    ),
    IncrementalAlterConfigs: each(of =>
      ask(incrementalAlterConfigs, { resources: [{ ...of, configs: [] }], validateOnly: true }),
    ),
  }
}

function ofGroups(state: GuardedState) {
  return { ...ofClassicGroups(state), ...ofNewerGroups(state), ...ofShareGroups(state) }
}

function ofClassicGroups({ topic, consumerGroup: groupId }: GuardedState) {
  const { name, id: topicId } = topic
  const commit = ask(offsetCommit, {
    groupId,
    memberId: '',
    topics: [{ topicId, partitions: [offset] }],
  })
  const fetched = (topics: { topicId: string; partitionIndexes: number[] }[] | null) =>
    ask(offsetFetch, { groups: [{ groupId, topics }], requireStable: false })
  const some = fetched([{ topicId, partitionIndexes: [0] }])
  const coordinator = (keyType: number, key: string) =>
    ask(findCoordinator, { keyType, coordinatorKeys: [key] })
  const list = ask(listGroups, {})
  const deletion = { groupId, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] }
  const inGroup = { groupId, generationId: 1, memberId: 'nobody' }
  return {
    OffsetCommit: { group: commit, topic: commit },
    OffsetFetch: { group: some, topic: some, listed: fetched(null) },
    FindCoordinator: {
      group: coordinator(0, groupId),
      transactionalId: coordinator(1, 'id'),
      share: coordinator(2, `${groupId}:AAAAAAAAAAAAAAAAAAAAAQ:0`),
    },
    JoinGroup: {
      group: ask(joinGroup, {
        groupId: uniqueName(),
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
      }),
    },
    Heartbeat: { group: ask(heartbeat, inGroup) },
    LeaveGroup: { group: ask(leaveGroup, { groupId, members: [member] }) },
    SyncGroup: {
      group: ask(syncGroup, {
        ...inGroup,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [],
      }),
    },
    DescribeGroups: { group: ask(describeGroups, { groups: [groupId] }) },
    ListGroups: { allGroups: list, group: list },
    DeleteGroups: { group: ask(deleteGroups, { groupsNames: [uniqueName()] }) },
    OffsetDelete: { group: ask(offsetDelete, deletion), topic: ask(offsetDelete, deletion) },
  }
}

function ofNewerGroups({ topic, consumerGroup, streamsGroup }: GuardedState) {
  const { name } = topic
  const joins = (subscription: object) => {
    const request = { groupId: uniqueName(), memberId: uniqueName(), ...joining }
    return ask(consumerGroupHeartbeat, { ...request, ...subscription })
  }
  const described = { includeAuthorizedOperations: false }
  const consumer = ask(consumerGroupDescribe, { groupIds: [consumerGroup], ...described })
  const streams = ask(streamsGroupDescribe, { groupIds: [streamsGroup], ...described })
  const starts = (changes: object) =>
    ask(streamsGroupHeartbeat, {
      groupId: uniqueName(),
      memberId: 'thread',
      memberEpoch: 0,
      endpointInformationEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      processId: 'process',
      clientTags: [],
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      topology: {
        epoch: 0,
        subtopologies: [subtopology('0', { sourceTopics: [name], ...changes })],
      },
    })
  const needs = () => starts({ stateChangelogTopics: [internalTopic(uniqueName())] })
  return {
    ConsumerGroupHeartbeat: {
      group: joins({ subscribedTopicNames: [name] }),
      topic: joins({ subscribedTopicNames: [name] }),
      pattern: joins({ subscribedTopicRegex: name }),
    },
    ConsumerGroupDescribe: { group: consumer, topic: consumer },
    StreamsGroupHeartbeat: {
      group: starts({}),
      topic: starts({}),
      createAny: needs(),
      create: needs(),
    },
    StreamsGroupDescribe: { group: streams, topic: streams },
  }
}

function ofShareGroups({ topic, shareGroup: groupId, emptyShareGroup }: GuardedState) {
  const { name: topicName, id: topicId } = topic
  const joins = ask(shareGroupHeartbeat, {
    groupId: uniqueName(),
    memberId: 'm',
    memberEpoch: 0,
    subscribedTopicNames: [topicName],
  })
  const described = ask(shareGroupDescribe, {
    groupIds: [groupId],
    includeAuthorizedOperations: false,
  })
  const session = { groupId, memberId: uniqueName() }
  const nothing = { maxWaitMs: 0, minBytes: 0, maxRecords: 1, batchSize: 1 }
  const partitions = [{ partitionIndex: 0, acknowledgementBatches: [] }]
  const fetched = ask(shareFetch, {
    ...session,
    ...nothing,
    shareSessionEpoch: 0,
    topics: [{ topicId, partitions }],
    forgottenTopicsData: [],
  })
  const accepted = [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }]
  const acknowledged: Ask = async client => {
    await fetched(client)
    return client.request(shareAcknowledge, latest(shareAcknowledge), {
      ...session,
      shareSessionEpoch: 1,
      topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: accepted }] }],
    })
  }
  const offsets = (topics: { topicName: string; partitions: number[] }[] | null) =>
    ask(describeShareGroupOffsets, { groups: [{ groupId, topics }] })
  const some = offsets([{ topicName, partitions: [0] }])
  const altered = ask(alterShareGroupOffsets, {
    groupId: uniqueName(),
    topics: [{ topicName, partitions: [{ partitionIndex: 0, startOffset: 0 }] }],
  })
  const forgotten = ask(deleteShareGroupOffsets, {
    groupId: emptyShareGroup,
    topics: [{ topicName }],
  })
  return {
    ShareGroupHeartbeat: { group: joins, topic: joins },
    ShareGroupDescribe: { group: described, topic: described },
    ShareFetch: { group: fetched, topic: fetched },
    ShareAcknowledge: { group: acknowledged, topic: acknowledged },
    DescribeShareGroupOffsets: { group: some, topic: some, listed: offsets(null) },
    AlterShareGroupOffsets: { group: altered, topic: altered },
    DeleteShareGroupOffsets: { group: forgotten, topic: forgotten },
  }
}
