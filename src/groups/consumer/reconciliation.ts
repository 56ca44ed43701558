import {
  listsAnyOf,
  type Assignment,
  type EpochAssignment,
  type TopicPartitions,
} from '../assignment.ts'
import type { ConsumerMember } from './member.ts'

export interface Reconciliation {
  /** Of the target assignment. */
  readonly targetEpoch: number
  /** Topics that the member subscribes to and that exist. */
  readonly subscribedTopicIds: ReadonlySet<string>
  /** The subscription has changed in this request. */
  readonly subscriptionChanged: boolean
  /** What the member says that it owns; null if it does not say. */
  readonly owned: readonly TopicPartitions[] | null
  /** Whether nobody, or this member, has a partition. */
  isFree(topicId: string, partition: number): boolean
}

/**
 * The next state of a member on the way to its target: first it gives up what is not in the target,
 * then it gets what is free of it, and it waits for the rest. A partition is free only when whoever
 * had it has said that it does not any more, or is gone, so that no partition ever has two owners.
 * (KIP-848; Kafka: CurrentAssignmentBuilder)
 */
export function reconcile(member: ConsumerMember, by: Reconciliation): ConsumerMember {
  const isThere = member.state === 'stable' && member.epoch === by.targetEpoch
  const hasToRevoke = member.state === 'unrevoked' && stillOwns(member.revoking, by.owned)
  if (!isThere && !hasToRevoke) return approach(member, by)
  return by.subscriptionChanged ? withoutUnsubscribed(member, by) : member
}

/** A member that does not say what it owns may own all of it still. */
function stillOwns(partitions: EpochAssignment, owned: Reconciliation['owned']): boolean {
  return owned === null || listsAnyOf(owned, partitions)
}

/** What the member has unsubscribed from goes at once, without waiting for the next target. */
function withoutUnsubscribed(member: ConsumerMember, by: Reconciliation): ConsumerMember {
  const assigned = new Map(member.assigned)
  const revoking = new Map(member.revoking)
  for (const [topicId, partitions] of member.assigned) {
    if (by.subscribedTopicIds.has(topicId)) continue
    assigned.delete(topicId)
    revoking.set(topicId, new Map([...(revoking.get(topicId) ?? []), ...partitions]))
  }
  if (assigned.size === member.assigned.size) return member
  const moved = { ...member, assigned, previousEpoch: member.epoch }
  if (!stillOwns(revoking, by.owned)) return moved
  return { ...moved, state: 'unrevoked', revoking }
}

/** A step towards the target: revocations come first, and only they keep the member's epoch. */
function approach(member: ConsumerMember, by: Reconciliation): ConsumerMember {
  const { kept, revoking, added, isComplete } = compare(member, by)
  if (revoking.size > 0 && stillOwns(revoking, by.owned)) {
    const state = 'unrevoked'
    return { ...member, state, assigned: kept, revoking, previousEpoch: member.epoch }
  }
  return {
    ...member,
    state: isComplete ? 'stable' : 'unreleased',
    epoch: by.targetEpoch,
    previousEpoch: member.epoch,
    assigned: joined(kept, added, by.targetEpoch),
    revoking: new Map(),
  }
}

interface Comparison {
  /** Of the assignment, what is in the target. */
  readonly kept: Map<string, ReadonlyMap<number, number>>
  /** Of the assignment, what is not. */
  readonly revoking: Map<string, ReadonlyMap<number, number>>
  /** Of the target, what is not assigned yet, and free. */
  readonly added: Map<string, ReadonlySet<number>>
  /** Nothing of the target has another owner. */
  isComplete: boolean
}

function compare({ assigned, target }: ConsumerMember, by: Reconciliation): Comparison {
  const result: Comparison = {
    kept: new Map(),
    revoking: new Map(),
    added: new Map(),
    isComplete: true,
  }
  for (const topicId of new Set([...target.keys(), ...assigned.keys()])) {
    // The target may be older than the subscription.
    const wanted = by.subscribedTopicIds.has(topicId) ? target.get(topicId) : undefined
    const has = assigned.get(topicId)
    const kept = new Map([...(has ?? [])].filter(([partition]) => wanted?.has(partition)))
    const revoking = new Map([...(has ?? [])].filter(([partition]) => !kept.has(partition)))
    const missing = [...(wanted ?? [])].filter(partition => !kept.has(partition))
    const free = missing.filter(partition => by.isFree(topicId, partition))
    if (free.length < missing.length) result.isComplete = false
    if (kept.size > 0) result.kept.set(topicId, kept)
    if (revoking.size > 0) result.revoking.set(topicId, revoking)
    if (free.length > 0) result.added.set(topicId, new Set(free))
  }
  return result
}

function joined(kept: EpochAssignment, added: Assignment, epoch: number): EpochAssignment {
  const all = new Map(kept)
  for (const [topicId, partitions] of added) {
    const fresh = [...partitions].map(partition => [partition, epoch] as const)
    all.set(topicId, new Map([...(all.get(topicId) ?? []), ...fresh]))
  }
  return all
}
