/**
 * What Kafka's group coordinator writes to __consumer_offsets of groups of the newer types:
 * consumer groups (KIP-848), share groups (KIP-932), streams groups (KIP-1071). Kafka 4.3 has one
 * version of each.
 */
import { encodeRecord, type KeyedRecord, type RecordType } from './keyed-records.ts'
import {
  array,
  bytes,
  int16,
  int32,
  int64,
  int8,
  nullableString,
  string,
  struct,
  uint16,
  uuid,
  type Field,
} from './schema.ts'

const flexibleSince = 0
const version = 0

const groupKey = struct({ groupId: string })
const memberKey = struct({ groupId: string, memberId: string })

function ofGroup<In>(type: number, value: Field<unknown, In>): RecordType<{ groupId: string }, In> {
  return { type, key: groupKey, value, flexibleSince }
}

function ofMember<In>(type: number, value: Field<unknown, In>) {
  return { type, key: memberKey, value, flexibleSince }
}

/** Milliseconds since the epoch; 0 before the first assignment (KIP-1263). */
const assignmentTimestamp = int64.tagged(0, flexibleSince).default(0)
const targetMetadata = struct({ assignmentEpoch: int32, assignmentTimestamp })

const topicPartitions = array(struct({ topicId: uuid, partitions: array(int32) }))
const target = struct({ topicPartitions })

/** Of partitions or tasks, as many as there are of them; null for none. */
const assignmentEpochs = array(int32).nullable().tagged(0, flexibleSince).default(null)

/** Since when a member has each partition: of fencing what was committed in older epochs. */
const heldPartitions = array(struct({ topicId: uuid, partitions: array(int32), assignmentEpochs }))

export const consumerGroup = {
  metadata: ofGroup(
    3,
    struct({ epoch: int32, metadataHash: int64.tagged(0, flexibleSince).default(0) }),
  ),
  targetMetadata: ofGroup(6, targetMetadata),
  member: ofMember(
    5,
    struct({
      instanceId: nullableString,
      rackId: nullableString,
      clientId: string,
      clientHost: string,
      subscribedTopicNames: array(string),
      subscribedTopicRegex: nullableString,
      rebalanceTimeoutMs: int32,
      serverAssignor: nullableString,
      /** Kafka takes an empty one for the default: null, for a consumer of KIP-848, is written. */
      classicMemberMetadata: struct({
        sessionTimeoutMs: int32,
        supportedProtocols: array(struct({ name: string, metadata: bytes })),
      })
        .nullable()
        .tagged(0, flexibleSince),
    }),
  ),
  target: ofMember(7, target),
  current: ofMember(
    8,
    struct({
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      assignedPartitions: heldPartitions,
      partitionsPendingRevocation: heldPartitions,
    }),
  ),
}

export const shareGroup = {
  metadata: ofGroup(11, struct({ epoch: int32, metadataHash: int64 })),
  targetMetadata: ofGroup(12, targetMetadata),
  member: ofMember(
    10,
    struct({
      rackId: nullableString,
      clientId: string,
      clientHost: string,
      subscribedTopicNames: array(string),
    }),
  ),
  target: ofMember(13, target),
  current: ofMember(
    14,
    struct({
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      assignedPartitions: topicPartitions,
    }),
  ),
}

const tasks = array(struct({ subtopologyId: string, partitions: array(int32) }))
const heldTasks = array(
  struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs }),
)
const keyValues = array(struct({ key: string, value: string }))
const topics = array(
  struct({
    name: string,
    partitions: int32,
    replicationFactor: int16,
    topicConfigs: keyValues,
  }),
)

export const streamsGroup = {
  metadata: ofGroup(
    17,
    struct({
      epoch: int32,
      metadataHash: int64,
      validatedTopologyEpoch: int32.tagged(0, flexibleSince).default(-1),
      lastAssignmentConfigs: keyValues.nullable().tagged(1, flexibleSince).default(null),
    }),
  ),
  targetMetadata: ofGroup(20, targetMetadata),
  topology: ofGroup(
    23,
    struct({
      epoch: int32,
      subtopologies: array(
        struct({
          subtopologyId: string,
          sourceTopics: array(string),
          sourceTopicRegex: array(string),
          stateChangelogTopics: topics,
          repartitionSinkTopics: array(string),
          repartitionSourceTopics: topics,
          /** By their places in the lists above. */
          copartitionGroups: array(
            struct({
              sourceTopics: array(int16),
              sourceTopicRegex: array(int16),
              repartitionSourceTopics: array(int16),
            }),
          ),
        }),
      ),
    }),
  ),
  member: ofMember(
    19,
    struct({
      instanceId: nullableString,
      rackId: nullableString,
      clientId: string,
      clientHost: string,
      rebalanceTimeoutMs: int32,
      topologyEpoch: int32,
      processId: string,
      userEndpoint: struct({ host: string, port: uint16 }).nullable(),
      clientTags: keyValues,
    }),
  ),
  target: ofMember(21, struct({ activeTasks: tasks, standbyTasks: tasks, warmupTasks: tasks })),
  current: ofMember(
    22,
    struct({
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      activeTasks: heldTasks,
      standbyTasks: heldTasks,
      warmupTasks: heldTasks,
      activeTasksPendingRevocation: heldTasks,
      standbyTasksPendingRevocation: heldTasks,
      warmupTasksPendingRevocation: heldTasks,
    }),
  ),
}

/** A value of null deletes what the key names. */
export function encodeNewerRecord<KeyIn, ValueIn>(
  type: RecordType<KeyIn, ValueIn>,
  key: KeyIn,
  value: ValueIn | null,
): KeyedRecord {
  return encodeRecord(type, version, key, value)
}
