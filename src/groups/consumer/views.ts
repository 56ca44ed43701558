import { namedAssignment } from '../assignment.ts'
import type { MemberView } from '../group.ts'
import type { GroupTopics } from '../step.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { isReconciled, type ConsumerMember } from './member.ts'
import { subscribedNames } from './subscriptions.ts'

export function memberViews(group: ConsumerGroup, topics: GroupTopics): MemberView[] {
  return Array.from(group.members.values(), member => {
    const { memberId, instanceId, clientId, clientHost } = member
    const missing = missingOf(group, member)
    return {
      memberId,
      instanceId,
      clientId,
      clientHost,
      subscribedTopics: [...subscribedNames(group, member)],
      assignment: namedAssignment(member.assigned, topics),
      ...(missing !== undefined && { missing }),
    }
  })
}

function missingOf({ facts }: ConsumerGroup, member: ConsumerMember): string | undefined {
  if (isReconciled(member, facts.assignmentEpoch)) return undefined
  if (member.state === 'unrevoked') return 'has not given up partitions'
  if (member.state === 'unreleased') return 'waits for partitions that others have to give up'
  return 'has not taken up its new assignment'
}
