import { KafkaError } from '../../../protocol/errors.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { describe } from './describe.ts'
import { checkHeartbeat, type HeartbeatAnswer, type HeartbeatRequest } from './heartbeat-request.ts'
import { heartbeat, type HeartbeatClient } from './heartbeat.ts'
import { leave } from './leave.ts'
import { joinEpoch } from './member.ts'
import { TopicPatterns } from './topic-patterns.ts'

/** Requests of the consumer protocol (KIP-848) to the groups that they name. */
export class ConsumerProtocol {
  readonly #groups: Groups
  readonly #patterns = new TopicPatterns()

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
    if (this.#needsPatterns(request)) await this.#patterns.load()
    const memberId = request.memberId || this.#groups.newMemberId()
    return this.#groups.ask(groupId, (found, step) => {
      const group = memberEpoch === joinEpoch ? joined(found, groupId) : existing(found, groupId)
      const { compile } = this.#patterns
      const answer = heartbeat(group, { ...request, memberId }, client, compile, step)
      if (group !== found) step.successor = group
      return answer
    })
  }

  /** Throws GROUP_ID_NOT_FOUND. */
  async describe(groupId: string) {
    return this.#groups.ask(groupId, (group, step) => describe(existing(group, groupId), step))
  }

  /** Of the request, or of a group that was loaded. */
  #needsPatterns({ groupId, subscribedTopicRegex }: HeartbeatRequest): boolean {
    if (this.#patterns.isLoaded) return false
    if (subscribedTopicRegex) return true
    const group = this.#groups.get(groupId)
    if (!(group instanceof ConsumerGroup)) return false
    return [...group.members.values()].some(({ topicRegex }) => topicRegex !== '')
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

/** The group that somebody joins: it is created, also in place of an empty classic group. */
function joined(found: Group | undefined, groupId: string): ConsumerGroup {
  if (found === undefined) return new ConsumerGroup(groupId)
  if (found.type === 'classic' && found.size === 0) return new ConsumerGroup(groupId)
  return existing(found, groupId)
}
