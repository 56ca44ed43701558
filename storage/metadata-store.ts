/**
 * Waist 2: the rows of everything that is not a record. State lives in memory; rows are its
 * journal, and a restart applies them again. A backend stores keyed rows and understands none.
 */
export interface MetadataStore {
  /** Every stored row, as an upsert; in no particular order. Read once, before the first commit. */
  load(): AsyncIterable<Change>

  /**
   * Stores the changes in one transaction. Commits take effect in call order; what arrives together
   * may share a transaction. Resolves when it is as durable as the mode promises. After a rejection
   * the store accepts nothing more: what reached the disk is not known.
   */
  commit(changes: readonly Change[]): Promise<void>

  /**
   * Every row as the commits leave it that were called before, be they durable or not. Whoever
   * reads the ends of logs in the same step has what a crash would leave at this moment.
   */
  rows(): StoredRow[]

  /** Waits for pending commits and releases the store. */
  close(): Promise<void>
}

/** A row as stores keep it: its value is JSON text. */
export interface StoredRow {
  kind: keyof Rows
  key: string
  text: string
}

/** The rows of each kind. Keys are unique within a kind; values are plain JSON. */
export interface Rows {
  /** Key: the topic's name. */
  topic: TopicRow
  /** Key: the id of a topic whose rows are gone and whose data is being deleted. */
  deletedTopic: Record<string, never>
  /** Key: the group id. */
  group: GroupRow
  /** Key: `memberKey(group, memberId)`. Members of classic groups are in the group's row. */
  groupMember: MemberRow
  /** Key: `offsetKey(group, topic, partition)`. */
  offset: OffsetRow
  /** Key: `shareStateKey(group, topic id, partition)`. */
  shareState: ShareStateRow
  /** Key: `topicId:partition`. Sequence state of idempotent producers up to `endOffset`. */
  producers: ProducersRow
  /** Key: `topicId:partition:chunk`. Saved with the row of producers, up to the same offset. */
  abortedTransactions: AbortedTransactionsRow
  /** Key: the transactional id. */
  transaction: TransactionRow
  /** Key: `[producer id, group, topic, partition]` as JSON. */
  pendingOffset: PendingOffsetRow
  /** Key: `[type, name]` as JSON. What was set on anything but a topic. */
  config: ConfigRow
  /** Key: 'cluster'. */
  cluster: ClusterRow
  /** Key: the entity. */
  clientQuota: ClientQuotaRow
  /** Key: the user and the mechanism. */
  scramCredential: ScramCredentialRow
  /** Key: what it is for. */
  secret: SecretRow
  /** Key: the id of the ACL. */
  acl: AclRow
  /** Key: the id of the token. */
  delegationToken: DelegationTokenRow
  /** Key: the feature's name. */
  feature: FeatureRow
  /** Key: 'log'. */
  metadataLog: MetadataLogRow
  /** Key: the topic's name. */
  stateTopic: StateTopicRow
}

export interface TopicRow {
  /** Kafka's text form of a uuid: base64url, 22 characters. */
  id: string
  partitions: PartitionRow[]
  /** Topic configs that were set, by Kafka's name. */
  configs: Record<string, string>
}

/** Who serves a partition. All numbers are node ids; the first replica is the preferred leader. */
export interface PartitionRow {
  replicas: number[]
  isr: number[]
  /** Of the replicas, those that a reassignment adds and removes, while it is under way. */
  adding: number[]
  removing: number[]
  leader: number
  /** The leader epochs and the offset with which each began, oldest first; the last one holds. */
  epochs: { epoch: number; startOffset: number }[]
}

export type GroupRow = ClassicGroupRow | ConsumerGroupRow | ShareGroupRow | StreamsGroupRow

export interface ClassicGroupRow {
  type: 'classic'
  protocolType: string
  generation: number
  protocol: string | null
  leader: string | null
  members: ClassicMemberRow[]
  /** Milliseconds since the epoch; when the group last changed its state. */
  stateTimestamp: number
}

export interface ClassicMemberRow {
  memberId: string
  instanceId: string | null
  clientId: string
  clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  /** Protocol names in the member's order of preference; metadata is base64. */
  protocols: { name: string; metadata: string }[]
  /** base64. */
  assignment: string
}

/** A group of the consumer protocol (KIP-848). */
export interface ConsumerGroupRow {
  type: 'consumer'
  epoch: number
  assignmentEpoch: number
  /** Milliseconds since the epoch; 0 when there was no assignment yet. */
  assignmentTimestamp: number
  topicsHash: string
}

/** A member of a group of one of the newer types (KIP-848, KIP-932, KIP-1071). */
export interface MemberRow {
  instanceId: string | null
  rackId: string | null
  clientId: string
  clientHost: string
  memberEpoch: number
  previousMemberEpoch: number
}

/** A share group (KIP-932). */
export interface ShareGroupRow {
  type: 'share'
  epoch: number
  assignmentEpoch: number
  /** Milliseconds since the epoch; 0 when there was no assignment yet. */
  assignmentTimestamp: number
  topicsHash: string
}

export interface ShareMemberRow extends MemberRow {
  topicNames: string[]
  assigned: AssignmentRow
  target: AssignmentRow
}

export interface ConsumerMemberRow extends MemberRow {
  rebalanceTimeoutMs: number
  topicNames: string[]
  topicRegex: string
  serverAssignor: string | null
  /** Null unless it speaks the classic protocol. Metadata is base64. */
  classic: {
    sessionTimeoutMs: number
    protocols: { name: string; metadata: string }[]
  } | null
  state: 'stable' | 'unrevoked' | 'unreleased'
  assigned: EpochAssignmentRow
  revoking: EpochAssignmentRow
  target: AssignmentRow
}

/** Partitions by topic id. */
export type AssignmentRow = Record<string, number[]>

/** The same with the epoch in which each was assigned. */
export type EpochAssignmentRow = Record<string, [partition: number, epoch: number][]>

/** A group of Kafka Streams (KIP-1071). */
export interface StreamsGroupRow {
  type: 'streams'
  epoch: number
  /** Of the target assignment, and when it was made in milliseconds since the epoch. */
  assignmentEpoch: number
  assignmentTimestamp: number
  topology: StreamsTopologyRow | null
  /** -1 while topics are missing. */
  validatedTopologyEpoch: number
  /** Of the topics of the topology, as they were when the group last looked at them. */
  topicsHash: string
  standbyReplicas: number
}

/** What an application of Kafka Streams told when it joined. */
export interface StreamsTopologyRow {
  epoch: number
  subtopologies: {
    subtopologyId: string
    sourceTopics: string[]
    sourceTopicRegex: string[]
    stateChangelogTopics: StreamsTopicRow[]
    repartitionSinkTopics: string[]
    repartitionSourceTopics: StreamsTopicRow[]
    copartitionGroups: {
      sourceTopics: number[]
      sourceTopicRegex: number[]
      repartitionSourceTopics: number[]
    }[]
  }[]
}

export interface StreamsTopicRow {
  name: string
  partitions: number
  replicationFactor: number
  topicConfigs: { key: string; value: string }[]
}

export interface StreamsMemberRow extends MemberRow {
  state: 'stable' | 'unrevoked' | 'unreleased'
  rebalanceTimeoutMs: number
  topologyEpoch: number
  processId: string
  userEndpoint: { host: string; port: number } | null
  clientTags: Record<string, string>
  assigned: StreamsTasksRow<HeldTaskIdsRow>
  revoking: StreamsTasksRow<HeldTaskIdsRow>
  target: StreamsTasksRow<TaskIdsRow>
}

export interface StreamsTasksRow<Tasks> {
  active: Tasks[]
  standby: Tasks[]
  warmup: Tasks[]
}

export interface TaskIdsRow {
  subtopologyId: string
  partitions: number[]
}

export interface HeldTaskIdsRow extends TaskIdsRow {
  /** For each partition, the member epoch since which the member has it. */
  epochs: number[]
}

export interface OffsetRow {
  group: string
  topic: string
  /** The topic's id when the offset was committed: a recreated topic starts without offsets. */
  topicId: string
  partition: number
  offset: number
  leaderEpoch: number
  metadata: string
  /** Milliseconds since the epoch. */
  commitTimestamp: number
  /** Milliseconds since the epoch, where the client has set it (OffsetCommit v2–4). */
  expireTimestamp?: number
  /** Rises with each commit: a transaction that ends replaces only what is older than its own. */
  order?: number
}

/** What a share group has done with a partition (KIP-932; Kafka: ShareSnapshotValue). */
export interface ShareStateRow {
  groupId: string
  topicId: string
  partition: number
  /** Rises when the partition begins anew. */
  stateEpoch: number
  /** Of the last leader that read the state. */
  leaderEpoch: number
  /** Records before it are done; -1 before anything was fetched. */
  startOffset: number
  /** Of the records from startOffset on, those that are done; -1 for unknown (KIP-1226). */
  deliveryCompleteCount: number
  /** First and last offset, state (0 available, 2 acknowledged, 4 archived), delivery count. */
  batches: [firstOffset: number, lastOffset: number, state: number, deliveryCount: number][]
}

export interface ProducersRow {
  endOffset: number
  producers: ProducerRow[]
}

export interface ProducerRow {
  producerId: number
  epoch: number
  /** Milliseconds since the epoch; when its last batch or marker came. */
  lastTimestamp: number
  /** Of the coordinator that wrote the last marker; -1 before the first one. */
  coordinatorEpoch: number
  /** The first offset of the open transaction, if there is one. */
  transactionStart: number | null
  /** The last batches, oldest first, at most five. */
  batches: { firstSequence: number; lastSequence: number; lastOffset: number; timestamp: number }[]
}

/** Transactions whose records readers of committed ones skip, in the order of their markers. */
export interface AbortedTransactionsRow {
  /** Kafka: AbortedTxn. The last offset is the marker's. */
  transactions: [
    producerId: number,
    firstOffset: number,
    lastOffset: number,
    lastStableOffset: number,
  ][]
}

/** Kafka: TransactionState; what is being prepared is decided. */
export type TransactionStateName =
  'Empty' | 'Ongoing' | 'PrepareCommit' | 'PrepareAbort' | 'CompleteCommit' | 'CompleteAbort'

/** A transactional id and its current transaction (Kafka: TransactionLogValue). */
export interface TransactionRow {
  producerId: number
  /** Of the last one, for its retries; -1 for none. */
  previousProducerId: number
  /** That takes over when this one's epochs are used up; -1 for none. */
  nextProducerId: number
  producerEpoch: number
  lastProducerEpoch: number
  /** Milliseconds. */
  timeoutMs: number
  state: TransactionStateName
  /** By topic name; those of groups are partitions of __consumer_offsets. */
  partitions: Record<string, number[]>
  /** Milliseconds since the epoch; -1 for none. */
  startTimestamp: number
  updateTimestamp: number
  /** Level of transaction.version that its client spoke: 2 since KIP-890. */
  clientVersion: number
}

/** An offset that is committed when its transaction is. */
export interface PendingOffsetRow {
  producerId: number
  producerEpoch: number
  /** The partition of __consumer_offsets whose marker ends the transaction for it. */
  offsetsPartition: number
  offset: OffsetRow
}

export interface ConfigRow {
  type: 'broker' | 'clientMetrics' | 'group'
  /** Of a broker its node id, or nothing for all of them. */
  name: string
  /** By Kafka's name. */
  configs: Record<string, string>
}

export interface ClusterRow {
  /** Kafka's text form of a uuid. */
  clusterId: string
  /** Producer ids below this one may have been handed out. */
  nextProducerId: number
}

/** The quotas of one entity. */
export interface ClientQuotaRow {
  /** Types and names; null is the default entity. */
  entity: [type: string, name: string | null][]
  /** By key; numbers as texts, because some are not finite. */
  values: Record<string, string>
}

/** What verifies a password (RFC 5802), and is none. Salt and keys are base64. */
export interface ScramCredentialRow {
  user: string
  /** Kafka's number: 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
  mechanism: number
  iterations: number
  salt: string
  storedKey: string
  serverKey: string
}

/** What nobody outside of the cluster may know. */
export interface SecretRow {
  /** base64. */
  bytes: string
}

/** An access control entry, by Kafka's numbers (ResourceType, PatternType, AclOperation, …). */
export interface AclRow {
  resourceType: number
  resourceName: string
  patternType: number
  /** 'User:alice', 'User:*'. */
  principal: string
  /** An address, or '*'. */
  host: string
  operation: number
  permissionType: number
}

/** A delegation token (KIP-48). Its HMAC follows from its id and the broker's secret key. */
export interface DelegationTokenRow {
  /** Principals are written as 'User:alice'. */
  owner: string
  requester: string
  renewers: string[]
  /** Milliseconds since the epoch. */
  issueTimestampMs: number
  maxTimestampMs: number
  expiryTimestampMs: number
}

/** A feature whose level somebody has set (KIP-584). */
export interface FeatureRow {
  level: number
}

/** How far the log has come that Kafka would write of the rows (__cluster_metadata). */
export interface MetadataLogRow {
  endOffset: number
  leaderEpoch: number
  /** Kafka's text form of a uuid. */
  directoryId: string
}

/** How long a coordinator's topic was when it told all that the rows of the coordinator do. */
export interface StateTopicRow {
  topicId: string
  /** By partition. */
  endOffsets: number[]
}

/** One row to store, or (value null) to delete. */
export type Change = {
  [K in keyof Rows]: { kind: K; key: string; value: Rows[K] | null }
}[keyof Rows]

export function offsetKey(group: string, topic: string, partition: number): string {
  return JSON.stringify([group, topic, partition])
}

export function pendingOffsetKey({ producerId, offset }: PendingOffsetRow): string {
  return JSON.stringify([producerId, offset.group, offset.topic, offset.partition])
}

/** The group, the topic and the partition. */
export function parseOffsetKey(key: string): [group: string, topic: string, partition: number] {
  return JSON.parse(key) as [string, string, number]
}

export function memberKey(group: string, memberId: string): string {
  return JSON.stringify([group, memberId])
}

/** The group and the member id. */
export function parseMemberKey(key: string): [group: string, memberId: string] {
  return JSON.parse(key) as [string, string]
}

export function shareStateKey(group: string, topicId: string, partition: number): string {
  return JSON.stringify([group, topicId, partition])
}
