import type { OffsetRow } from '../../../storage/metadata-store.ts'
import type { Group } from '../group.ts'
import type { Step } from '../step.ts'

/**
 * Forgets offsets that nobody has used for offsets.retention.minutes, and an empty group that has
 * none left; a share group stays until it is deleted. (KIP-211; Kafka: OffsetMetadataManager
 * .cleanupExpiredOffsets, GroupCoordinatorShard.cleanupGroupMetadata)
 */
export function expireOffsets(group: Group, offsets: readonly OffsetRow[], step: Step): void {
  const expired = offsets.filter(row => isExpired(group, row, step))
  step.forgottenOffsets.push(...expired)
  const isUnused = group.state === 'Empty' && expired.length === offsets.length
  if (isUnused && group.type !== 'share') step.successor = null
}

function isExpired(group: Group, row: OffsetRow, { timestamp, config }: Step): boolean {
  if (group.subscribesTo(row.topic)) return false
  const sinceMs = group.unusedSince(row)
  if (sinceMs === undefined) return false
  if (row.expireTimestamp !== undefined) return timestamp >= row.expireTimestamp
  return timestamp - sinceMs >= config.offsetsRetentionMinutes * 60_000
}
