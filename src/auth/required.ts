/**
 * What each API asks for, as in Apache Kafka 4.3.1 (KafkaApis, ControllerApis, AuthHelper,
 * ConfigHelper, DescribeTopicPartitionsRequestHandler). Dispatch, handlers, docs/authorization.md
 * and tests follow this table.
 */

/** Kafka's AclOperation. */
export type Operation =
  | 'read'
  | 'write'
  | 'create'
  | 'delete'
  | 'alter'
  | 'describe'
  | 'clusterAction'
  | 'describeConfigs'
  | 'alterConfigs'
  | 'idempotentWrite'
  | 'createTokens'
  | 'describeTokens'
  | 'twoPhaseCommit'

/** Kafka's ResourceType. */
export type ResourceType =
  'topic' | 'group' | 'cluster' | 'transactionalId' | 'delegationToken' | 'user'

const denials = {
  topic: 'TOPIC_AUTHORIZATION_FAILED',
  group: 'GROUP_AUTHORIZATION_FAILED',
  cluster: 'CLUSTER_AUTHORIZATION_FAILED',
  transactionalId: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  delegationToken: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
  user: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
} as const satisfies Record<ResourceType, string>

export interface Rule {
  readonly operation: Operation
  readonly resource: ResourceType
  /**
   * What becomes of what is not allowed: the error that answers it; 'left out' of an answer that
   * lists what there is; 'next rule' where a weaker permission does, too.
   */
  readonly denied: (typeof denials)[ResourceType] | 'left out' | 'next rule'
  /** Of what the rule is asked, where that is not plain from the resource. */
  readonly when?: string
}

type Particulars = Partial<Pick<Rule, 'denied' | 'when'>>

function rule(resource: ResourceType, operation: Operation, particulars: Particulars = {}): Rule {
  return { resource, operation, denied: denials[resource], ...particulars }
}

const topic = (operation: Operation, particulars?: Particulars): Rule =>
  rule('topic', operation, particulars)
const group = (operation: Operation, particulars?: Particulars): Rule =>
  rule('group', operation, particulars)
const transactionalId = (operation: Operation, particulars?: Particulars): Rule =>
  rule('transactionalId', operation, particulars)
const cluster = (operation: Operation, particulars?: Particulars): Rule =>
  rule('cluster', operation, particulars)

/** Of what an answer lists without having been asked for it by name. */
const listed = { denied: 'left out' } as const
/** Where a permission for the whole cluster stands for that of each resource. */
const forAll = { denied: 'next rule' } as const

/**
 * The rules of each API by name. `request` refuses the whole request: dispatch asks it before the
 * handler runs. Handlers ask the others, in the order in which they stand here.
 */
export const requires = {
  Produce: {
    transactionalId: transactionalId('write', {
      when: 'a batch is transactional; refused as well if the request names no transactional id',
    }),
    topic: topic('write'),
  },
  Fetch: {
    follower: cluster('clusterAction', {
      denied: 'TOPIC_AUTHORIZATION_FAILED',
      when: 'the request has a replica id; asked in place of `topic`',
    }),
    topic: topic('read'),
  },
  ListOffsets: { topic: topic('describe') },
  Metadata: {
    topic: topic('describe'),
    listed: topic('describe', { ...listed, when: 'all topics are asked for' }),
    createAny: cluster('create', { ...forAll, when: 'a missing topic would be created' }),
    create: topic('create', { when: 'a missing topic would be created' }),
    clusterOperations: cluster('describe', {
      denied: 'left out',
      when: 'the authorized operations of the cluster are asked for; the answer is 0 then',
    }),
  },
  OffsetCommit: { group: group('read'), topic: topic('read') },
  OffsetFetch: {
    group: group('describe'),
    topic: topic('describe'),
    listed: topic('describe', { ...listed, when: 'all topics are asked for' }),
  },
  FindCoordinator: {
    group: group('describe'),
    transactionalId: transactionalId('describe'),
    share: cluster('clusterAction', { when: 'the key is of a share partition; whole request' }),
  },
  JoinGroup: { group: group('read') },
  Heartbeat: { group: group('read') },
  LeaveGroup: { group: group('read') },
  SyncGroup: { group: group('read') },
  DescribeGroups: { group: group('describe') },
  ListGroups: { allGroups: cluster('describe', forAll), group: group('describe', listed) },
  SaslHandshake: {},
  ApiVersions: {},
  CreateTopics: {
    anyTopic: cluster('create', forAll),
    topic: topic('create'),
    configs: topic('describeConfigs', {
      when: 'the answer tells the configs of the new topic; refused in their place',
    }),
  },
  DeleteTopics: {
    anyTopic: cluster('delete', forAll),
    describe: topic('describe', {
      when: 'asked first; a topic that is denied and was named by its id stays nameless',
    }),
    topic: topic('delete'),
  },
  DeleteRecords: { topic: topic('delete') },
  InitProducerId: {
    transactionalId: transactionalId('write', { when: 'there is a transactional id' }),
    idempotent: cluster('idempotentWrite', {
      ...forAll,
      when: 'there is no transactional id',
    }),
    anyTopic: topic('write', {
      denied: 'CLUSTER_AUTHORIZATION_FAILED',
      when: 'there is no transactional id; any topic will do',
    }),
  },
  OffsetForLeaderEpoch: {
    anyTopic: cluster('clusterAction', forAll),
    topic: topic('describe'),
  },
  AddPartitionsToTxn: {
    brokers: cluster('clusterAction', { when: 'from version 4 on, in place of the others' }),
    transactionalId: transactionalId('write'),
    topic: topic('write', { when: 'never of internal topics, which are denied' }),
  },
  AddOffsetsToTxn: { transactionalId: transactionalId('write'), group: group('read') },
  EndTxn: { transactionalId: transactionalId('write') },
  WriteTxnMarkers: { alter: cluster('alter', forAll), brokers: cluster('clusterAction') },
  TxnOffsetCommit: {
    transactionalId: transactionalId('write'),
    group: group('read'),
    topic: topic('read'),
  },
  DescribeAcls: { request: cluster('describe') },
  CreateAcls: { request: cluster('alter') },
  DeleteAcls: { request: cluster('alter') },
  DescribeConfigs: {
    cluster: cluster('describeConfigs', { when: 'brokers, broker loggers, client metrics' }),
    topic: topic('describeConfigs'),
    group: group('describeConfigs'),
  },
  AlterConfigs: {
    cluster: cluster('alterConfigs', { when: 'brokers, broker loggers, client metrics' }),
    topic: topic('alterConfigs'),
    group: group('alterConfigs'),
  },
  AlterReplicaLogDirs: { request: cluster('alter') },
  DescribeLogDirs: { request: cluster('describe') },
  SaslAuthenticate: {},
  CreatePartitions: { topic: topic('alter') },
  CreateDelegationToken: {
    owner: rule('user', 'createTokens', { when: 'the token is to be of another user' }),
  },
  RenewDelegationToken: {},
  ExpireDelegationToken: {},
  DescribeDelegationToken: {
    token: rule('delegationToken', 'describe', {
      denied: 'next rule',
      when: 'the client neither owns nor renews the token',
    }),
    owner: rule('user', 'describeTokens', {
      denied: 'left out',
      when: 'the client neither owns nor renews the token',
    }),
  },
  DeleteGroups: { group: group('delete') },
  ElectLeaders: { request: cluster('alter') },
  IncrementalAlterConfigs: {
    cluster: cluster('alterConfigs', { when: 'brokers, broker loggers, client metrics' }),
    topic: topic('alterConfigs'),
    group: group('alterConfigs'),
  },
  AlterPartitionReassignments: { request: cluster('alter') },
  ListPartitionReassignments: { request: cluster('describe') },
  OffsetDelete: { group: group('delete'), topic: topic('read') },
  DescribeClientQuotas: { request: cluster('describeConfigs') },
  AlterClientQuotas: { request: cluster('alterConfigs') },
  DescribeUserScramCredentials: { request: cluster('describe') },
  AlterUserScramCredentials: { request: cluster('alter') },
  DescribeQuorum: { request: cluster('describe') },
  UpdateFeatures: { request: cluster('alter') },
  DescribeCluster: {
    clusterOperations: cluster('describe', {
      denied: 'left out',
      when: 'the authorized operations of the cluster are asked for; the answer is 0 then',
    }),
  },
  DescribeProducers: { topic: topic('read') },
  UnregisterBroker: { request: cluster('alter') },
  DescribeTransactions: {
    transactionalId: transactionalId('describe'),
    topic: topic('describe', listed),
  },
  ListTransactions: { transactionalId: transactionalId('describe', listed) },
  ConsumerGroupHeartbeat: {
    group: group('read'),
    topic: topic('describe', { when: 'the subscription names it; whole request' }),
    pattern: topic('describe', { ...listed, when: 'the subscription matches it' }),
  },
  ConsumerGroupDescribe: {
    group: group('describe'),
    topic: topic('describe', { when: 'members have it; the whole group is refused' }),
  },
  GetTelemetrySubscriptions: {},
  PushTelemetry: {},
  ListConfigResources: { request: cluster('describeConfigs') },
  DescribeTopicPartitions: {
    topic: topic('describe'),
    listed: topic('describe', { ...listed, when: 'all topics are asked for' }),
  },
  ShareGroupHeartbeat: {
    group: group('read'),
    topic: topic('describe', { when: 'the subscription names it; whole request' }),
  },
  ShareGroupDescribe: {
    group: group('describe'),
    topic: topic('describe', { when: 'members have it; the whole group is refused' }),
  },
  ShareFetch: { group: group('read'), topic: topic('read') },
  ShareAcknowledge: { group: group('read'), topic: topic('read') },
  AddRaftVoter: { request: cluster('alter') },
  RemoveRaftVoter: { request: cluster('alter') },
  InitializeShareGroupState: { request: cluster('clusterAction') },
  ReadShareGroupState: { request: cluster('clusterAction') },
  WriteShareGroupState: { request: cluster('clusterAction') },
  DeleteShareGroupState: { request: cluster('clusterAction') },
  ReadShareGroupStateSummary: { request: cluster('clusterAction') },
  StreamsGroupHeartbeat: {
    group: group('read'),
    topic: topic('describe', { when: 'the topology names it; whole request' }),
    createAny: cluster('create', { ...forAll, when: 'an internal topic is missing' }),
    create: topic('create', {
      denied: 'left out',
      when: 'an internal topic is missing; the status says that it is not created',
    }),
  },
  StreamsGroupDescribe: {
    group: group('describe'),
    topic: topic('describe', { when: 'the topology names it; the whole group is refused' }),
  },
  DescribeShareGroupOffsets: {
    group: group('describe'),
    topic: topic('describe'),
    listed: topic('describe', { ...listed, when: 'all topics are asked for' }),
  },
  AlterShareGroupOffsets: { group: group('read'), topic: topic('read') },
  DeleteShareGroupOffsets: { group: group('delete'), topic: topic('read') },
} satisfies Record<string, Record<string, Rule>>

const requestRules = new Map(
  Object.entries(requires).map(([api, rules]): [string, Rule | undefined] => [
    api,
    'request' in rules ? rules.request : undefined,
  ]),
)

/** What a request of the API as a whole asks for on the cluster, if it does. */
export function requestRule(api: string): Rule | undefined {
  return requestRules.get(api)
}

const apis = new Map<Rule, string>(
  Object.entries(requires).flatMap(([api, rules]) =>
    Object.values<Rule>(rules).map(each => [each, api] as const),
  ),
)

/** Whose rule it is; no two share one. */
export function apiOf(rule: Rule): string | undefined {
  return apis.get(rule)
}
