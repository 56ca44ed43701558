import { errors } from '../../../protocol/errors.ts'
import { isCommitTimely, isNameless, knowsEpochs } from '../commit-rules.ts'
import type { CommittedPartition, FetchClient, OffsetClient } from '../group.ts'
import type { StreamsMember } from './member.ts'
import type { StreamsGroup } from './streams-group.ts'
import { epochOf } from './tasks.ts'
import { inputTopics } from './topology.ts'

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
  client: OffsetClient,
  version: number,
  partitions: readonly CommittedPartition[],
): number {
  const { memberId, generationIdOrMemberEpoch: memberEpoch } = client
  if (memberEpoch < 0 && group.size === 0) return errors.NONE
  if (memberEpoch === -1 && isNameless(client)) return errors.NONE
  const member = group.members.get(memberId)
  if (member === undefined) return errors.UNKNOWN_MEMBER_ID
  if (!knowsEpochs(client, version)) return errors.UNSUPPORTED_VERSION
  const since = (partition: CommittedPartition): number | undefined =>
    taskSince(group, member, partition)
  const isTimely = isCommitTimely(memberEpoch, member.memberEpoch, partitions, since)
  return isTimely ? errors.NONE : errors.STALE_MEMBER_EPOCH
}

/** The epoch in which the member got the task that reads this partition. */
function taskSince(
  { topology }: StreamsGroup,
  { assigned, revoking }: StreamsMember,
  { topic, partition }: CommittedPartition,
): number | undefined {
  const reading = topology?.subtopologies.find(each => inputTopics(each).includes(topic))
  if (reading === undefined) return undefined
  const { subtopologyId } = reading
  return (
    epochOf(assigned.active, subtopologyId, partition) ??
    epochOf(revoking.active, subtopologyId, partition)
  )
}
