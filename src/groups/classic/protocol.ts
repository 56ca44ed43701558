import { KafkaError } from '../../../protocol/errors.ts'
import { joinClassic } from '../consumer/classic-join.ts'
import { heartbeatClassic, leaveClassic, syncClassic } from '../consumer/classic-members.ts'
import { ConsumerGroup } from '../consumer/consumer-group.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import type { Step } from '../step.ts'
import { ClassicGroup } from './classic-group.ts'
import { heartbeat, type HeartbeatRequest } from './deadlines.ts'
import { describe, type DescribedGroup } from './describe.ts'
import { join, type JoinClient, type JoinRequest } from './join.ts'
import { leave, leaveNothing, type Leaving, type Left } from './leave.ts'
import type { JoinAnswer, SyncAnswer } from './member.ts'
import { sync, type SyncRequest } from './sync.ts'

type OfGroup<Request> = Request & { groupId: string }

/** Requests of the classic protocol, JoinGroup to LeaveGroup, to the groups that they name. */
export class ClassicProtocol {
  readonly #groups: Groups

  constructor(groups: Groups) {
    this.#groups = groups
  }

  /** Resolves when the join phase is over, which may take as long as the rebalance timeout. */
  async join(request: OfGroup<JoinRequest>, client: JoinClient): Promise<JoinAnswer> {
    this.#check(request.groupId)
    const { groupMinSessionTimeoutMs, groupMaxSessionTimeoutMs } = this.#groups.config
    const { groupId, memberId, sessionTimeoutMs } = request
    if (
      sessionTimeoutMs < groupMinSessionTimeoutMs ||
      sessionTimeoutMs > groupMaxSessionTimeoutMs
    ) {
      throw new KafkaError('INVALID_SESSION_TIMEOUT')
    }
    const waiting = Promise.withResolvers<JoinAnswer>()
    this.#groups.run(groupId, (found, step) => {
      try {
        if (found instanceof ConsumerGroup && found.size > 0) {
          const newMemberId = this.#groups.newConsumerId()
          const answer = joinClassic(found, request, { ...client, newMemberId }, step)
          step.answer(waiting, answer)
        } else {
          const owner = request.groupInstanceId ?? client.clientId
          const newMemberId = `${owner}-${this.#groups.newMemberId()}`
          const group = classicOrNew(found, { groupId, memberId }, step)
          join(group, request, { ...client, newMemberId }, waiting, step)
        }
      } catch (error) {
        step.refuse(waiting, error)
      }
    })
    return waiting.promise
  }

  /** Resolves when the leader has brought the assignments. */
  async sync(request: OfGroup<SyncRequest>): Promise<SyncAnswer> {
    const { groupId } = request
    this.#check(groupId)
    const waiting = Promise.withResolvers<SyncAnswer>()
    this.#groups.run(groupId, (group, step) => {
      try {
        if (group instanceof ConsumerGroup) step.answer(waiting, syncClassic(group, request, step))
        else sync(known(group, groupId), request, waiting, step)
      } catch (error) {
        step.refuse(waiting, error)
      }
    })
    return waiting.promise
  }

  /** The error code of the answer. */
  async heartbeat(request: OfGroup<HeartbeatRequest>): Promise<number> {
    const { groupId } = request
    this.#check(groupId)
    return this.#groups.ask(groupId, (group, step) =>
      group instanceof ConsumerGroup
        ? heartbeatClassic(group, request, step)
        : heartbeat(known(group, groupId), request, step),
    )
  }

  async leave(groupId: string, members: readonly Leaving[]): Promise<Left[]> {
    this.#check(groupId)
    return this.#groups.ask(groupId, (group, step) => {
      if (group instanceof ConsumerGroup) return leaveClassic(group, members, step)
      return group instanceof ClassicGroup ? leave(group, members, step) : leaveNothing(members)
    })
  }

  describe(groupId: string): DescribedGroup | undefined {
    const group = this.#groups.get(groupId)
    return group instanceof ClassicGroup ? describe(group) : undefined
  }

  #check(groupId: string): void {
    this.#groups.checkOpen()
    if (groupId === '') throw new KafkaError('INVALID_GROUP_ID')
  }
}

function known(group: Group | undefined, groupId: string): ClassicGroup {
  if (group instanceof ClassicGroup) return group
  throw new KafkaError('UNKNOWN_MEMBER_ID', `no group '${groupId}'`)
}

/** An empty group of the consumer protocol makes room for a classic one, as in Kafka. */
function classicOrNew(
  found: Group | undefined,
  { groupId, memberId }: { groupId: string; memberId: string },
  step: Step,
): ClassicGroup {
  if (found instanceof ClassicGroup) return found
  const hasRoom = found === undefined || (found.size === 0 && found.type !== 'share')
  if (!hasRoom) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  if (memberId !== '') throw new KafkaError('UNKNOWN_MEMBER_ID', `no group '${groupId}'`)
  const group = new ClassicGroup(groupId, step.timestamp)
  step.successor = group
  return group
}
