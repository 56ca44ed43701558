import type { GroupMemberRow, GroupRow } from '../../storage/metadata-store.ts'
import { ClassicGroup } from './classic-group.ts'
import { createMember, type Member } from './member.ts'

/** What of a group survives a restart: its last complete generation, or that it is empty. */
export function toRow(group: ClassicGroup): GroupRow {
  return {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: group.protocolName,
    leader: group.leaderId,
    members: [...group.members.values()].map(toMemberRow),
    stateTimestamp: group.stateTimestamp,
  }
}

function toMemberRow(member: Member): GroupMemberRow {
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

/** The group as it was. Sessions do not run yet. */
export function fromRow(groupId: string, row: GroupRow): ClassicGroup {
  const group = new ClassicGroup(groupId, row.stateTimestamp)
  for (const member of row.members) group.add(fromMemberRow(member), row.protocolType)
  group.state = row.members.length === 0 ? 'Empty' : 'Stable'
  group.generationId = row.generation
  group.protocolType = row.protocolType === '' ? null : row.protocolType
  group.protocolName = row.protocol
  group.leaderId = row.leader
  return group
}

function fromMemberRow({ protocols, assignment, ...facts }: GroupMemberRow): Member {
  const decoded = protocols.map(({ name, metadata }) => ({
    name,
    metadata: Buffer.from(metadata, 'base64'),
  }))
  return createMember({ ...facts, protocols: decoded }, Buffer.from(assignment, 'base64'))
}
