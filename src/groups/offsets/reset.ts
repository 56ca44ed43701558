import { KafkaError } from '../../../protocol/errors.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import type { Group } from '../group.ts'
import type { Step } from '../step.ts'

export interface NewOffset {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly offset: number
}

const unknownLeaderEpoch = -1

/** See `GroupOffsets.reset`. One that does not exist is created. */
export function resetOffsets(
  group: Group | undefined,
  groupId: string,
  wanted: readonly NewOffset[],
  step: Step,
): void {
  if (group?.type === 'share') throw new KafkaError('GROUP_ID_NOT_FOUND')
  if (group === undefined) step.successor = new ClassicGroup(groupId, step.timestamp)
  for (const { memberId } of group?.memberViews(step.topics) ?? []) {
    group!.evict(memberId, 'kick', step)
  }
  const stamp = { leaderEpoch: unknownLeaderEpoch, metadata: '', commitTimestamp: step.timestamp }
  for (const each of wanted) step.offsets.push({ group: groupId, ...each, ...stamp })
}
