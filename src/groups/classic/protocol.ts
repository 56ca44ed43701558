import { KafkaError } from '../../../protocol/errors.ts'
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
    if (memberId !== '') known(this.#groups.get(groupId), groupId)
    const owner = request.groupInstanceId ?? client.clientId
    const newMemberId = `${owner}-${this.#groups.newMemberId()}`
    const waiting = Promise.withResolvers<JoinAnswer>()
    this.#groups.run(groupId, (found, step) => {
      const group = found ?? created(groupId, step)
      if (group instanceof ClassicGroup) {
        join(group, request, { ...client, newMemberId }, waiting, step)
      } else {
        step.refuse(waiting, new KafkaError('INCONSISTENT_GROUP_PROTOCOL'))
      }
    })
    return waiting.promise
  }

  /** Resolves when the leader has brought the assignments. */
  async sync(request: OfGroup<SyncRequest>): Promise<SyncAnswer> {
    const { groupId } = request
    this.#check(groupId)
    const group = known(this.#groups.get(groupId), groupId)
    const waiting = Promise.withResolvers<SyncAnswer>()
    this.#groups.run(groupId, (_, step) => sync(group, request, waiting, step))
    return waiting.promise
  }

  /** The error code of the answer. */
  async heartbeat(request: OfGroup<HeartbeatRequest>): Promise<number> {
    const { groupId } = request
    this.#check(groupId)
    return this.#groups.ask(groupId, (group, step) =>
      heartbeat(known(group, groupId), request, step),
    )
  }

  async leave(groupId: string, members: readonly Leaving[]): Promise<Left[]> {
    this.#check(groupId)
    return this.#groups.ask(groupId, (group, step) =>
      group instanceof ClassicGroup ? leave(group, members, step) : leaveNothing(members),
    )
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

function created(groupId: string, step: Step): ClassicGroup {
  const group = new ClassicGroup(groupId, step.timestamp)
  step.successor = group
  return group
}
