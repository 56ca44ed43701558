import type { ClassicGroupRow, ClassicMemberRow } from '../../../storage/metadata-store.ts'
import { ClassicGroup } from './classic-group.ts'
import { createMember, type Member } from './member.ts'
import { subscribedTopics } from './subscription.ts'

/** The group as it was. Sessions do not run yet. */
export function loadClassicGroup(groupId: string, row: ClassicGroupRow): ClassicGroup {
  const group = new ClassicGroup(groupId, row.stateTimestamp)
  for (const member of row.members) group.add(fromMemberRow(member), row.protocolType)
  group.state = row.members.length === 0 ? 'Empty' : 'Stable'
  group.generationId = row.generation
  group.protocolType = row.protocolType === '' ? null : row.protocolType
  group.protocolName = row.protocol
  group.leaderId = row.leader
  group.subscribedTopics = subscribedTopics(group)
  return group
}

function fromMemberRow({ protocols, assignment, ...facts }: ClassicMemberRow): Member {
  const decoded = protocols.map(({ name, metadata }) => ({
    name,
    metadata: Buffer.from(metadata, 'base64'),
  }))
  return createMember({ ...facts, protocols: decoded }, Buffer.from(assignment, 'base64'))
}
