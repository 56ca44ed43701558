/** From rows of groups to the records that Kafka keeps of them in __consumer_offsets. Pure. */
import { encodeGroupRecord } from '../../protocol/group-records.ts'
import {
  parseOffsetKey,
  type Change,
  type ClassicGroupRow,
  type GroupRow,
  type OffsetRow,
} from '../../storage/metadata-store.ts'

/** One record of the offsets topic; a value of null deletes what the key names. */
export interface OffsetsRecord {
  /** Decides on the partition. */
  groupId: string
  key: Buffer
  value: Buffer | null
}

export type ToldRow = Extract<Change, { kind: 'offset' | 'group' }>

/** Whether Kafka keeps a record of such a row there. */
export function isTold(change: Change): change is ToldRow {
  return change.kind === 'offset' || change.kind === 'group'
}

export function recordOf(row: ToldRow): OffsetsRecord {
  if (row.kind === 'offset') return offsetRecord(row.key, row.value)
  return groupRecord(row.key, row.value)
}

function offsetRecord(rowKey: string, row: OffsetRow | null): OffsetsRecord {
  const [group, topic, partition] = parseOffsetKey(rowKey)
  const value = row && { ...row, expireTimestamp: row.expireTimestamp ?? -1 }
  const encoded = encodeGroupRecord({ kind: 'offset', group, topic, partition, value })
  return { groupId: group, ...encoded }
}

/** Of the newer types' groups, only that there is no classic one of that name (any more). */
function groupRecord(group: string, row: GroupRow | null): OffsetsRecord {
  const value = row?.type === 'classic' ? groupValue(row) : null
  return { groupId: group, ...encodeGroupRecord({ kind: 'group', group, value }) }
}

function groupValue(row: ClassicGroupRow) {
  const { protocolType, generation, protocol, leader, stateTimestamp, members } = row
  return {
    protocolType,
    generation,
    protocol,
    leader,
    currentStateTimestamp: stateTimestamp,
    members: members.map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: subscriptionOf(member.protocols, protocol),
      assignment: Buffer.from(member.assignment, 'base64'),
    })),
  }
}

/** Kafka keeps a member's metadata of the protocol in use only. */
function subscriptionOf(
  protocols: ClassicGroupRow['members'][number]['protocols'],
  inUse: string | null,
): Buffer {
  const protocol = protocols.find(({ name }) => name === inUse)
  return Buffer.from(protocol?.metadata ?? '', 'base64')
}
