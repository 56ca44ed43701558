import { errors } from '../../../protocol/errors.ts'
import type { FetchClient, OffsetClient } from '../group.ts'
import type { StreamsGroup } from './streams-group.ts'

/** First version of OffsetCommit whose clients know member epochs (KIP-848). */
const memberEpochsSince = 9

/** Whether this client may ask for offsets (Kafka: StreamsGroup.validateOffsetFetch). */
export function validateFetch(group: StreamsGroup, { memberId, memberEpoch }: FetchClient): number {
  if (memberId === null && memberEpoch < 0) return errors.NONE
  const member = group.members.get(memberId ?? '')
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID
  return memberEpoch === member.memberEpoch ? errors.NONE : errors.STALE_MEMBER_EPOCH
}

/** Whether this client may commit for the group (Kafka: StreamsGroup.validateOffsetCommit). */
export function validateCommit(
  group: StreamsGroup,
  { memberId, generationIdOrMemberEpoch: memberEpoch }: OffsetClient,
  version: number,
): number {
  if (memberEpoch < 0 && group.size === 0) return errors.NONE
  const member = group.members.get(memberId)
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID
  if (version < memberEpochsSince) return errors.UNSUPPORTED_VERSION
  return memberEpoch === member.memberEpoch ? errors.NONE : errors.STALE_MEMBER_EPOCH
}
