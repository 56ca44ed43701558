import { sameSet } from '../../assignment.ts'
import { assignEvenly } from './uniform-homogeneous.ts'
import { assignBySubscription } from './uniform-heterogeneous.ts'
import type { Assignor } from './assignor.ts'

/**
 * Equally many partitions for every member, give or take one, and under that condition as few moves
 * as possible. Racks count for nothing, as in Kafka 4.3. (Kafka: UniformAssignor)
 */
export const assignUniformly: Assignor = (members, partitionCounts) => {
  const [first, ...others] = members
  if (first === undefined) return new Map()
  const isHomogeneous = others.every(({ topicIds }) => sameSet(topicIds, first.topicIds))
  const assign = isHomogeneous ? assignEvenly : assignBySubscription
  return assign(members, partitionCounts)
}
