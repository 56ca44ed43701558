import type { Partition } from './partitions/partition.ts'
import { noLeader } from './replicas.ts'

/** What clients are told of who serves a partition. Offline or stopped, nobody leads it. */
export function describePartition(
  { index, leader, leaderEpoch, isOffline, row }: Partition,
  liveIds: readonly number[],
) {
  return {
    partitionIndex: index,
    leaderId: isOffline || !liveIds.includes(leader) ? noLeader : leader,
    leaderEpoch,
    replicaNodes: row.replicas,
    isrNodes: isOffline ? [] : row.isr,
    offlineReplicas: isOffline ? row.replicas : row.replicas.filter(id => !liveIds.includes(id)),
  }
}
