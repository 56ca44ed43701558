import type { Step } from '../step.ts'
import { sameAssignment, sameEpochs } from '../assignment.ts'
import type { Assignor } from './assignors/assignor.ts'
import { assignRanges } from './assignors/range.ts'
import { assignUniformly } from './assignors/uniform.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { limitRevocation } from './deadlines.ts'
import { isReconciled, type ConsumerMember } from './member.ts'
import { reconcile, type Reconciliation } from './reconciliation.ts'
import { subscribedTopics } from './subscriptions.ts'

const assignors: Readonly<Record<string, Assignor>> = {
  uniform: assignUniformly,
  range: assignRanges,
}

/**
 * Makes the target assignment for the present epoch of the group, unless there is one, or the last
 * one is too young. (Kafka: GroupMetadataManager.maybeUpdateTargetAssignment)
 */
export function updateTarget(group: ConsumerGroup, step: Step): void {
  const { epoch, assignmentEpoch } = group.facts
  if (assignmentEpoch >= epoch || !isIntervalOver(group, step)) return
  const partitionCounts = new Map<string, number>()
  const members = Array.from(group.members.values(), member => {
    const topicIds = new Set<string>()
    for (const { id, partitions } of subscribedTopics(group, member, step.topics)) {
      topicIds.add(id)
      partitionCounts.set(id, partitions.length)
    }
    return { ...member, topicIds }
  })
  const targets = assignors[assignorOf(group, step)]!(members, partitionCounts)
  for (const [memberId, target] of targets) {
    const member = group.members.get(memberId)!
    if (!sameAssignment(member.target, target)) group.put({ ...member, target }, step)
  }
  group.change({ assignmentEpoch: epoch, assignmentTimestamp: step.timestamp }, step)
}

function isIntervalOver({ facts }: ConsumerGroup, step: Step): boolean {
  const { assignmentTimestamp } = facts
  const { consumerAssignmentIntervalMs: intervalMs } = step.groupConfig()
  // Without an interval no clock that was set back can hold up assignments.
  if (assignmentTimestamp === 0 || intervalMs === 0) return true
  return step.timestamp >= assignmentTimestamp + intervalMs
}

/** The one that most members prefer; without any such member, the broker's first. */
export function assignorOf(group: ConsumerGroup, { config }: Pick<Step, 'config'>): string {
  const supported = config.groupConsumerAssignors
  const votes = new Map<string, number>()
  for (const { serverAssignor } of group.members.values()) {
    if (serverAssignor === null || !supported.includes(serverAssignor)) continue
    votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  }
  const [first] = [...votes].toSorted(([, a], [, b]) => b - a)
  return first?.[0] ?? supported[0]!
}

/** Lets the member take the next step towards its target; returns what has become of it. */
export function reconcileMember(
  group: ConsumerGroup,
  memberId: string,
  by: Pick<Reconciliation, 'subscriptionChanged' | 'owned'>,
  step: Step,
): ConsumerMember {
  const member = group.members.get(memberId)!
  const targetEpoch = group.facts.assignmentEpoch
  if (!by.subscriptionChanged && isReconciled(member, targetEpoch)) return member
  const topics = subscribedTopics(group, member, step.topics)
  const reconciled = reconcile(member, {
    ...by,
    targetEpoch,
    subscribedTopicIds: new Set(topics.map(({ id }) => id)),
    isFree: (topicId, partition) => group.isFreeFor(memberId, topicId, partition),
  })
  if (isSamePosition(member, reconciled)) return member
  group.put(reconciled, step)
  limitRevocation(group, reconciled, step)
  return reconciled
}

function isSamePosition(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.epoch === b.epoch &&
    a.previousEpoch === b.previousEpoch &&
    a.state === b.state &&
    sameEpochs(a.assigned, b.assigned) &&
    sameEpochs(a.revoking, b.revoking)
  )
}
