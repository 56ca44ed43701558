/** From rows of groups of the newer types to the records that Kafka keeps of them. Pure. */
import { encodeTombstone, type KeyedRecord } from '../../protocol/keyed-records.ts'
import {
  consumerGroup,
  encodeNewerRecord as encode,
  shareGroup,
  streamsGroup,
} from '../../protocol/newer-group-records.ts'
import type {
  AssignmentRow,
  ClassicGroupRow,
  ConsumerMemberRow,
  EpochAssignmentRow,
  GroupRow,
  HeldTaskIdsRow,
  MemberRow,
  ShareMemberRow,
  StreamsMemberRow,
} from '../../storage/metadata-store.ts'

/** Kafka's numbers of the states of a member (MemberState, of each type its own). */
const consumerStates = { stable: 0, unrevoked: 1, unreleased: 2 }
const streamsStates = { stable: 1, unrevoked: 2, unreleased: 3 }
/** Members of share groups have what they are to have. */
const shareState = consumerStates.stable

export function groupRecords(
  groupId: string,
  row: Exclude<GroupRow, ClassicGroupRow>,
): KeyedRecord[] {
  const key = { groupId }
  const { epoch, assignmentEpoch, assignmentTimestamp } = row
  const metadata = { epoch, metadataHash: hashOf(row.topicsHash) }
  const target = { assignmentEpoch, assignmentTimestamp }
  if (row.type !== 'streams') {
    const types = row.type === 'share' ? shareGroup : consumerGroup
    return [encode(types.metadata, key, metadata), encode(types.targetMetadata, key, target)]
  }
  const { validatedTopologyEpoch, standbyReplicas } = row
  const lastAssignmentConfigs = [{ key: 'num.standby.replicas', value: String(standbyReplicas) }]
  const described = { ...metadata, validatedTopologyEpoch, lastAssignmentConfigs }
  return [
    encode(streamsGroup.metadata, key, described),
    encode(streamsGroup.targetMetadata, key, target),
    encode(streamsGroup.topology, key, row.topology),
  ]
}

/** Whatever type the group was of. */
export function groupTombstones(groupId: string): KeyedRecord[] {
  return [consumerGroup, shareGroup, streamsGroup].flatMap(types => {
    const { metadata, targetMetadata } = types
    const all = [metadata, targetMetadata, ...('topology' in types ? [types.topology] : [])]
    return all.map(type => encodeTombstone(type, { groupId }))
  })
}

export function memberRecords(groupId: string, memberId: string, row: MemberRow): KeyedRecord[] {
  const key = { groupId, memberId }
  if (isOfStreams(row)) return streamsRecords(key, row)
  return isOfConsumers(row) ? consumerRecords(key, row) : shareRecords(key, row as ShareMemberRow)
}

export function memberTombstones(groupId: string, memberId: string): KeyedRecord[] {
  return [consumerGroup, shareGroup, streamsGroup].flatMap(({ member, target, current }) =>
    [member, target, current].map(type => encodeTombstone(type, { groupId, memberId })),
  )
}

interface MemberKey {
  groupId: string
  memberId: string
}

function consumerRecords(key: MemberKey, row: ConsumerMemberRow): KeyedRecord[] {
  const { memberEpoch, previousMemberEpoch, classic } = row
  return [
    encode(consumerGroup.member, key, {
      ...row,
      subscribedTopicNames: row.topicNames.toSorted(),
      subscribedTopicRegex: row.topicRegex,
      classicMemberMetadata: classic && {
        sessionTimeoutMs: classic.sessionTimeoutMs,
        supportedProtocols: classic.protocols.map(({ name, metadata }) => {
          return { name, metadata: Buffer.from(metadata, 'base64') }
        }),
      },
    }),
    encode(consumerGroup.target, key, { topicPartitions: partitionsOf(row.target) }),
    encode(consumerGroup.current, key, {
      memberEpoch,
      previousMemberEpoch,
      state: consumerStates[row.state],
      assignedPartitions: heldPartitions(row.assigned),
      partitionsPendingRevocation: heldPartitions(row.revoking),
    }),
  ]
}

function shareRecords(key: MemberKey, row: ShareMemberRow): KeyedRecord[] {
  const { memberEpoch, previousMemberEpoch, topicNames } = row
  return [
    encode(shareGroup.member, key, { ...row, subscribedTopicNames: topicNames.toSorted() }),
    encode(shareGroup.target, key, { topicPartitions: partitionsOf(row.target) }),
    encode(shareGroup.current, key, {
      memberEpoch,
      previousMemberEpoch,
      state: shareState,
      assignedPartitions: partitionsOf(row.assigned),
    }),
  ]
}

function streamsRecords(key: MemberKey, row: StreamsMemberRow): KeyedRecord[] {
  const { memberEpoch, previousMemberEpoch, assigned, revoking, target } = row
  const tags = Object.entries(row.clientTags).map(([name, value]) => ({ key: name, value }))
  return [
    encode(streamsGroup.member, key, { ...row, clientTags: tags }),
    encode(streamsGroup.target, key, {
      activeTasks: target.active,
      standbyTasks: target.standby,
      warmupTasks: target.warmup,
    }),
    encode(streamsGroup.current, key, {
      memberEpoch,
      previousMemberEpoch,
      state: streamsStates[row.state],
      activeTasks: heldTasks(assigned.active),
      standbyTasks: tasks(assigned.standby),
      warmupTasks: tasks(assigned.warmup),
      activeTasksPendingRevocation: heldTasks(revoking.active),
      standbyTasksPendingRevocation: tasks(revoking.standby),
      warmupTasksPendingRevocation: tasks(revoking.warmup),
    }),
  ]
}

function isOfStreams(row: MemberRow): row is StreamsMemberRow {
  return 'processId' in row
}

function isOfConsumers(row: MemberRow): row is ConsumerMemberRow {
  return 'topicRegex' in row
}

/** Kafka has 64 bits that change when the topics do; these are 48 of ours that do, too. */
function hashOf(topicsHash: string): number {
  return topicsHash === '' ? 0 : Buffer.from(topicsHash, 'base64url').readUIntBE(0, 6)
}

function partitionsOf(assignment: AssignmentRow) {
  return Object.entries(assignment).map(([topicId, partitions]) => ({ topicId, partitions }))
}

function heldPartitions(assignment: EpochAssignmentRow) {
  return Object.entries(assignment).map(([topicId, held]) => ({
    topicId,
    partitions: held.map(([partition]) => partition),
    assignmentEpochs: held.map(([, epoch]) => epoch),
  }))
}

/** Only of active tasks does Kafka keep since when a member has them: those commit. */
function heldTasks(held: readonly HeldTaskIdsRow[]) {
  return held.map(({ epochs, ...rest }) => ({ ...rest, assignmentEpochs: epochs }))
}

function tasks(held: readonly HeldTaskIdsRow[]) {
  return held.map(({ subtopologyId, partitions }) => {
    return { subtopologyId, partitions, assignmentEpochs: null }
  })
}
