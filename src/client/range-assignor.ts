/** Who reads what in a group of the classic protocol (Kafka: RangeAssignor). */

export interface GroupSubscription {
  readonly memberId: string
  readonly topics: readonly string[]
}

export type Assignment = Map<string, number[]>

/**
 * Of each topic, its subscribers get partitions that follow each other, in the order of their ids;
 * the first ones get one more where it does not come out even.
 */
export function rangeAssignments(
  members: readonly GroupSubscription[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, Assignment> {
  const assignments = new Map(
    members.map(({ memberId }): [string, Assignment] => [memberId, new Map()]),
  )
  for (const [topic, count] of partitionCounts) {
    const subscribers = members
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
      .toSorted()
    subscribers.forEach((memberId, i) => {
      const share = Math.floor(count / subscribers.length)
      const extra = count % subscribers.length
      const first = share * i + Math.min(i, extra)
      const own = share + (i < extra ? 1 : 0)
      const partitions = Array.from({ length: own }, (_, nth) => first + nth)
      if (own > 0) assignments.get(memberId)!.set(topic, partitions)
    })
  }
  return assignments
}
