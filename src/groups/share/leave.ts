import type { GroupEvent } from '../history.ts'
import type { Step } from '../step.ts'
import { topicsHash } from '../topics-hash.ts'
import type { ShareGroup } from './share-group.ts'

/** Removes a member; what it had is spread over the others by the next target assignment. */
export function fence(group: ShareGroup, memberId: string, event: GroupEvent, step: Step): void {
  const member = group.members.get(memberId)
  if (member !== undefined) step.tell({ ...event, member })
  group.remove(memberId, step)
  const hash = topicsHash(group.topicNames(), step.topics)
  group.change({ epoch: group.epoch + 1, topicsHash: hash }, step)
}
