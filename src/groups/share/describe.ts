import type { GroupTopics } from '../step.ts'
import { toTopicPartitions, type Assignment } from '../assignment.ts'
import type { ShareMember } from './member.ts'
import type { ShareGroup } from './share-group.ts'

export interface DescribedShareGroup {
  groupState: string
  groupEpoch: number
  assignmentEpoch: number
  assignorName: string
  members: DescribedShareMember[]
}

interface DescribedShareMember {
  memberId: string
  rackId: string | null
  memberEpoch: number
  clientId: string
  clientHost: string
  subscribedTopicNames: string[]
  assignment: { topicPartitions: DescribedPartitions[] }
}

interface DescribedPartitions {
  topicId: string
  topicName: string
  partitions: number[]
}

export function describe(group: ShareGroup, topics: GroupTopics): DescribedShareGroup {
  return {
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.facts.assignmentEpoch,
    assignorName: 'simple',
    members: [...group.members.values()].map(member => describeMember(member, topics)),
  }
}

function describeMember(member: ShareMember, topics: GroupTopics): DescribedShareMember {
  return {
    memberId: member.memberId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.topicNames],
    assignment: { topicPartitions: named(member.assigned, topics) },
  }
}

/** Without topics that are gone. */
function named(assigned: Assignment, topics: GroupTopics): DescribedPartitions[] {
  return toTopicPartitions(assigned).flatMap(({ topicId, partitions }) => {
    const topicName = topics.getById(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }]
  })
}
