/** Elections of leaders that a client asks for (KIP-183, KIP-460): pure rules over a row. */
import { KafkaError } from '../protocol/errors.ts'
import { withLeader } from './replicas.ts'
import type { Partition } from './partitions/partition.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'

export type ElectionType = 'preferred' | 'unclean'

/**
 * Of a partition that is offline, no replica may lead. `wasOffline`: until now, so that nobody has
 * led it (Kafka: PartitionChangeBuilder.electLeader).
 */
export function electLeader(
  row: PartitionRow,
  { endOffset, failure }: Pick<Partition, 'endOffset' | 'failure'>,
  type: ElectionType,
  wasOffline: boolean,
): PartitionRow {
  const [preferred] = row.replicas as [number]
  if (failure !== undefined) throw new KafkaError(unavailable[type], failure.message)
  if (!wasOffline && (type === 'unclean' || row.leader === preferred)) {
    throw new KafkaError('ELECTION_NOT_NEEDED', `node ${row.leader} leads the partition already`)
  }
  if (type === 'unclean') return withLeader(row, row.leader, endOffset)
  if (!row.isr.includes(preferred)) {
    const reason = `node ${preferred} does not run, or is not in sync`
    throw new KafkaError(unavailable[type], reason)
  }
  return withLeader(row, preferred, endOffset)
}

const unavailable = {
  preferred: 'PREFERRED_LEADER_NOT_AVAILABLE',
  unclean: 'ELIGIBLE_LEADERS_NOT_AVAILABLE',
} as const
