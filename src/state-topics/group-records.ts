/** From rows of groups to the records that Kafka keeps of them in __consumer_offsets. Pure. */
import { encodeGroupRecord } from '../../protocol/group-records.ts'
import type { KeyedRecord } from '../../protocol/keyed-records.ts'
import {
  parseMemberKey,
  parseOffsetKey,
  type Change,
  type ClassicGroupRow,
  type GroupRow,
  type OffsetRow,
} from '../../storage/metadata-store.ts'
import { offsetsTopicName } from '../internal-topics.ts'
import {
  groupRecords,
  groupTombstones,
  memberRecords,
  memberTombstones,
} from './newer-group-records.ts'
import type { StateRecord, StateTopicContent } from './state-topic.ts'

/** Of groups, in __consumer_offsets. */
export const groupState: StateTopicContent = {
  name: offsetsTopicName,
  kinds: new Set(['group', 'groupMember', 'offset']),
  recordsOf,
}

function recordsOf(row: Change): StateRecord[] {
  switch (row.kind) {
    case 'offset': {
      const [group] = parseOffsetKey(row.key)
      return [{ owner: group, ...offsetRecord(row.key, row.value) }]
    }
    case 'group':
      return ofGroup(row.key, row.value).map(record => ({ owner: row.key, ...record }))
    case 'groupMember': {
      const [group, memberId] = parseMemberKey(row.key)
      const records =
        row.value === null
          ? memberTombstones(group, memberId)
          : memberRecords(group, memberId, row.value)
      return records.map(record => ({ owner: group, ...record }))
    }
    default:
      return []
  }
}

function offsetRecord(rowKey: string, row: OffsetRow | null): KeyedRecord {
  const [group, topic, partition] = parseOffsetKey(rowKey)
  const value = row && { ...row, expireTimestamp: row.expireTimestamp ?? -1 }
  return encodeGroupRecord({ kind: 'offset', group, topic, partition, value })
}

/** What is gone may have been of any type. */
function ofGroup(group: string, row: GroupRow | null): KeyedRecord[] {
  if (row !== null && row.type !== 'classic') return groupRecords(group, row)
  const classic = encodeGroupRecord({ kind: 'group', group, value: row && groupValue(row) })
  return row === null ? [classic, ...groupTombstones(group)] : [classic]
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
