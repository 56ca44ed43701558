import { decodeAssignment } from '../../../protocol/consumer-protocol.ts'
import { WireError } from '../../../protocol/wire.ts'
import type { MemberView } from '../group.ts'
import type { ClassicGroup } from './classic-group.ts'
import { noAssignment, type Member } from './member.ts'
import { topicsIn } from './subscription.ts'

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

/** What members have, as far as they are consumers. */
export function memberViews(group: ClassicGroup): MemberView[] {
  return Array.from(group.members.values(), member => {
    const { memberId, instanceId, clientId, clientHost } = member
    const missing = missingOf(group, member)
    return {
      memberId,
      instanceId,
      clientId,
      clientHost,
      subscribedTopics: topicsIn(group, member.protocols),
      assignment: group.protocolType === 'consumer' ? assignmentOf(member) : {},
      ...(missing !== undefined && { missing }),
    }
  })
}

function assignmentOf({ assignment }: Member): Record<string, number[]> {
  if (assignment.length === 0) return {}
  try {
    const { assignedPartitions } = decodeAssignment(assignment)
    return Object.fromEntries(assignedPartitions.map(each => [each.topic, each.partitions]))
  } catch (error) {
    if (error instanceof WireError) return {}
    throw error
  }
}

function missingOf({ state, leaderId }: ClassicGroup, member: Member): string | undefined {
  if (state === 'PreparingRebalance') {
    return member.waitingJoin === undefined ? 'has not joined again' : undefined
  }
  if (state !== 'CompletingRebalance' || member.waitingSync !== undefined) return undefined
  const isLeader = member.memberId === leaderId
  return isLeader ? 'leads, and has not assigned partitions' : 'has not asked for its assignment'
}
