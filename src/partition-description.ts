import type { Partition } from './partitions/partition.ts'
import { noLeader } from './replicas.ts'

/** What clients are told of who serves a partition. Offline, it is led by nobody. */
export function describePartition(
  { index, leader, leaderEpoch, isOffline, row }: Partition,
  nodeIds: readonly number[],
) {
  return {
    partitionIndex: index,
    leaderId: isOffline ? noLeader : leader,
    leaderEpoch,
    replicaNodes: row.replicas,
    isrNodes: isOffline ? [] : row.isr,
    offlineReplicas: isOffline ? row.replicas : row.replicas.filter(id => !nodeIds.includes(id)),
  }
}
