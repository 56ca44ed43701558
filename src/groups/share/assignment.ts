/** Partitions by the id of their topic; no topic is without one. */
export type Assignment = ReadonlyMap<string, ReadonlySet<number>>

export const noPartitions: Assignment = new Map()

export function equalAssignments(a: Assignment, b: Assignment): boolean {
  if (a.size !== b.size) return false
  return [...a].every(([topicId, partitions]) => {
    const others = b.get(topicId)
    return others !== undefined && equalSets(partitions, others)
  })
}

export function equalSets<Item>(a: ReadonlySet<Item>, b: ReadonlySet<Item>): boolean {
  return a.size === b.size && [...a].every(item => b.has(item))
}
