import type { OffsetRow } from '../../../storage/metadata-store.ts'
import type { Group } from '../group.ts'
import type { Step } from '../step.ts'
import type { Offsets } from './committed.ts'

/**
 * Forgets offsets that nobody has used for offsets.retention.minutes, and an empty group that has
 * none left; a share group stays until it is deleted, and open transactions keep what they would
 * commit. (KIP-211; Kafka: OffsetMetadataManager.cleanupExpiredOffsets, GroupCoordinatorShard
 * .cleanupGroupMetadata)
 */
export function expireOffsets(group: Group, offsets: Offsets, step: Step): void {
  const { pending } = offsets
  const rows = offsets.of(group.groupId).flat()
  const expired = rows.filter(row => isExpired(group, row, step) && !pending.isUnstable(row))
  step.forgottenOffsets.push(...expired)
  const isEmpty = expired.length === rows.length && !pending.has(group.groupId)
  const isUnused = group.state === 'Empty' && isEmpty
  if (isUnused && group.type !== 'share') step.successor = null
}

function isExpired(group: Group, row: OffsetRow, { timestamp, config }: Step): boolean {
  if (group.subscribesTo(row.topic)) return false
  const sinceMs = group.unusedSince(row)
  if (sinceMs === undefined) return false
  if (row.expireTimestamp !== undefined) return timestamp >= row.expireTimestamp
  return timestamp - sinceMs >= config.offsetsRetentionMinutes * 60_000
}
