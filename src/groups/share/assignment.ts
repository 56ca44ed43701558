/** Partitions by the id of their topic; no topic is without one. */
export type Assignment = ReadonlyMap<string, ReadonlySet<number>>

export function equalSets<Item>(a: ReadonlySet<Item>, b: ReadonlySet<Item>): boolean {
  return a.size === b.size && [...a].every(item => b.has(item))
}
