import { KafkaError } from '../../../protocol/errors.ts'
import { changeText, type GroupEvent } from '../history.ts'
import type { Step } from '../step.ts'
import { sameSet } from '../assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import {
  joinEpoch,
  newMember,
  noDeadlines,
  subscribesAlike,
  type ConsumerMember,
} from './member.ts'

/** group.consumer.max.size. */
export function checkRoom(group: ConsumerGroup, memberId: string, { config }: Step): void {
  const { groupConsumerMaxSize: maxSize } = config
  if (group.size < maxSize || group.members.has(memberId)) return
  throw new KafkaError('GROUP_MAX_SIZE_REACHED', `group ${group.groupId} has ${maxSize} members`)
}

export function memberOrNew(group: ConsumerGroup, memberId: string): ConsumerMember {
  return group.members.get(memberId) ?? newMember(memberId)
}

/** Throws UNKNOWN_MEMBER_ID. */
export function knownMember(group: ConsumerGroup, memberId: string): ConsumerMember {
  const member = group.members.get(memberId)
  if (member !== undefined) return member
  throw new KafkaError(
    'UNKNOWN_MEMBER_ID',
    `Member ${memberId} is not a member of group ${group.groupId}.`,
  )
}

/** Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
export function checkStatic(
  known: ConsumerMember | undefined,
  { memberId, instanceId }: { memberId: string; instanceId: string | null },
): ConsumerMember {
  if (known === undefined) {
    throw new KafkaError('UNKNOWN_MEMBER_ID', `instance ${instanceId} is unknown`)
  }
  if (known.memberId === memberId) return known
  throw new KafkaError(
    'FENCED_INSTANCE_ID',
    `instance ${instanceId} belongs to member ${known.memberId}, not to ${memberId}`,
  )
}

/** The same static member under a new id. */
export function replacing(known: ConsumerMember, memberId: string): ConsumerMember {
  const deadlines = noDeadlines()
  return { ...known, memberId, epoch: joinEpoch, previousEpoch: joinEpoch, deadlines }
}

/** Takes the member, new or changed, and takes away whom it replaces as a static member. */
export function admit(
  group: ConsumerGroup,
  former: ConsumerMember,
  member: ConsumerMember,
  step: Step,
  reason?: string | null,
): void {
  const replaced = member.instanceId === null ? undefined : group.staticMember(member.instanceId)
  if (replaced !== undefined && replaced.memberId !== member.memberId) {
    group.remove(replaced.memberId, step)
  }
  const isKnown = group.members.get(member.memberId) === former
  const event = eventOf(isKnown ? former : undefined, member, replaced)
  if (event !== undefined) step.tell({ ...event, member, reason })
  if (!isKnown || !sameFacts(former, member)) group.put(member, step)
}

/** Why the group rebalances because of this member, if it does. */
function eventOf(
  former: ConsumerMember | undefined,
  member: ConsumerMember,
  replaced: ConsumerMember | undefined,
): GroupEvent | undefined {
  if (former === undefined) {
    if (replaced === undefined) return { cause: 'join' }
    return { cause: 'static-replacement', detail: replaced.memberId }
  }
  if (!subscribesAlike(former, member)) {
    const detail = changeText(subscriptionOf(former), subscriptionOf(member))
    return { cause: 'subscription', detail }
  }
  if (former.serverAssignor === member.serverAssignor) return undefined
  const [before, after] = [former, member].map(({ serverAssignor }) => serverAssignor ?? 'default')
  return { cause: 'assignor', detail: changeText([before!], [after!]) }
}

function subscriptionOf({ topicNames, topicRegex }: ConsumerMember): string[] {
  return topicRegex === '' ? [...topicNames] : [...topicNames, `/${topicRegex}/`]
}

/** In what the member says of itself. */
function sameFacts(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.topicRegex === b.topicRegex &&
    a.serverAssignor === b.serverAssignor &&
    a.classic === b.classic &&
    sameSet(a.topicNames, b.topicNames)
  )
}
