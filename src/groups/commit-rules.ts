import type { CommittedPartition, OffsetClient } from './group.ts'

/** First version of OffsetCommit whose clients know member epochs (KIP-848). */
const memberEpochsSince = 9

/** Whether a member of a group of the newer types may commit with this version of its API. */
export function knowsEpochs({ transaction }: OffsetClient, version: number): boolean {
  return transaction !== undefined || version >= memberEpochsSince
}

/**
 * Whether a transaction commits without saying for which member, as before KIP-447: then nobody
 * is fenced. That it has no generation either, the caller sees.
 */
export function isNameless({ memberId, groupInstanceId, transaction }: OffsetClient): boolean {
  return transaction !== undefined && memberId === '' && groupInstanceId === null
}

/**
 * Whether a commit counts that a member makes in this epoch. It may be under way while the member
 * learns of a new one: an older epoch counts for what the member has had since (KIP-1251). `since`
 * is the epoch in which it got a partition that it has.
 */
export function isCommitTimely(
  epoch: number,
  memberEpoch: number,
  partitions: readonly CommittedPartition[],
  since: (partition: CommittedPartition) => number | undefined,
): boolean {
  if (epoch >= memberEpoch) return epoch === memberEpoch
  return partitions.every(partition => epoch >= (since(partition) ?? Infinity))
}
