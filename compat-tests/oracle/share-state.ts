/** The state of share groups, which Kafka keeps in a topic of its own. */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { deleteShareGroupState } from '../../protocol/apis/86-delete-share-group-state.ts'
import { errors } from '../../protocol/errors.ts'
import type { Session, Topic } from './session.ts'

/**
 * Waits for a share coordinator that knows the topic: Kafka makes a topic of its own first. A group
 * that finds no coordinator tries again after 1, 2, 4 and 8 s (Kafka's PersisterStateManager),
 * which is longer than a case waits.
 */
export async function awaitShareState(
  s: Session<never>,
  { id: topicId }: Pick<Topic, 'id'>,
): Promise<void> {
  const groupId = s.name()
  await s.until(async () => {
    const coordinatorKeys = [`${groupId}:${topicId}:0`]
    const { coordinators } = await s.get(findCoordinator, { keyType: 2, coordinatorKeys })
    if (coordinators[0]!.errorCode !== errors.NONE) return false
    const topics = [{ topicId, partitions: [{ partition: 0 }] }]
    const { results } = await s.get(deleteShareGroupState, { groupId, topics })
    return results[0]!.partitions[0]!.errorCode === errors.NONE
  })
}
