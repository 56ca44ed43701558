import { KafkaError } from '../../../protocol/errors.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import type { Step } from '../step.ts'
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

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** Resolves when what has changed is stored. */
  async heartbeat(request: HeartbeatRequest, client: HeartbeatClient): Promise<HeartbeatAnswer> {
    this.#groups.checkOpen()
    checkHeartbeat(request)
    const { groupId, memberEpoch } = request
    return this.#groups.ask(groupId, (found, step) => {
      if (memberEpoch === leaveEpoch) return leave(existing(found, groupId), request, step)
      if (found !== undefined || memberEpoch !== joinEpoch) {
        return heartbeat(existing(found, groupId, 'Share group'), request, client, step)
      }
      return heartbeat(created(groupId, step), request, client, step)
    })
  }

  /** Throws GROUP_ID_NOT_FOUND and INVALID_GROUP_ID. */
  describe(groupId: string): DescribedShareGroup {
    this.#groups.checkOpen()
    if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
    return describe(existing(this.#groups.get(groupId), groupId), this.#groups.topics)
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
