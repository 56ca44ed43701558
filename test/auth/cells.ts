/**
 * For each rule of the table a request that comes upon it. Where nothing else is said, that is one
 * of sample values: everything is called 'name', and topics have the id of the topic 'name',
 * whatever becomes of the request behind its authorization. What a version lacks is left out.
 */
import { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { RawClient } from '../raw-client.ts'
import { batchOf } from '../handlers/batches.ts'

/** What the broker of the test has. */
export interface Stage {
  readonly alice: RawClient
  readonly topicId: string
  /** Of bob. */
  readonly tokenId: string
  /** A name that nothing has had yet. */
  fresh(): string
  newTopic(): Promise<string>
}

export interface Cell {
  /** Those that can ask for it; all, if it is not given. */
  since?: number
  until?: number
  /** What is not as in the sample. */
  request?: (stage: Stage) => object | Promise<object>
  /** The resource that is denied; 'name', if it is not given. */
  resource?: (stage: Stage) => string
  /** Whether the answer shows what is allowed. If it is not given, errors tell. */
  shows?: (answer: never, stage: Stage) => boolean
}

const member = 'AAAAAAAAAAAAAAAAAAAAAQ'
const everyName = () => '*'

/** Somewhere in the answer. */
const mentionsName = (answer: never): boolean => JSON.stringify(answer).includes(':"name"')
const tellsOperations = (answer: { clusterAuthorizedOperations: number }): boolean =>
  answer.clusterAuthorizedOperations !== 0

const tellsToken = (answer: { tokens: { tokenId: string }[] }, stage: Stage): boolean =>
  answer.tokens.some(({ tokenId }) => tokenId === stage.tokenId)

const configsOf = (resourceType: number, resourceName = 'name'): Cell => ({
  request: () => ({
    resources: [{ resourceType, resourceName, configs: [], configurationKeys: [] }],
  }),
})
const configs = { cluster: configsOf(4, '0'), topic: configsOf(2), group: configsOf(32) }

const missingTopic = ({ fresh }: Stage) => ({
  allowAutoTopicCreation: true,
  topics: [{ name: fresh(), topicId: zeroUuid }],
})
const creation = ({ fresh }: Stage) => ({
  validateOnly: true,
  topics: [{ name: fresh(), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
})
const deletion = async ({ newTopic }: Stage) => {
  const name = await newTopic()
  return { timeoutMs: 10_000, topicNames: [name], topics: [{ name, topicId: zeroUuid }] }
}

const shareFetching = ({ topicId }: Stage) => ({
  groupId: 'sharers',
  memberId: member,
  shareSessionEpoch: 0,
  maxWaitMs: 1,
  minBytes: 1,
  maxRecords: 1,
  batchSize: 1,
  topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }],
  forgottenTopicsData: [],
})

const missingInternalTopic: Cell = {
  request: ({ fresh }) => ({
    ...streamsJoin(fresh()),
    topology: topologyOf([
      { name: fresh(), partitions: 0, replicationFactor: 1, topicConfigs: [] },
    ]),
  }),
  shows: (answer: { status: { statusDetail: string }[] | null }) =>
    !(answer.status ?? []).some(({ statusDetail }) => statusDetail.includes('Unauthorized')),
}

/** The first heartbeat of a member. */
export function streamsJoin(groupId: string): object {
  return {
    groupId,
    memberId: member,
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 1000,
    topology: topologyOf([]),
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'process',
    instanceId: null,
    rackId: null,
    userEndpoint: null,
    clientTags: [],
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: false,
  }
}

function topologyOf(stateChangelogTopics: readonly object[]): object {
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['name'],
    sourceTopicRegex: [],
    stateChangelogTopics,
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  return { epoch: 1, subtopologies: [subtopology] }
}

/** The first heartbeat of a member. */
export function consumerJoin(groupId: string, subscription: object): object {
  return {
    groupId,
    memberId: member,
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: [],
    ...subscription,
  }
}

/** By 'API.rule'; rules that are not here are found by the sample as it is. */
export const cells: Readonly<Record<string, Cell>> = {
  'Produce.transactionalId': {
    request: ({ topicId }) => {
      const records = batchOf(['v'], { isTransactional: true, producerId: 1 })
      const partitionData = [{ index: 1, records }]
      return { topicData: [{ topicId, name: 'name', partitionData }] }
    },
  },
  'Fetch.follower': { request: () => ({ sessionId: 0, sessionEpoch: -1 }) },
  'Fetch.topic': {
    request: () => ({
      sessionId: 0,
      sessionEpoch: -1,
      replicaId: -1,
      replicaState: { replicaId: -1 },
    }),
  },
  'Metadata.topic': { request: () => ({ topics: [{ name: 'name', topicId: zeroUuid }] }) },
  'Metadata.listed': { since: 1, request: () => ({ topics: null }), shows: mentionsName },
  'Metadata.createAny': { request: missingTopic },
  'Metadata.create': { request: missingTopic, resource: everyName },
  'Metadata.clusterOperations': {
    since: 8,
    until: 10,
    request: () => ({ includeClusterAuthorizedOperations: true, topics: [] }),
    shows: tellsOperations,
  },
  'OffsetFetch.listed': {
    since: 2,
    request: () => ({
      topics: null,
      groups: [{ groupId: 'name', memberId: null, memberEpoch: -1, topics: null }],
    }),
    shows: (answer: { topics: unknown[]; groups: { topics: unknown[] }[] }) =>
      [answer, ...answer.groups].some(({ topics }) => topics.length > 0),
  },
  'FindCoordinator.transactionalId': { since: 1 },
  'FindCoordinator.group': { request: () => ({ keyType: 0 }) },
  'FindCoordinator.share': {
    since: 6,
    request: ({ topicId }) => ({ keyType: 2, coordinatorKeys: [`name:${topicId}:0`] }),
  },
  'ListGroups.allGroups': {
    request: () => ({ statesFilter: [], typesFilter: [] }),
    shows: mentionsName,
  },
  'ListGroups.group': {
    request: () => ({ statesFilter: [], typesFilter: [] }),
    shows: mentionsName,
  },
  'CreateTopics.anyTopic': { request: creation },
  'CreateTopics.topic': { request: creation, resource: everyName },
  'CreateTopics.configs': {
    since: 5,
    request: creation,
    resource: everyName,
    shows: (answer: { topics: { topicConfigErrorCode: number }[] }) =>
      answer.topics[0]!.topicConfigErrorCode === 0,
  },
  'DeleteTopics.anyTopic': { request: deletion },
  'DeleteTopics.describe': { request: deletion, resource: everyName },
  'DeleteTopics.topic': { request: deletion, resource: everyName },
  'InitProducerId.transactionalId': {
    request: () => ({ transactionalId: 'other' }),
    resource: () => 'other',
  },
  'InitProducerId.idempotent': { request: () => ({ transactionalId: null }) },
  'InitProducerId.anyTopic': {
    request: () => ({ transactionalId: null }),
    resource: everyName,
  },
  'AddPartitionsToTxn.brokers': { since: 4 },
  'AddPartitionsToTxn.transactionalId': { until: 3 },
  'AddPartitionsToTxn.topic': { until: 3 },
  'EndTxn.transactionalId': { request: () => ({ producerId: 77_777 }) },
  'DescribeConfigs.cluster': configs.cluster,
  'DescribeConfigs.topic': configs.topic,
  'DescribeConfigs.group': configs.group,
  'AlterConfigs.cluster': configs.cluster,
  'AlterConfigs.topic': configs.topic,
  'AlterConfigs.group': configs.group,
  'IncrementalAlterConfigs.cluster': configs.cluster,
  'IncrementalAlterConfigs.topic': configs.topic,
  'IncrementalAlterConfigs.group': configs.group,
  'CreateDelegationToken.owner': {
    since: 3,
    request: () => ({
      ownerPrincipalType: 'User',
      ownerPrincipalName: 'bob',
      renewers: [],
      maxLifetimeMs: -1,
    }),
    resource: () => 'User:bob',
  },
  'DescribeDelegationToken.token': {
    request: () => ({ owners: null }),
    resource: ({ tokenId }) => tokenId,
    shows: tellsToken,
  },
  'DescribeDelegationToken.owner': {
    request: () => ({ owners: null }),
    resource: () => 'User:bob',
    shows: tellsToken,
  },
  'DeleteGroups.group': {
    request: () => ({ groupsNames: ['nobody'] }),
    resource: () => 'nobody',
  },
  'DescribeCluster.clusterOperations': {
    request: () => ({ includeClusterAuthorizedOperations: true, endpointType: 1 }),
    shows: tellsOperations,
  },
  'DescribeTransactions.topic': {
    shows: (answer: { transactionStates: { topics: unknown[] }[] }) =>
      answer.transactionStates[0]!.topics.length > 0,
  },
  'ListTransactions.transactionalId': {
    request: () => ({
      stateFilters: [],
      producerIdFilters: [],
      durationFilter: -1,
      transactionalIdPattern: null,
    }),
    shows: mentionsName,
  },
  'ConsumerGroupHeartbeat.pattern': {
    since: 1,
    request: ({ fresh }) => consumerJoin(fresh(), { subscribedTopicRegex: 'nam.' }),
    shows: (answer: { assignment: { topicPartitions: unknown[] } | null }) =>
      (answer.assignment?.topicPartitions ?? []).length > 0,
  },
  'ConsumerGroupDescribe.topic': { request: () => ({ groupIds: ['consumers'] }) },
  'DescribeTopicPartitions.listed': {
    request: () => ({ topics: [], cursor: null, responsePartitionLimit: 2000 }),
    shows: mentionsName,
  },
  'ShareGroupDescribe.topic': { request: () => ({ groupIds: ['sharers'] }) },
  'ShareFetch.group': { request: shareFetching, resource: () => 'sharers' },
  'ShareFetch.topic': { request: shareFetching },
  'ShareAcknowledge.topic': {
    async request(stage) {
      const opening = shareFetching(stage)
      await stage.alice.request(shareFetch, shareFetch.versions[1], opening)
      const acknowledgementBatches = [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }]
      const partitions = [{ partitionIndex: 0, acknowledgementBatches }]
      const topics = [{ topicId: stage.topicId, partitions }]
      return { groupId: 'sharers', memberId: member, shareSessionEpoch: 1, topics }
    },
  },
  'StreamsGroupHeartbeat.topic': { request: ({ fresh }) => streamsJoin(fresh()) },
  'StreamsGroupHeartbeat.createAny': missingInternalTopic,
  'StreamsGroupHeartbeat.create': { ...missingInternalTopic, resource: everyName },
  'StreamsGroupDescribe.topic': { request: () => ({ groupIds: ['streams'] }) },
  'AlterShareGroupOffsets.topic': { request: () => ({ groupId: 'emptied' }) },
  'DeleteShareGroupOffsets.topic': { request: () => ({ groupId: 'emptied' }) },
  'DescribeShareGroupOffsets.listed': {
    request: () => ({ groups: [{ groupId: 'sharers', topics: null }] }),
    shows: (answer: { groups: { topics: unknown[] }[] }) => answer.groups[0]!.topics.length > 0,
  },
}
