/** Partitions by the id of their topic; no topic is without one. */
export type Assignment = ReadonlyMap<string, ReadonlySet<number>>

export const nothing: Assignment = new Map()

export function sameAssignment(a: Assignment, b: Assignment): boolean {
  if (a.size !== b.size) return false
  return [...a].every(([topicId, partitions]) => {
    const others = b.get(topicId)
    return others !== undefined && sameSet(partitions, others)
  })
}

export function sameSet<Item>(a: ReadonlySet<Item>, b: ReadonlySet<Item>): boolean {
  return a.size === b.size && [...a].every(item => b.has(item))
}

/** In the order of the partitions, as replies list them. */
export function toTopicPartitions(
  assignment: Assignment,
): { topicId: string; partitions: number[] }[] {
  return [...assignment].map(([topicId, partitions]) => {
    return { topicId, partitions: [...partitions].toSorted((a, b) => a - b) }
  })
}
