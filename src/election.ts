/** Elections of leaders that a client asks for (KIP-183, KIP-460): pure rules over a row. */
import { KafkaError } from '../protocol/errors.ts'
import { withLeader } from './replicas.ts'
import type { Partition } from './partition.ts'
import type { PartitionRow } from '../storage/metadata-store.ts'

export type ElectionType = 'preferred' | 'unclean'

/** Of a partition that is offline, no replica may lead. */
export function electLeader(
  row: PartitionRow,
  { endOffset, isOffline }: Pick<Partition, 'endOffset' | 'isOffline'>,
  type: ElectionType,
): PartitionRow {
  const [preferred] = row.replicas as [number]
  if (!isOffline && (type === 'unclean' || row.leader === preferred)) {
    throw new KafkaError('ELECTION_NOT_NEEDED', `node ${row.leader} leads the partition already`)
  }
  if (type === 'unclean') {
    throw new KafkaError('ELIGIBLE_LEADERS_NOT_AVAILABLE', 'the log of the partition is offline')
  }
  if (isOffline || !row.isr.includes(preferred)) {
    const reason = `node ${preferred} does not run, or is not in sync`
    throw new KafkaError('PREFERRED_LEADER_NOT_AVAILABLE', reason)
  }
  return withLeader(row, preferred, endOffset)
}
