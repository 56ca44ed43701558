import { namedAssignment } from '../assignment.ts'
import type { MemberView } from '../group.ts'
import type { GroupTopics } from '../step.ts'
import type { ShareGroup } from './share-group.ts'

export function memberViews(group: ShareGroup, topics: GroupTopics): MemberView[] {
  const { assignmentEpoch } = group.facts
  return Array.from(group.members.values(), member => {
    const { memberId, clientId, clientHost, topicNames, assigned, epoch } = member
    const isCurrent = epoch === assignmentEpoch && assignmentEpoch === group.epoch
    return {
      memberId,
      instanceId: null,
      clientId,
      clientHost,
      subscribedTopics: [...topicNames],
      assignment: namedAssignment(assigned, topics),
      ...(!isCurrent && { missing: 'has not taken up its new assignment' }),
    }
  })
}
