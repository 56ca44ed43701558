import { KafkaError } from '../../../protocol/errors.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import type { Step } from '../step.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { describe } from './describe.ts'
import { checkHeartbeat, type HeartbeatAnswer, type HeartbeatRequest } from './heartbeat-request.ts'
import { heartbeat, type HeartbeatClient } from './heartbeat.ts'
import { leave } from './leave.ts'
import { joinEpoch } from './member.ts'
import { replaceClassic, upgraded } from './upgrade.ts'

/** Requests of the consumer protocol (KIP-848) to the groups that they name. */
export class ConsumerProtocol {
  readonly #groups: Groups

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** A whole request is refused by a KafkaError. */
  async heartbeat(
    request: HeartbeatRequest,
    client: HeartbeatClient & { readonly version: number },
  ): Promise<HeartbeatAnswer> {
    this.#groups.checkOpen()
    checkHeartbeat(request, client.version, this.#groups.config.groupConsumerAssignors)
    const { groupId, memberEpoch } = request
    if (memberEpoch < joinEpoch) {
      return this.#groups.ask(groupId, (group, step) =>
        leave(existing(group, groupId), request, step),
      )
    }
    const memberId = request.memberId || this.#groups.newConsumerId()
    return this.#groups.ask(groupId, (found, step) => {
      if (memberEpoch !== joinEpoch) {
        return heartbeat(existing(found, groupId), request, client, step)
      }
      const group = joined(found, groupId, step)
      const answer = heartbeat(group, { ...request, memberId }, client, step)
      if (group === found) return answer
      if (found instanceof ClassicGroup) {
        if (found.size > 0) step.tell({ cause: 'upgrade' })
        replaceClassic(found, group, step)
      } else step.successor = group
      return answer
    })
  }

  /** Throws GROUP_ID_NOT_FOUND. */
  async describe(groupId: string) {
    return this.#groups.ask(groupId, (group, step) => describe(existing(group, groupId), step))
  }
}

function existing(group: Group | undefined, groupId: string): ConsumerGroup {
  if (group instanceof ConsumerGroup) return group
  const message =
    group === undefined
      ? `Group ${groupId} not found.`
      : `Group ${groupId} is not a consumer group.`
  throw new KafkaError('GROUP_ID_NOT_FOUND', message)
}

/** The group that somebody joins: a new one, or what a classic group becomes. */
function joined(found: Group | undefined, groupId: string, step: Step): ConsumerGroup {
  if (found === undefined) return new ConsumerGroup(groupId)
  if (!(found instanceof ClassicGroup)) return existing(found, groupId)
  return found.size === 0 ? new ConsumerGroup(groupId) : upgraded(found, step)
}
