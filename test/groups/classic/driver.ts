import type { GroupEvent } from '../../../src/groups/history.ts'
import { Writer } from '../../../protocol/wire.ts'
import { ClassicGroup } from '../../../src/groups/classic/classic-group.ts'
import { expire, heartbeat } from '../../../src/groups/classic/deadlines.ts'
import { join, type JoinClient, type JoinRequest } from '../../../src/groups/classic/join.ts'
import { leave, type Left } from '../../../src/groups/classic/leave.ts'
import type { JoinAnswer, SyncAnswer } from '../../../src/groups/classic/member.ts'
import type { Config } from '../../../src/config.ts'
import type { Step, Waiting } from '../../../src/groups/step.ts'
import { sync, type SyncRequest } from '../../../src/groups/classic/sync.ts'
import { defaults, stepAt } from '../steps.ts'

/** Takes the answer to one request, and sees that there is only one. */
export class Inbox<Answer> implements Waiting<Answer> {
  #answer: Answer | undefined

  get isAnswered(): boolean {
    return this.#answer !== undefined
  }

  get answer(): Answer {
    if (this.#answer === undefined) throw new Error('not answered yet')
    return this.#answer
  }

  resolve(answer: Answer): void {
    if (this.#answer !== undefined) throw new Error('answered twice')
    this.#answer = answer
  }

  reject(error: unknown): void {
    throw error
  }
}

type JoinOptions = Partial<JoinRequest> & Partial<JoinClient>

/** A group whose time and requests a test determines. Replies go out at the end of each step. */
export class GroupDriver {
  nowMs = 1_000
  /** Why the group has rebalanced. */
  readonly told: GroupEvent[] = []
  readonly group: ClassicGroup
  readonly #config: Config
  /** Of the next id that is handed out. */
  nextId = 1
  /** How often the row had to be stored. */
  stores = 0

  constructor(changed: Partial<Config> = {}, group = new ClassicGroup('g', 0)) {
    this.#config = { ...defaults, ...changed }
    this.group = group
  }

  step<Result>(rule: (step: Step) => Result): Result {
    const step = stepAt(this.nowMs, { config: this.#config })
    const result = rule(step)
    this.told.push(...(step.events ?? []))
    if (step.storesGroup) this.stores++
    for (const reply of step.replies) reply()
    return result
  }

  /** By default a dynamic consumer of an old client, which becomes a member at once. */
  join(options: JoinOptions = {}): Inbox<JoinAnswer> {
    const inbox = new Inbox<JoinAnswer>()
    const request: JoinRequest = {
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: protocols('range'),
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      ...options,
    }
    const newMemberId = `${request.groupInstanceId ?? 'm'}-${this.nextId}`
    if (request.memberId === '') this.nextId++
    const client = {
      clientId: 'client',
      clientHost: '/127.0.0.1',
      requiresKnownMemberId: false,
      canSkipAssignment: false,
      ...options,
      newMemberId,
    }
    this.step(step => join(this.group, request, client, inbox, step))
    return inbox
  }

  sync(memberId: string, options: Partial<SyncRequest> = {}): Inbox<SyncAnswer> {
    const inbox = new Inbox<SyncAnswer>()
    const request: SyncRequest = {
      memberId,
      groupInstanceId: null,
      generationId: this.group.generationId,
      protocolType: null,
      protocolName: null,
      assignments: [],
      ...options,
    }
    this.step(step => sync(this.group, request, inbox, step))
    return inbox
  }

  heartbeat(memberId: string, generationId = this.group.generationId, instanceId?: string): number {
    const request = { memberId, generationId, groupInstanceId: instanceId ?? null }
    return this.step(step => heartbeat(this.group, request, step))
  }

  leave(...members: (string | { memberId: string; groupInstanceId: string | null })[]): Left[] {
    const leaving = members.map(member =>
      typeof member === 'string' ? { memberId: member, groupInstanceId: null } : member,
    )
    return this.step(step => leave(this.group, leaving, step))
  }

  /** Lets time pass, with everything that is due meanwhile. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms
    while (this.group.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.group.wakeAtMs)
      this.step(step => expire(this.group, step))
    }
    this.nowMs = untilMs
  }

  /** Makes a Stable group of these members, the leader first; each is assigned its own id. */
  stable(...options: JoinOptions[]): string[] {
    const inboxes = options.map(option => this.join(option))
    this.advance(0)
    const memberIds = inboxes.map(inbox => inbox.answer.memberId)
    this.syncAll(memberIds)
    return memberIds
  }

  /** The leader's assignment comes last, so that the others wait for it. */
  syncAll(memberIds: readonly string[]): Inbox<SyncAnswer>[] {
    const assignments = memberIds.map(memberId => ({ memberId, assignment: Buffer.from(memberId) }))
    const followersFirst = memberIds.toSorted(
      (a, b) => Number(a === this.group.leaderId) - Number(b === this.group.leaderId),
    )
    return followersFirst.map(memberId => this.sync(memberId, { assignments }))
  }
}

export function protocols(...names: string[]): { name: string; metadata: Buffer }[] {
  return names.map(name => ({ name, metadata: Buffer.from(`${name} metadata`) }))
}

/** The protocol 'range' with the subscription of a consumer, as clients encode it. */
export function subscription(...topics: string[]): { name: string; metadata: Buffer } {
  const writer = new Writer()
  writer.int16(1)
  writer.int32(topics.length)
  for (const topic of topics) {
    writer.int16(topic.length)
    writer.raw(Buffer.from(topic))
  }
  writer.int32(-1)
  return { name: 'range', metadata: Buffer.concat(writer.finish()) }
}
