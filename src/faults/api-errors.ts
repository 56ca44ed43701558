/**
 * Which errors each API may answer with, in the whole answer or in a part of it: what Apache Kafka
 * 4.3's responses list, and what KafkaApis, ControllerApis and the coordinators throw besides.
 */
import type { ErrorName } from '../../protocol/errors.ts'

type Names = readonly ErrorName[]

/** Of every API: what a broker answers that fails, or cannot make sense of the request. */
const ofAll: Names = ['UNKNOWN_SERVER_ERROR', 'INVALID_REQUEST', 'UNSUPPORTED_VERSION']

const coordinator: Names = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]
const group: Names = [...coordinator, 'GROUP_AUTHORIZATION_FAILED', 'INVALID_GROUP_ID']
const describedGroup: Names = [...group, 'GROUP_ID_NOT_FOUND', 'TOPIC_AUTHORIZATION_FAILED']
const newerMember: Names = [
  ...group,
  'FENCED_MEMBER_EPOCH',
  'GROUP_ID_NOT_FOUND',
  'GROUP_MAX_SIZE_REACHED',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_MEMBER_ID',
  'UNRELEASED_INSTANCE_ID',
]
const generation: Names = [
  'FENCED_INSTANCE_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
]
const stale: Names = ['STALE_MEMBER_EPOCH', 'FENCED_MEMBER_EPOCH']
const transaction: Names = [
  ...coordinator,
  'CONCURRENT_TRANSACTIONS',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'PRODUCER_FENCED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'TRANSACTION_ABORTABLE',
]
const topic: Names = [
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_ID',
  'UNKNOWN_TOPIC_OR_PARTITION',
]
const leader: Names = [
  ...topic,
  'FENCED_LEADER_EPOCH',
  'KAFKA_STORAGE_ERROR',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'UNKNOWN_LEADER_EPOCH',
]
const append: Names = [
  'CORRUPT_MESSAGE',
  'INVALID_REQUIRED_ACKS',
  'MESSAGE_TOO_LARGE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'RECORD_LIST_TOO_LARGE',
  'REQUEST_TIMED_OUT',
]
const offsets: Names = [
  'INVALID_COMMIT_OFFSET_SIZE',
  'OFFSET_METADATA_TOO_LARGE',
  'REQUEST_TIMED_OUT',
  ...topic,
]
const cluster: Names = ['CLUSTER_AUTHORIZATION_FAILED']
const controller: Names = [
  ...cluster,
  'NOT_CONTROLLER',
  'POLICY_VIOLATION',
  'REQUEST_TIMED_OUT',
  'THROTTLING_QUOTA_EXCEEDED',
]
const newTopic: Names = [
  'INVALID_PARTITIONS',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_REPLICA_ASSIGNMENT',
  'INVALID_TOPIC_EXCEPTION',
]
const security: Names = ['SECURITY_DISABLED', 'UNSUPPORTED_SASL_MECHANISM']
const token: Names = [
  'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
  'DELEGATION_TOKEN_AUTH_DISABLED',
  'DELEGATION_TOKEN_EXPIRED',
  'DELEGATION_TOKEN_NOT_FOUND',
  'DELEGATION_TOKEN_OWNER_MISMATCH',
  'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
  'INVALID_PRINCIPAL_TYPE',
  'INVALID_TIMESTAMP',
]
const config: Names = ['INVALID_CONFIG', 'RESOURCE_NOT_FOUND', ...topic]
const shared: Names = ['INVALID_SHARE_SESSION_EPOCH', 'SHARE_SESSION_NOT_FOUND']
const shareState: Names = [
  ...group,
  ...topic,
  ...cluster,
  'FENCED_LEADER_EPOCH',
  'FENCED_STATE_EPOCH',
]
const voters: Names = [
  ...cluster,
  'DUPLICATE_VOTER',
  'INCONSISTENT_CLUSTER_ID',
  'INVALID_VOTER_KEY',
  'NOT_LEADER_OR_FOLLOWER',
  'REQUEST_TIMED_OUT',
  'VOTER_NOT_FOUND',
]

const table = {
  Produce: [
    ...leader,
    ...append,
    ...transaction,
    ...cluster,
    'DUPLICATE_SEQUENCE_NUMBER',
    'INVALID_RECORD',
    'INVALID_TIMESTAMP',
    'INVALID_TOPIC_EXCEPTION',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'POLICY_VIOLATION',
    'UNKNOWN_PRODUCER_ID',
    'UNSUPPORTED_COMPRESSION_TYPE',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  ],
  Fetch: [
    ...leader,
    ...cluster,
    'CORRUPT_MESSAGE',
    'FETCH_SESSION_ID_NOT_FOUND',
    'FETCH_SESSION_TOPIC_ID_ERROR',
    'INCONSISTENT_TOPIC_ID',
    'INVALID_FETCH_SESSION_EPOCH',
    'OFFSET_NOT_AVAILABLE',
    'OFFSET_MOVED_TO_TIERED_STORAGE',
    'OFFSET_OUT_OF_RANGE',
    'UNSUPPORTED_COMPRESSION_TYPE',
  ],
  ListOffsets: [...leader, 'OFFSET_NOT_AVAILABLE', 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
  Metadata: [
    ...topic,
    ...cluster,
    'INVALID_TOPIC_EXCEPTION',
    'LEADER_NOT_AVAILABLE',
    'LISTENER_NOT_FOUND',
    'REBOOTSTRAP_REQUIRED',
    'REPLICA_NOT_AVAILABLE',
  ],
  OffsetCommit: [...group, ...generation, ...stale, ...offsets, 'GROUP_ID_NOT_FOUND'],
  OffsetFetch: [
    ...group,
    ...stale,
    ...topic,
    'GROUP_ID_NOT_FOUND',
    'UNKNOWN_MEMBER_ID',
    'UNSTABLE_OFFSET_COMMIT',
  ],
  FindCoordinator: [...group, ...cluster, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  JoinGroup: [
    ...group,
    ...generation,
    'GROUP_MAX_SIZE_REACHED',
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_SESSION_TIMEOUT',
    'MEMBER_ID_REQUIRED',
  ],
  Heartbeat: [...group, ...generation],
  LeaveGroup: [...group, 'FENCED_INSTANCE_ID', 'UNKNOWN_MEMBER_ID'],
  SyncGroup: [...group, ...generation, 'INCONSISTENT_GROUP_PROTOCOL'],
  DescribeGroups: [...group, 'GROUP_ID_NOT_FOUND'],
  ListGroups: [...coordinator, ...cluster],
  SaslHandshake: ['ILLEGAL_SASL_STATE', 'UNSUPPORTED_SASL_MECHANISM'],
  ApiVersions: ['MISMATCHED_ENDPOINT_TYPE', 'REBOOTSTRAP_REQUIRED'],
  CreateTopics: [
    ...controller,
    ...newTopic,
    'INVALID_CONFIG',
    'TOPIC_ALREADY_EXISTS',
    'TOPIC_AUTHORIZATION_FAILED',
  ],
  DeleteTopics: [...controller, ...topic, 'INVALID_TOPIC_EXCEPTION', 'TOPIC_DELETION_DISABLED'],
  DeleteRecords: [...leader, 'OFFSET_OUT_OF_RANGE', 'POLICY_VIOLATION', 'REQUEST_TIMED_OUT'],
  InitProducerId: [...transaction, ...cluster, 'INVALID_TRANSACTION_TIMEOUT'],
  OffsetForLeaderEpoch: [...leader, ...cluster],
  AddPartitionsToTxn: [...transaction, ...topic, ...cluster, 'OPERATION_NOT_ATTEMPTED'],
  AddOffsetsToTxn: [...transaction, 'GROUP_AUTHORIZATION_FAILED', 'INVALID_GROUP_ID'],
  EndTxn: transaction,
  WriteTxnMarkers: [
    ...leader,
    ...append,
    ...cluster,
    'INVALID_PRODUCER_EPOCH',
    'TRANSACTION_COORDINATOR_FENCED',
  ],
  TxnOffsetCommit: [
    ...transaction,
    ...group,
    ...generation,
    ...offsets,
    'STALE_MEMBER_EPOCH',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  ],
  DescribeAcls: [...cluster, 'SECURITY_DISABLED'],
  CreateAcls: [...controller, 'SECURITY_DISABLED'],
  DeleteAcls: [...controller, 'SECURITY_DISABLED'],
  DescribeConfigs: [...cluster, ...config, 'GROUP_AUTHORIZATION_FAILED'],
  AlterConfigs: [...controller, ...config, 'GROUP_AUTHORIZATION_FAILED'],
  AlterReplicaLogDirs: [...cluster, ...topic, ...leader, 'LOG_DIR_NOT_FOUND'],
  DescribeLogDirs: [...cluster, 'KAFKA_STORAGE_ERROR', 'LOG_DIR_NOT_FOUND'],
  SaslAuthenticate: ['ILLEGAL_SASL_STATE', 'SASL_AUTHENTICATION_FAILED'],
  CreatePartitions: [...controller, ...newTopic, ...topic, 'REASSIGNMENT_IN_PROGRESS'],
  CreateDelegationToken: [...controller, ...token],
  RenewDelegationToken: [...controller, ...token],
  ExpireDelegationToken: [...controller, ...token],
  DescribeDelegationToken: token,
  DeleteGroups: [...group, 'GROUP_ID_NOT_FOUND', 'NON_EMPTY_GROUP'],
  ElectLeaders: [
    ...controller,
    ...topic,
    'ELECTION_NOT_NEEDED',
    'ELIGIBLE_LEADERS_NOT_AVAILABLE',
    'INVALID_TOPIC_EXCEPTION',
    'PREFERRED_LEADER_NOT_AVAILABLE',
  ],
  IncrementalAlterConfigs: [...controller, ...config, 'GROUP_AUTHORIZATION_FAILED'],
  AlterPartitionReassignments: [
    ...controller,
    ...newTopic,
    ...topic,
    'NO_REASSIGNMENT_IN_PROGRESS',
  ],
  ListPartitionReassignments: [...controller, ...topic],
  OffsetDelete: [
    ...group,
    ...topic,
    'GROUP_ID_NOT_FOUND',
    'GROUP_SUBSCRIBED_TO_TOPIC',
    'NON_EMPTY_GROUP',
  ],
  DescribeClientQuotas: cluster,
  AlterClientQuotas: controller,
  DescribeUserScramCredentials: [...cluster, 'DUPLICATE_RESOURCE', 'RESOURCE_NOT_FOUND'],
  AlterUserScramCredentials: [
    ...controller,
    ...security,
    'DUPLICATE_RESOURCE',
    'RESOURCE_NOT_FOUND',
    'UNACCEPTABLE_CREDENTIAL',
  ],
  DescribeQuorum: [...cluster, 'NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION'],
  UpdateFeatures: [...controller, 'FEATURE_UPDATE_FAILED', 'INVALID_UPDATE_VERSION'],
  DescribeCluster: [...cluster, 'MISMATCHED_ENDPOINT_TYPE', 'UNSUPPORTED_ENDPOINT_TYPE'],
  DescribeProducers: [...leader, 'INVALID_TOPIC_EXCEPTION'],
  UnregisterBroker: [...controller, 'BROKER_ID_NOT_REGISTERED'],
  DescribeTransactions: [
    ...coordinator,
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'TRANSACTIONAL_ID_NOT_FOUND',
  ],
  ListTransactions: [...coordinator, 'INVALID_REGULAR_EXPRESSION'],
  ConsumerGroupHeartbeat: [...newerMember, 'INVALID_REGULAR_EXPRESSION', 'UNSUPPORTED_ASSIGNOR'],
  ConsumerGroupDescribe: describedGroup,
  GetTelemetrySubscriptions: ['UNKNOWN_SUBSCRIPTION_ID', 'THROTTLING_QUOTA_EXCEEDED'],
  PushTelemetry: [
    'INVALID_RECORD',
    'TELEMETRY_TOO_LARGE',
    'THROTTLING_QUOTA_EXCEEDED',
    'UNKNOWN_SUBSCRIPTION_ID',
    'UNSUPPORTED_COMPRESSION_TYPE',
  ],
  ListConfigResources: cluster,
  DescribeTopicPartitions: [...topic, 'INVALID_TOPIC_EXCEPTION', 'LEADER_NOT_AVAILABLE'],
  ShareGroupHeartbeat: newerMember,
  ShareGroupDescribe: describedGroup,
  ShareFetch: [
    ...group,
    ...leader,
    ...shared,
    'CORRUPT_MESSAGE',
    'INVALID_RECORD_STATE',
    'SHARE_SESSION_LIMIT_REACHED',
  ],
  ShareAcknowledge: [...group, ...leader, ...shared, 'INVALID_RECORD_STATE'],
  AddRaftVoter: voters,
  RemoveRaftVoter: voters,
  InitializeShareGroupState: shareState,
  ReadShareGroupState: shareState,
  WriteShareGroupState: shareState,
  DeleteShareGroupState: shareState,
  ReadShareGroupStateSummary: shareState,
  StreamsGroupHeartbeat: [
    ...newerMember,
    ...cluster,
    'STREAMS_INVALID_TOPOLOGY',
    'STREAMS_INVALID_TOPOLOGY_EPOCH',
    'STREAMS_TOPOLOGY_FENCED',
  ],
  StreamsGroupDescribe: describedGroup,
  DescribeShareGroupOffsets: [...describedGroup, ...topic],
  AlterShareGroupOffsets: [...describedGroup, ...topic, 'NON_EMPTY_GROUP', 'KAFKA_STORAGE_ERROR'],
  DeleteShareGroupOffsets: [...describedGroup, ...topic, 'NON_EMPTY_GROUP', 'KAFKA_STORAGE_ERROR'],
} as const satisfies Record<string, Names>

/** Kafka's name of an API that is served. */
export type ApiName = keyof typeof table

export const apiNames = Object.keys(table) as readonly ApiName[]

/** All errors that an answer of the API may carry. */
export function errorsOf(api: ApiName): ReadonlySet<ErrorName> {
  return new Set<ErrorName>([...ofAll, ...table[api]])
}

/** The APIs that a coordinator of groups or of transactions answers. */
export const coordinatedApis: readonly ApiName[] = apiNames.filter(
  api => api !== 'FindCoordinator' && errorsOf(api).has('NOT_COORDINATOR'),
)
