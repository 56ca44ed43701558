import { KafkaError } from '../../../protocol/errors.ts'
import { unknownStartOffset, type ShareStates } from '../../share-partitions/share-states.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import type { Step } from '../step.ts'
import {
  alterOffsets,
  checkEmpty,
  deleteOffsets,
  type AlteredTopic,
  type DeletedTopic,
  type NewOffsets,
} from './change-offsets.ts'
import { describe, type DescribedShareGroup } from './describe.ts'
import {
  checkHeartbeat,
  heartbeat,
  leave,
  type HeartbeatAnswer,
  type HeartbeatClient,
  type HeartbeatRequest,
} from './heartbeat.ts'
import { joinEpoch, leaveEpoch } from './member.ts'
import { ShareGroup } from './share-group.ts'

/** Requests to share groups (KIP-932), to the groups that they name. */
export class ShareProtocol {
  readonly #groups: Groups
  readonly #states: ShareStates

  constructor(groups: Groups, states: ShareStates) {
    this.#groups = groups
    this.#states = states
  }

  /** Resolves when what has changed is stored. */
  async heartbeat(request: HeartbeatRequest, client: HeartbeatClient): Promise<HeartbeatAnswer> {
    this.#groups.checkOpen()
    checkHeartbeat(request)
    const { groupId, memberEpoch } = request
    return this.#groups.ask(groupId, (found, step) => {
      if (memberEpoch === leaveEpoch) return leave(existing(found, groupId), request, step)
      const isNew = found === undefined && memberEpoch === joinEpoch
      const group = isNew ? created(groupId, step) : existing(found, groupId, 'Share group')
      const { assignmentEpoch } = group.facts
      const answer = heartbeat(group, request, client, step)
      if (group.facts.assignmentEpoch !== assignmentEpoch) this.#begin(group)
      return answer
    })
  }

  /** Throws GROUP_ID_NOT_FOUND and INVALID_GROUP_ID. */
  describe(groupId: string): DescribedShareGroup {
    this.#check(groupId)
    return describe(existing(this.#groups.get(groupId), groupId), this.#groups.topics)
  }

  /** Throws INVALID_GROUP_ID, GROUP_ID_NOT_FOUND for one of another type, NON_EMPTY_GROUP. */
  async alterOffsets(groupId: string, topics: readonly NewOffsets[]): Promise<AlteredTopic[]> {
    this.#check(groupId)
    const { altered } = await this.#groups.ask(groupId, (found, step) => {
      const group = found === undefined ? new ShareGroup(groupId) : existing(found, groupId)
      checkEmpty(group)
      if (found === undefined && topics.some(({ topicName }) => step.topics.get(topicName))) {
        step.successor = group
        group.change({}, step)
      }
      return { altered: alterOffsets(group, topics, this.#states, step) }
    })
    return altered
  }

  /** Throws INVALID_GROUP_ID, GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  async deleteOffsets(groupId: string, topicNames: readonly string[]): Promise<DeletedTopic[]> {
    this.#check(groupId)
    const { deleted } = await this.#groups.ask(groupId, (found, step) => {
      const group = existing(found, groupId)
      checkEmpty(group)
      return { deleted: deleteOffsets(group, topicNames, this.#states, step) }
    })
    return deleted
  }

  /**
   * Partitions that a member is assigned have a state, which is stored before anybody hears of the
   * assignment: its commit is the earlier one. Where it fails, so does that of the group.
   */
  #begin({ groupId, epoch, members }: ShareGroup): void {
    for (const { target } of members.values()) {
      for (const [topicId, partitions] of target) {
        for (const partition of partitions) {
          const key = { groupId, topicId, partition }
          if (this.#states.get(key) !== undefined) continue
          this.#states.initialize(key, epoch, unknownStartOffset).catch(() => {})
        }
      }
    }
  }

  #check(groupId: string): void {
    this.#groups.checkOpen()
    if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
  }
}

function existing(group: Group | undefined, groupId: string, what = 'Group'): ShareGroup {
  if (group instanceof ShareGroup) return group
  const detail =
    group === undefined ? `${what} ${groupId} not found.` : `Group ${groupId} is not a share group.`
  throw new KafkaError('GROUP_ID_NOT_FOUND', detail)
}

function created(groupId: string, step: Step): ShareGroup {
  const group = new ShareGroup(groupId)
  step.successor = group
  return group
}
