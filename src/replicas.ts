/**
 * Who serves a partition: pure rules over its stored row. All nodes are of one process and share
 * one log, so that a replica is in sync as soon as its node runs.
 */
import { KafkaError } from '../protocol/errors.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'

/** Kafka: OffsetsForLeaderEpochResponse.UNDEFINED_EPOCH. */
const unknownEpoch = -1
/** Kafka: LeaderConstants.NO_LEADER. */
export const noLeader = -1

/**
 * Replicas for `count` partitions: leaders go round the nodes, beginning with the one at `start`,
 * and followers are the nodes after the leader. `factor` is at most the number of nodes.
 */
export function placeReplicas(
  nodeIds: readonly number[],
  { count, factor, start }: { count: number; factor: number; start: number },
): number[][] {
  return Array.from({ length: count }, (_, partition) =>
    Array.from({ length: factor }, (_, i) => nodeIds[(start + partition + i) % nodeIds.length]!),
  )
}

/**
 * Throws INVALID_REPLICA_ASSIGNMENT unless these can be the replicas of a partition: `factor` nodes
 * that there are, each once (Kafka: ReplicationControlManager.validateManualPartitionAssignment).
 */
export function checkReplicas(
  replicas: readonly number[],
  nodeIds: readonly number[],
  factor: number = replicas.length,
): void {
  const refuse = (reason: string): never => {
    throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', reason)
  }
  if (replicas.length === 0) refuse('an assignment has no brokers')
  for (const id of replicas.toSorted((a, b) => a - b)) {
    if (!nodeIds.includes(id)) refuse(`an assignment names broker ${id}; ${brokersText(nodeIds)}`)
    if (replicas.indexOf(id) !== replicas.lastIndexOf(id)) {
      refuse(`an assignment names broker ${id} more than once`)
    }
  }
  if (replicas.length !== factor) {
    refuse(`an assignment names ${replicas.length} brokers; the other partitions have ${factor}`)
  }
}

export function brokersText(nodeIds: readonly number[]): string {
  return nodeIds.length === 1
    ? `there is one broker (${nodeIds[0]})`
    : `there are ${nodeIds.length} brokers (${nodeIds.join(', ')})`
}

/** A new partition, led by its preferred leader, or the next one that runs. */
export function newPartitionRow(
  replicas: readonly number[],
  liveIds: readonly number[] = replicas,
): PartitionRow {
  const live = replicas.filter(id => liveIds.includes(id))
  const isr = live.length > 0 ? live : [...replicas]
  return {
    replicas: [...replicas],
    isr,
    adding: [],
    removing: [],
    leader: isr[0]!,
    epochs: [{ epoch: 0, startOffset: 0 }],
  }
}

export function leaderEpochOf({ epochs }: PartitionRow): number {
  return epochs.at(-1)!.epoch
}

/** The leader epoch under which the record at this offset was, or would be, appended. */
export function epochAt({ epochs }: PartitionRow, offset: number): number {
  return (epochs.findLast(({ startOffset }) => startOffset <= offset) ?? epochs[0]!).epoch
}

/** A new leader epoch, which begins at the log's end (Kafka: LeaderEpochFileCache.assign). */
export function withNewEpoch(row: PartitionRow, endOffset: number): PartitionRow {
  const kept = row.epochs.filter(({ startOffset }) => startOffset < endOffset)
  const epoch = leaderEpochOf(row) + 1
  return { ...row, epochs: [...kept, { epoch, startOffset: endOffset }] }
}

/** The same partition under another leader, or under the same one in a new epoch. */
export function withLeader(row: PartitionRow, leader: number, endOffset: number): PartitionRow {
  return withNewEpoch({ ...row, leader }, endOffset)
}

/**
 * The row for the nodes that there are: those that are gone are in sync with nobody, and lead
 * nothing. A partition of which no replica is left goes to the first node, for its log is here.
 */
export function onNodes(
  row: PartitionRow,
  nodeIds: readonly number[],
  endOffset: number,
): PartitionRow {
  const running = row.replicas.filter(id => nodeIds.includes(id))
  if (running.length === 0) {
    const [id] = nodeIds as [number]
    // What was being reassigned is no more, and must not go on when its nodes are back.
    const moved = { ...row, replicas: [id], isr: [id], adding: [], removing: [] }
    return withLeader(moved, id, endOffset)
  }
  const caughtUp = running.filter(id => !row.adding.includes(id))
  const isr = caughtUp.length > 0 ? caughtUp : running
  if (isr.join() === row.isr.join() && isr.includes(row.leader)) return row
  // Kafka's brokers would come to the preferred leader by and by (auto.leader.rebalance.enable).
  const leader = isr[0]!
  return row.leader === leader ? { ...row, isr } : withLeader({ ...row, isr }, leader, endOffset)
}

/**
 * The row after nodes were stopped or have come back: another node leads in the place of one that
 * is stopped, if it was in sync; those that run are in sync with it. Where nobody is left, the row
 * stays, and nobody leads until one of them is back.
 */
export function onLiveNodes(
  row: PartitionRow,
  liveIds: readonly number[],
  endOffset: number,
): PartitionRow {
  const inSync = row.isr.filter(id => liveIds.includes(id))
  if (inSync.length === 0) return row
  const isr = row.replicas.filter(id => {
    return liveIds.includes(id) && (inSync.includes(id) || !row.adding.includes(id))
  })
  const leader = inSync.includes(row.leader) ? row.leader : inSync[0]!
  if (leader !== row.leader) return withLeader({ ...row, isr }, leader, endOffset)
  return isr.join() === row.isr.join() ? row : { ...row, isr }
}

/** Led by this node, which takes the place of the leader among the replicas if it is none. */
export function movedTo(row: PartitionRow, nodeId: number, endOffset: number): PartitionRow {
  if (row.leader === nodeId) return row
  const replaced = (ids: readonly number[]): number[] =>
    row.replicas.includes(nodeId)
      ? [...new Set([...ids, nodeId])]
      : ids.map(id => (id === row.leader ? nodeId : id))
  const moved = { ...row, replicas: replaced(row.replicas), isr: replaced(row.isr) }
  return withLeader(moved, nodeId, endOffset)
}

/** Without the epochs whose records are gone (Kafka: LeaderEpochFileCache.truncateFromStart). */
export function withoutOldEpochs(row: PartitionRow, startOffset: number): PartitionRow {
  const epochs = epochsSince(row, startOffset)
  return epochs.length === row.epochs.length ? row : { ...row, epochs }
}

function epochsSince({ epochs }: PartitionRow, startOffset: number): PartitionRow['epochs'] {
  return epochs.filter((_, i) => (epochs[i + 1]?.startOffset ?? Infinity) > startOffset)
}

/**
 * The largest leader epoch up to the requested one, and the offset at which the next one begins;
 * undefined for an epoch that is not known (KIP-320, Kafka: LeaderEpochFileCache.endOffsetFor).
 */
export function epochEnd(
  row: PartitionRow,
  requested: number,
  { startOffset, endOffset }: { startOffset: number; endOffset: number },
): { epoch: number; endOffset: number } | undefined {
  const known = epochsSince(row, startOffset)
  if (requested === unknownEpoch) return undefined
  const next = known.findIndex(({ epoch }) => epoch > requested)
  if (next < 0) {
    const isCurrent = known.at(-1)?.epoch === requested
    return isCurrent ? { epoch: requested, endOffset } : undefined
  }
  const end = Math.max(known[next]!.startOffset, startOffset)
  return { epoch: next === 0 ? requested : known[next - 1]!.epoch, endOffset: end }
}
