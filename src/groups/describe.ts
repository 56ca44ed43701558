import type { ClassicGroup } from './classic-group.ts'
import { noAssignment } from './member.ts'

export interface DescribedGroup {
  groupState: string
  protocolType: string
  /** The protocol in use; only of a Stable group. */
  protocolData: string
  members: DescribedMember[]
}

interface DescribedMember {
  memberId: string
  groupInstanceId: string | null
  clientId: string
  clientHost: string
  memberMetadata: Buffer
  memberAssignment: Buffer
}

export interface ListedGroup {
  groupId: string
  protocolType: string
  groupState: string
  groupType: string
}

/** Protocol and metadata only in Stable (Kafka: GroupMetadataManager.describeGroups). */
export function describe(group: ClassicGroup): DescribedGroup {
  const isStable = group.state === 'Stable'
  return {
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? group.metadataOf(member) : noAssignment,
      memberAssignment: member.assignment,
    })),
  }
}

export interface GroupFilter {
  /** No entry: all. In any case of letters (KIP-518). */
  states: readonly string[]
  /** No entry: all. In any case of letters (KIP-848). */
  types: readonly string[]
}

export function list(groups: Iterable<ClassicGroup>, filter: GroupFilter): ListedGroup[] {
  const states = new Set(filter.states.map(normalise))
  const types = new Set(filter.types.map(normalise))
  if (types.size > 0 && !types.has('classic')) return []
  return [...groups]
    .filter(group => states.size === 0 || states.has(normalise(group.state)))
    .map(group => ({
      groupId: group.groupId,
      protocolType: group.protocolType ?? '',
      groupState: group.state,
      groupType: 'classic',
    }))
}

function normalise(name: string): string {
  return name.trim().toLowerCase()
}
