import { errors } from '../../../protocol/errors.ts'
import type { JoinAnswer, SyncAnswer } from '../../../src/groups/classic/member.ts'
import { protocols, type GroupDriver, type Inbox } from './driver.ts'

/** What a simulated client does wrong now and then; each a chance for every tick. */
export interface Habits {
  leaves: number
  crashes: number
  stalls: number
  /** Joins again for no reason, as a leader does for new partitions. */
  rejoins: number
  /** Sends its JoinGroup or SyncGroup again while the first one waits. */
  retries: number
}

export const prompt: Habits = { leaves: 0, crashes: 0, stalls: 0, rejoins: 0, retries: 0 }

const heartbeatIntervalMs = 3_000
export const sessionTimeoutMs = 10_000
export const rebalanceTimeoutMs = 30_000
const maxStallMs = 40_000

type Phase = 'out' | 'joining' | 'syncing' | 'member'

/** A client of the classic protocol, as far as the group sees it. */
export class SimClient {
  readonly habits: Habits
  readonly instanceId: string | null
  readonly #group: GroupDriver
  readonly #random: () => number
  readonly #knowsItsId: boolean
  phase: Phase = 'out'
  memberId = ''
  generationId = -1
  assignment = ''
  /** Every answer that it waits for, or has given up waiting for. */
  readonly inboxes: Inbox<JoinAnswer | SyncAnswer>[] = []
  /** Errors that make a member start anew. */
  readonly expulsions: number[] = []
  #join: Inbox<JoinAnswer> | undefined
  #sync: Inbox<SyncAnswer> | undefined
  #members: string[] = []
  #lastHeartbeatMs = 0
  #stalledUntilMs = 0

  constructor(
    group: GroupDriver,
    random: () => number,
    habits: Habits,
    instanceId: string | null,
    knowsItsId: boolean,
  ) {
    this.#group = group
    this.#random = random
    this.habits = habits
    this.instanceId = instanceId
    this.#knowsItsId = knowsItsId
  }

  tick(): void {
    if (this.#group.nowMs < this.#stalledUntilMs) return
    if (this.#happens('crashes')) return this.#startAnew()
    if (this.#happens('stalls')) {
      this.#stalledUntilMs = this.#group.nowMs + this.#random() * maxStallMs
      return
    }
    if (this.phase === 'out') this.#sendJoin()
    else if (this.phase === 'joining') this.#afterJoin()
    else if (this.phase === 'syncing') this.#afterSync()
    else this.#asMember()
  }

  #happens(habit: keyof Habits): boolean {
    return this.#random() < this.habits[habit]
  }

  #startAnew(): void {
    this.phase = 'out'
    this.memberId = ''
    this.generationId = -1
    this.assignment = ''
  }

  #sendJoin(): void {
    this.#join = this.#group.join({
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocols: protocols('range', this.#random() < 0.05 ? 'sticky' : 'roundrobin'),
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      requiresKnownMemberId: this.#knowsItsId,
      canSkipAssignment: this.#knowsItsId,
    })
    this.inboxes.push(this.#join)
    this.phase = 'joining'
  }

  #afterJoin(): void {
    if (!this.#join!.isAnswered) {
      if (this.memberId !== '' && this.#happens('retries')) this.#sendJoin()
      return
    }
    const { answer } = this.#join!
    if (answer.errorCode === errors.MEMBER_ID_REQUIRED) this.memberId = answer.memberId
    else if (answer.errorCode !== errors.NONE) return this.#failed(answer.errorCode)
    if (answer.errorCode !== errors.NONE) return this.#sendJoin()
    this.memberId = answer.memberId
    this.generationId = answer.generationId
    this.#members = answer.members.map(member => member.memberId)
    if (answer.skipAssignment) this.#members = []
    this.#sendSync()
  }

  #sendSync(): void {
    const assignments = this.#members.map(memberId => ({
      memberId,
      assignment: Buffer.from(`${this.generationId}/${memberId}`),
    }))
    this.#sync = this.#group.sync(this.memberId, {
      groupInstanceId: this.instanceId,
      generationId: this.generationId,
      assignments,
    })
    this.inboxes.push(this.#sync)
    this.phase = 'syncing'
  }

  #afterSync(): void {
    if (!this.#sync!.isAnswered) {
      if (this.#happens('retries')) this.#sendSync()
      return
    }
    const { errorCode, assignment } = this.#sync!.answer
    if (errorCode !== errors.NONE) return this.#failed(errorCode)
    this.assignment = String(assignment)
    this.#lastHeartbeatMs = this.#group.nowMs
    this.phase = 'member'
  }

  #asMember(): void {
    if (this.#happens('leaves')) {
      this.#group.leave({ memberId: this.memberId, groupInstanceId: this.instanceId })
      return this.#startAnew()
    }
    if (this.#happens('rejoins')) return this.#sendJoin()
    if (this.#group.nowMs < this.#lastHeartbeatMs + heartbeatIntervalMs) return
    this.#lastHeartbeatMs = this.#group.nowMs
    const instanceId = this.instanceId ?? undefined
    const errorCode = this.#group.heartbeat(this.memberId, this.generationId, instanceId)
    if (errorCode !== errors.NONE) this.#failed(errorCode)
  }

  #failed(errorCode: number): void {
    if (errorCode === errors.REBALANCE_IN_PROGRESS) return this.#sendJoin()
    this.expulsions.push(errorCode)
    this.#startAnew()
  }
}
