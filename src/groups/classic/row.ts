import type { ClassicGroupRow, ClassicMemberRow } from '../../../storage/metadata-store.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { Member } from './member.ts'

/** What of a group survives a restart: its last complete generation, or that it is empty. */
export function toRow(group: ClassicGroup): ClassicGroupRow {
  return {
    type: 'classic',
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: group.protocolName,
    leader: group.leaderId,
    members: [...group.members.values()].map(toMemberRow),
    stateTimestamp: group.stateTimestamp,
  }
}

function toMemberRow(member: Member): ClassicMemberRow {
  const { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs } =
    member
  return {
    memberId,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols: member.protocols.map(({ name, metadata }) => ({
      name,
      metadata: metadata.toString('base64'),
    })),
    assignment: member.assignment.toString('base64'),
  }
}
