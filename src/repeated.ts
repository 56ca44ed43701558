/** The keys that several of the items have: what a request may name only once. */
export function repeatedKeys<T, K>(items: Iterable<T>, keyOf: (item: T) => K): ReadonlySet<K> {
  const seen = new Set<K>()
  const repeated = new Set<K>()
  for (const item of items) {
    const key = keyOf(item)
    if (seen.has(key)) repeated.add(key)
    seen.add(key)
  }
  return repeated
}
