import type { AssignorMember, Assignor } from './assignor.ts'

/**
 * A contiguous range of each topic for each of its subscribers, the larger ones first. Members that
 * subscribe to the same topics get the same partition numbers of topics with equally many
 * partitions, so that they can join them. (Kafka: RangeAssignor)
 */
export const assignRanges: Assignor = (members, partitionCounts) => {
  const sorted = members.toSorted(byInstance)
  const subscribers = new Map<string, number>()
  for (const { topicIds } of members) {
    for (const topicId of topicIds) subscribers.set(topicId, (subscribers.get(topicId) ?? 0) + 1)
  }
  /** How many subscribers of each topic have had their range. */
  const served = new Map<string, number>()
  const rangeOf = (topicId: string): Set<number> => {
    const index = served.get(topicId) ?? 0
    served.set(topicId, index + 1)
    return range(partitionCounts.get(topicId)!, subscribers.get(topicId)!, index)
  }
  return new Map(
    sorted.map(({ memberId, topicIds }) => {
      const ranges = [...topicIds].map(topicId => [topicId, rangeOf(topicId)] as const)
      return [memberId, new Map(ranges.filter(([, partitions]) => partitions.size > 0))]
    }),
  )
}

/** Of so many partitions, those of subscriber `index` of so many. */
function range(partitions: number, subscribers: number, index: number): Set<number> {
  const least = Math.floor(partitions / subscribers)
  const extra = partitions % subscribers
  const start = index * least + Math.min(index, extra)
  const length = least + (index < extra ? 1 : 0)
  return new Set(Array.from({ length }, (_, offset) => start + offset))
}

/**
 * Static members come first, by their instance ids, and keep their ranges when they come back under
 * another member id; the others follow by member id.
 */
function byInstance(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId)
  if (a.instanceId !== null) return -1
  if (b.instanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
