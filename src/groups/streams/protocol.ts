import { KafkaError } from '../../../protocol/errors.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import { describe, type DescribedGroup } from './describe.ts'
import {
  heartbeat,
  joiningEpoch,
  leave,
  leavingEpoch,
  type HeartbeatAnswer,
  type HeartbeatClient,
  type HeartbeatRequest,
} from './heartbeat.ts'
import { checkRequest } from './request.ts'
import { StreamsGroup } from './streams-group.ts'

/** Requests of Kafka Streams (KIP-1071) to the groups that they name. */
export class StreamsProtocol {
  readonly #groups: Groups

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** Throws what is wrong with the request as a whole, with Kafka's messages. */
  async heartbeat(request: HeartbeatRequest, client: HeartbeatClient): Promise<HeartbeatAnswer> {
    checkRequest(request)
    this.#groups.checkOpen()
    const { groupId, memberEpoch } = request
    return this.#groups.ask(groupId, (found, step) => {
      if (memberEpoch === leavingEpoch) return leave(existing(found, groupId), request, step)
      if (memberEpoch !== joiningEpoch)
        return heartbeat(member(found, groupId), request, client, step)
      const group = joined(found, groupId)
      const answer = heartbeat(group, request, client, step)
      if (group !== found) step.successor = group
      return answer
    })
  }

  /** Throws GROUP_ID_NOT_FOUND. */
  describe(groupId: string): DescribedGroup {
    return describe(existing(this.#groups.get(groupId), groupId))
  }
}

/** An empty group of the classic protocol gives way, and leaves its offsets. */
function joined(group: Group | undefined, groupId: string): StreamsGroup {
  const isFree = group instanceof ClassicGroup && group.state === 'Empty'
  return group === undefined || isFree ? new StreamsGroup(groupId) : ofStreams(group)
}

function member(group: Group | undefined, groupId: string): StreamsGroup {
  if (group !== undefined) return ofStreams(group)
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Streams group ${groupId} not found.`)
}

function existing(group: Group | undefined, groupId: string): StreamsGroup {
  if (group !== undefined) return ofStreams(group)
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`)
}

function ofStreams(group: Group): StreamsGroup {
  if (group instanceof StreamsGroup) return group
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${group.groupId} is not a streams group.`)
}
