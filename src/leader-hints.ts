/** What a client is told that came to a node which does not lead the partition (KIP-951). */
import { errors } from '../protocol/errors.ts'
import type { Call, Node } from './call.ts'
import type { Partition } from './partitions/partition.ts'

export interface LeaderHint {
  leaderId: number
  leaderEpoch: number
}

export const noHint: LeaderHint = { leaderId: -1, leaderEpoch: -1 }

/** Where the error means that the client knows an old leader. */
export function leaderHint(
  errorCode: number,
  partition: Pick<Partition, 'leader' | 'leaderEpoch'> | undefined,
): LeaderHint {
  const isOutdated =
    errorCode === errors.NOT_LEADER_OR_FOLLOWER || errorCode === errors.FENCED_LEADER_EPOCH
  if (!isOutdated || partition === undefined) return noHint
  return { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch }
}

/** The addresses of the leaders that an answer names, each once. */
export function leaderEndpoints(
  hints: readonly LeaderHint[],
  { nodes }: Pick<Call, 'nodes'>,
): { nodeId: number; host: string; port: number }[] {
  const named = new Set(hints.filter(hint => hint !== noHint).map(hint => hint.leaderId))
  if (named.size === 0) return []
  return nodes()
    .filter(({ id }: Node) => named.has(id))
    .map(({ id, host, port }) => ({ nodeId: id, host, port }))
}
