import type { Assignment } from '../../assignment.ts'

export interface AssignorMember {
  readonly memberId: string
  /** group.instance.id of a static member, else null. */
  readonly instanceId: string | null
  /** Existing topics only. */
  readonly topicIds: ReadonlySet<string>
  /** What it was to have before. */
  readonly target: Assignment
}

/**
 * Distributes the partitions of all topics among the members that subscribe to them: a target for
 * each member. `partitionCounts` has every topic that anybody subscribes to. The order of the
 * members is meaningful: where it does not matter else, the first ones come first.
 */
export type Assignor = (
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
) => Map<string, Assignment>

/** What a member gets, while it is put together. */
export type Draft = Map<string, Set<number>>

export function give(draft: Draft, topicId: string, partition: number): void {
  const partitions = draft.get(topicId)
  if (partitions === undefined) draft.set(topicId, new Set([partition]))
  else partitions.add(partition)
}

export function take(draft: Draft, topicId: string, partition: number): void {
  const partitions = draft.get(topicId)
  partitions?.delete(partition)
  if (partitions?.size === 0) draft.delete(topicId)
}

export function countOf(assignment: Assignment): number {
  let count = 0
  for (const partitions of assignment.values()) count += partitions.size
  return count
}
