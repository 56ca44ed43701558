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
