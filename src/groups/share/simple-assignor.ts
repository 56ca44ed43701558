/**
 * The assignor of share groups, "simple" (KIP-932; Kafka: SimpleAssignor). Members may share a
 * partition: there are as many on each as it takes for every member to have one.
 */
import { sameSet, type Assignment } from '../assignment.ts'

/** A member as the assignor sees it. */
export interface AssignableMember {
  readonly memberId: string
  /** The topics that it is subscribed to, as far as they exist. */
  readonly topicIds: ReadonlySet<string>
  /** What it was to have so far. */
  readonly target: Assignment
}

interface Slot {
  readonly topicId: string
  readonly partition: number
  readonly holders: Set<Holder>
}

interface Holder {
  readonly memberId: string
  readonly slots: Set<Slot>
  /** How many it is to have. */
  readonly quota: number
}

/**
 * Who is to have which of the assignable partitions, by member id. Members keep what they have as
 * far as the shares are even. A partition is without a member only if nobody is subscribed to it.
 */
export function assignSimple(
  members: readonly AssignableMember[],
  assignable: Assignment,
): Map<string, Assignment> {
  const assigned = new Map(
    members.map(({ memberId }) => [memberId, new Map<string, Set<number>>()]),
  )
  for (const [topicIds, subscribed] of byTopics(members)) {
    for (const { memberId, slots } of spread(slotsOf(topicIds, assignable), subscribed)) {
      for (const slot of slots) add(assigned.get(memberId)!, slot)
    }
  }
  return assigned
}

/**
 * What is spread together: all topics, if all members are subscribed to the same ones, so that
 * shares are even over all of them; else each topic by itself.
 */
function byTopics(members: readonly AssignableMember[]): [string[], readonly AssignableMember[]][] {
  const [first, ...others] = members
  if (first === undefined) return []
  if (others.every(({ topicIds }) => sameSet(topicIds, first.topicIds)))
    return [[[...first.topicIds], members]]
  const all = new Set(members.flatMap(({ topicIds }) => [...topicIds]))
  return [...all].map(topicId => [
    [topicId],
    members.filter(({ topicIds }) => topicIds.has(topicId)),
  ])
}

function slotsOf(topicIds: readonly string[], assignable: Assignment): Slot[] {
  return topicIds.flatMap(topicId =>
    [...(assignable.get(topicId) ?? [])].map(partition => {
      return { topicId, partition, holders: new Set<Holder>() }
    }),
  )
}

/** Spreads partitions over members that are all subscribed to all of them. */
function spread(slots: readonly Slot[], members: readonly AssignableMember[]): Holder[] {
  const sharing = slots.length === 0 ? 0 : Math.ceil(members.length / slots.length)
  /** How many the first members have together. */
  const share = (count: number): number =>
    Math.ceil((sharing * slots.length * count) / members.length)
  const holders = members.map(({ memberId, target }, index) => {
    const quota = share(index + 1) - share(index)
    const holder: Holder = { memberId, slots: new Set(), quota }
    for (const slot of slots) {
      const isHeld = target.get(slot.topicId)?.has(slot.partition) === true
      if (isHeld && holder.slots.size < quota && slot.holders.size < sharing) hold(holder, slot)
    }
    return holder
  })
  fill(slots, sharing, holders)
  return holders
}

/** Gives what is free to those who have less than their share, one after the other. */
function fill(slots: readonly Slot[], sharing: number, holders: readonly Holder[]): void {
  const unfilled = holders.filter(holder => holder.slots.size < holder.quota)
  for (const slot of slots) {
    while (slot.holders.size < sharing) {
      const next = unfilled.findIndex(holder => !holder.slots.has(slot))
      if (next === -1) break
      const [holder] = unfilled.splice(next, 1) as [Holder]
      hold(holder, slot)
      if (holder.slots.size < holder.quota) unfilled.push(holder)
    }
  }
}

function hold(holder: Holder, slot: Slot): void {
  holder.slots.add(slot)
  slot.holders.add(holder)
}

function add(assigned: Map<string, Set<number>>, { topicId, partition }: Slot): void {
  const partitions = assigned.get(topicId)
  if (partitions === undefined) assigned.set(topicId, new Set([partition]))
  else partitions.add(partition)
}
