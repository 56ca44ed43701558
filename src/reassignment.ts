/**
 * Reassignments of replicas (KIP-455): pure rules over a partition's row. While one is under way,
 * the row has old and new replicas; the new ones are in sync when it completes. As all nodes share
 * one log there is nothing to copy, so a reassignment completes when its time is over, and at once
 * when it adds no replica (Kafka: ReplicationControlManager, PartitionReassignmentReplicas).
 */
import { KafkaError } from '../protocol/errors.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'
import { withLeader, withNewEpoch } from './replicas.ts'

export function isReassigning({ adding, removing }: PartitionRow): boolean {
  return adding.length > 0 || removing.length > 0
}

/** Replicas that the partition has when nothing more is asked for. */
export function targetReplicas({ replicas, removing }: PartitionRow): number[] {
  return without(replicas, removing)
}

/**
 * `target` are checked replicas. A reassignment that is under way is turned to them as if it had
 * not begun; Kafka 4.3 mixes what both add and remove, and may not come to an end.
 */
export function reassign(
  row: PartitionRow,
  target: readonly number[],
  endOffset: number,
): PartitionRow {
  const removing = without(row.replicas, target).toSorted((a, b) => a - b)
  const adding = target.filter(id => !row.replicas.includes(id) || row.adding.includes(id))
  const replicas = [...target, ...removing]
  const begun = { ...row, replicas, adding: adding.toSorted((a, b) => a - b), removing }
  return adding.length > 0 ? begun : settled(row, begun, endOffset)
}

/** Back to the replicas of before. Throws NO_REASSIGNMENT_IN_PROGRESS. */
export function cancelReassignment(row: PartitionRow, endOffset: number): PartitionRow {
  if (!isReassigning(row)) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS')
  return settled(row, { ...row, removing: row.adding, adding: [] }, endOffset)
}

/** Nothing happens while a node that is to be added does not run. */
export function completeReassignment(
  row: PartitionRow,
  nodeIds: readonly number[],
  endOffset: number,
): PartitionRow {
  if (!isReassigning(row) || row.adding.some(id => !nodeIds.includes(id))) return row
  return settled(row, row, endOffset)
}

/** `underWay` with the replicas that it adds in sync, and without those that it removes. */
function settled(before: PartitionRow, underWay: PartitionRow, endOffset: number): PartitionRow {
  const { removing, adding } = underWay
  const replicas = without(underWay.replicas, removing)
  const isr = without([...underWay.isr, ...adding], removing)
  const row = { ...underWay, replicas, isr, adding: [], removing: [] }
  if (!isr.includes(row.leader)) {
    return withLeader(
      row,
      replicas.find(id => isr.includes(id))!,
      endOffset,
    )
  }
  // Who is no replica any more must notice (Kafka: PartitionChangeBuilder).
  const isSmaller = without(before.replicas, replicas).length > 0
  return isSmaller ? withNewEpoch(row, endOffset) : row
}

function without(ids: readonly number[], others: readonly number[]): number[] {
  return ids.filter(id => !others.includes(id))
}
