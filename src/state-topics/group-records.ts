/** From rows of groups to the records that Kafka keeps of them in __consumer_offsets. Pure. */
import { encodeGroupRecord } from '../../protocol/group-records.ts'
import {
  parseOffsetKey,
  type Change,
  type ClassicGroupRow,
  type GroupRow,
  type OffsetRow,
} from '../../storage/metadata-store.ts'
import { offsetsTopicName } from '../internal-topics.ts'
import type { StateRecord, StateTopicContent } from './state-topic.ts'

/** Of groups, in __consumer_offsets. */
export const groupState: StateTopicContent = {
  name: offsetsTopicName,
  kinds: new Set(['group', 'offset']),
  recordsOf: groupRecords,
}

function groupRecords(row: Change): StateRecord[] {
  if (row.kind === 'offset') return [offsetRecord(row.key, row.value)]
  return row.kind === 'group' ? [groupRecord(row.key, row.value)] : []
}

function offsetRecord(rowKey: string, row: OffsetRow | null): StateRecord {
  const [group, topic, partition] = parseOffsetKey(rowKey)
  const value = row && { ...row, expireTimestamp: row.expireTimestamp ?? -1 }
  const encoded = encodeGroupRecord({ kind: 'offset', group, topic, partition, value })
  return { owner: group, ...encoded }
}

/** Of the newer types' groups, only that there is no classic one of that name (any more). */
function groupRecord(group: string, row: GroupRow | null): StateRecord {
  const value = row?.type === 'classic' ? groupValue(row) : null
  return { owner: group, ...encodeGroupRecord({ kind: 'group', group, value }) }
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
