import type { GroupEvent } from '../history.ts'
import type { Step } from '../step.ts'
import { nothing, type EpochAssignment } from '../assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { downgrade, mayDowngrade } from './downgrade.ts'
import { checkStatic, knownMember } from './membership.ts'
import type { HeartbeatAnswer, HeartbeatRequest } from './heartbeat-request.ts'
import { leaveStaticEpoch, type ConsumerMember } from './member.ts'
import { hashOf } from './subscriptions.ts'

/** A ConsumerGroupHeartbeat with epoch -1 or -2. Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
export function leave(
  group: ConsumerGroup,
  request: HeartbeatRequest,
  step: Step,
): HeartbeatAnswer {
  const { memberId, memberEpoch, instanceId } = request
  const member =
    instanceId === null
      ? knownMember(group, memberId)
      : checkStatic(group.staticMember(instanceId), request)
  // Without an instance id, -2 is refused before.
  if (memberEpoch === leaveStaticEpoch) leaveForAMoment(group, member, step)
  else removeMembers(group, [{ cause: 'leave', member }], step)
  return { errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs: 0 }
}

/**
 * A static member stops and will be back: it keeps its partitions until its session ends, and
 * whoever comes next under its instance id takes them over.
 */
function leaveForAMoment(group: ConsumerGroup, member: ConsumerMember, step: Step): void {
  const assigned = fromEpochZero(member.assigned)
  group.put({ ...member, epoch: leaveStaticEpoch, assigned, revoking: nothing }, step)
}

/** Commits of the one that takes over are good from its first epoch on. */
function fromEpochZero(assigned: EpochAssignment): EpochAssignment {
  return new Map(
    [...assigned].map(([topicId, partitions]) => {
      return [topicId, new Map([...partitions.keys()].map(partition => [partition, 0]))]
    }),
  )
}

/** Who is removed, and why. */
export type Removal = GroupEvent & { readonly member: ConsumerMember }

/**
 * Who has left or is given up. The next heartbeat of anybody makes the new target assignment; if
 * nobody is left who speaks the consumer protocol, the group becomes a classic one.
 */
export function removeMembers(
  group: ConsumerGroup,
  removals: readonly Removal[],
  step: Step,
): void {
  if (removals.length === 0) return
  for (const removal of removals) {
    step.tell(removal)
    group.remove(removal.member.memberId, step)
  }
  if (mayDowngrade([...group.members.values()], step)) return downgrade(group, true, step)
  const topicsHash = hashOf(group, step.topics)
  group.change({ epoch: group.epoch + 1, topicsHash }, step)
}
