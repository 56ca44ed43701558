/** To which partition a record goes that does not say it, as Kafka's clients choose by default. */

/** The partition of a key, as Kafka's clients find it (BuiltInPartitioner.partitionForKey). */
export function partitionForKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

/**
 * The partition for records without a key: all of one call go to the same one, so that they stay in
 * order, and the next call goes on with another (KIP-480: sticky). The one with the fewest records
 * is next, so that nothing has to be remembered.
 */
export function partitionWithoutKey(partitions: readonly { readonly endOffset: number }[]): number {
  let least = 0
  partitions.forEach(({ endOffset }, index) => {
    if (endOffset < partitions[least]!.endOffset) least = index
  })
  return least
}

const seed = 0x9747b28c
const multiplier = 0x5bd1e995

/** MurmurHash2 of 32 bits, with the seed of Kafka's Utils.murmur2. */
function murmur2(data: Buffer): number {
  const { length } = data
  let hash = seed ^ length
  const end = length & ~3
  for (let at = 0; at < end; at += 4) {
    let word = Math.imul(data.readInt32LE(at), multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  if (end < length) {
    for (let at = length - 1; at >= end; at--) hash ^= data[at]! << ((at - end) * 8)
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
