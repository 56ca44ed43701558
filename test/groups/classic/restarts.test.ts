/**
 * Schedules of members that crash, stall, lose replies, come back under the same group.instance.id
 * and commit, over a broker that restarts at any moment. A failing seed is in the error's message.
 */
import assert from 'node:assert/strict'
import { expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import type { ClassicGroupRow } from '../../../storage/metadata-store.ts'
import { ClassicGroup } from '../../../src/groups/classic/classic-group.ts'
import { loadClassicGroup } from '../../../src/groups/classic/load.ts'
import type { JoinAnswer, SyncAnswer } from '../../../src/groups/classic/member.ts'
import { toRow } from '../../../src/groups/classic/row.ts'
import { seededRandom } from '../../doubles/random.ts'
import { GroupDriver, type Inbox } from './driver.ts'

const tickMs = 2_000
const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000 }

/** As whom a client speaks. */
interface Identity {
  readonly instanceId: string | null
  memberId: string
  generationId: number
  /** Has the one partition that there is, and so may commit. */
  isOwner: boolean
  position: number
}

/** A group whose broker can restart: what was stored remains, and nothing else. */
class Broker {
  driver = new GroupDriver()
  restarts = 0
  committed = 0
  accepted = 0
  fenced = 0
  /** The last generation whose assignment anybody was told. */
  #generationId = 0
  readonly #owners = new Map<number, Identity>()
  /** Who was told an assignment last under each instance id. */
  readonly #instances = new Map<string, string>()
  #stored: ClassicGroupRow | undefined
  #stores = 0

  /** After each step: what must be stored is. */
  keep(): void {
    if (this.driver.stores === this.#stores) return
    this.#stores = this.driver.stores
    this.#stored = toRow(this.driver.group)
  }

  restart(isClean: boolean): void {
    if (isClean) this.driver.step(step => this.driver.group.abandon(step))
    const group = this.#stored ? loadClassicGroup('g', this.#stored) : new ClassicGroup('g', 0)
    const { nowMs, nextId } = this.driver
    this.driver = new GroupDriver({}, group)
    Object.assign(this.driver, { nowMs, nextId })
    this.driver.step(step => group.resume(step))
    this.restarts++
    this.#stores = 0
    assert.ok(group.generationId >= this.#generationId, 'a generation that was told is forgotten')
  }

  assigned(to: Identity): void {
    this.#generationId = Math.max(this.#generationId, to.generationId)
    if (to.instanceId !== null) this.#instances.set(to.instanceId, to.memberId)
    if (!to.isOwner) return
    const other = this.#owners.get(to.generationId)
    const isSame = other?.memberId === to.memberId
    const isBack = other !== undefined && other.instanceId !== null
    assert.ok(!other || isSame || (isBack && other.instanceId === to.instanceId), 'two owners')
    this.#owners.set(to.generationId, { ...to })
    to.position = this.committed
  }

  commit(by: Identity): void {
    const { memberId, instanceId: groupInstanceId, generationId } = by
    const client = { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId }
    if (this.driver.group.validateCommit(client) !== errors.NONE) {
      this.fenced++
      return
    }
    this.accepted++
    assert.ok(generationId >= this.#generationId, 'a commit of an old generation')
    const latest = this.#instances.get(by.instanceId ?? '')
    assert.ok(latest === undefined || latest === memberId, 'a commit of a replaced instance')
    by.position++
    assert.ok(by.position > this.committed, 'an offset moved back')
    this.committed = by.position
  }
}

class Client {
  readonly #broker: Broker
  readonly #random: () => number
  readonly #past: Identity[] = []
  readonly #instanceId: string | null
  isCareful = false
  me: Identity
  isMember = false
  #restarts = 0
  #join: Inbox<JoinAnswer> | undefined
  #sync: Inbox<SyncAnswer> | undefined
  #stalledTicks = 0

  constructor(broker: Broker, random: () => number, instanceId: string | null) {
    this.#broker = broker
    this.#random = random
    this.#instanceId = instanceId
    this.me = this.#newcomer()
  }

  tick(): void {
    if (this.#happens(0.05)) this.#commitOfThePast()
    if (this.#stalledTicks > 0) return void this.#stalledTicks--
    if (this.#happens(0.03)) return this.#startAnew()
    if (this.#happens(0.03)) this.#stalledTicks = Math.floor(this.#random() * 15)
    if (this.#restarts !== this.#broker.restarts) this.#reconnect()
    else if (this.isMember) this.#asMember()
    else if (this.#sync !== undefined) this.#afterSync(this.#sync)
    else if (this.#join !== undefined) this.#afterJoin(this.#join)
    else this.#sendJoin()
  }

  #happens(chance: number): boolean {
    return !this.isCareful && this.#random() < chance
  }

  /** Commits of one member in one generation are in order; others may come at any time. */
  #commitOfThePast(): void {
    const past = this.#past.at(-1)
    const { memberId, generationId } = this.me
    const isPresent = past?.memberId === memberId && past.generationId === generationId
    if (past !== undefined && !isPresent) this.#broker.commit(past)
  }

  #newcomer(): Identity {
    const instanceId = this.#instanceId
    return { instanceId, memberId: '', generationId: -1, isOwner: false, position: 0 }
  }

  /** The process is another one; who has its old identity may still be about. */
  #startAnew(): void {
    if (this.me.isOwner) this.#past.push(this.me)
    this.me = this.#newcomer()
    this.isMember = false
    this.#join = this.#sync = undefined
  }

  /** What was under way is lost with the connection. */
  #reconnect(): void {
    this.#restarts = this.#broker.restarts
    if (!this.isMember) this.#sendJoin()
  }

  #sendJoin(): void {
    const { memberId } = this.me
    // A commit of this generation may still be on its way.
    if (this.isMember && this.me.isOwner) this.#past.push({ ...this.me })
    this.isMember = false
    this.#sync = undefined
    this.#join = this.#broker.driver.join({
      memberId,
      groupInstanceId: this.#instanceId,
      requiresKnownMemberId: true,
      ...timeouts,
    })
    this.#broker.keep()
  }

  #afterJoin(join: Inbox<JoinAnswer>): void {
    if (!join.isAnswered) return
    if (this.#happens(0.05)) return this.#sendJoin()
    const { errorCode, memberId, generationId, members } = join.answer
    if (errorCode === errors.MEMBER_ID_REQUIRED) this.me.memberId = memberId
    else if (errorCode !== errors.NONE) return this.#failed(errorCode)
    if (errorCode !== errors.NONE) return this.#sendJoin()
    this.me = { ...this.#newcomer(), memberId, generationId }
    this.#sync = this.#broker.driver.sync(memberId, {
      generationId,
      groupInstanceId: this.#instanceId,
      assignments: members.map((member, i) => ({
        memberId: member.memberId,
        assignment: Buffer.from(i === 0 ? 'owner' : 'idle'),
      })),
    })
    this.#broker.keep()
  }

  #afterSync(sync: Inbox<SyncAnswer>): void {
    if (!sync.isAnswered) return
    if (this.#happens(0.05)) return this.#sendJoin()
    const { errorCode, assignment } = sync.answer
    if (errorCode !== errors.NONE) return this.#failed(errorCode)
    // A rebalance may have begun meanwhile: then this is an assignment of the past.
    if (this.#broker.driver.group.generationId !== this.me.generationId) return this.#sendJoin()
    this.me.isOwner = String(assignment) === 'owner'
    this.#broker.assigned(this.me)
    this.isMember = true
  }

  #asMember(): void {
    if (this.me.isOwner && this.#random() < 0.5) this.#broker.commit(this.me)
    const { memberId, generationId } = this.me
    const instanceId = this.#instanceId ?? undefined
    const errorCode = this.#broker.driver.heartbeat(memberId, generationId, instanceId)
    this.#broker.keep()
    if (errorCode !== errors.NONE) this.#failed(errorCode)
  }

  #failed(errorCode: number): void {
    const isRetriable =
      errorCode === errors.REBALANCE_IN_PROGRESS || errorCode === errors.NOT_COORDINATOR
    if (isRetriable) this.#sendJoin()
    else this.#startAnew()
  }
}

function run(seed: number): Broker {
  const random = seededRandom(seed)
  const broker = new Broker()
  const clients = Array.from({ length: 4 }, (_, i) => {
    return new Client(broker, random, i % 2 === 0 ? `static-${i}` : null)
  })
  const tick = (restarts: number): void => {
    for (const client of clients) {
      client.tick()
      if (random() < restarts) broker.restart(random() < 0.5)
    }
    broker.driver.advance(tickMs)
    broker.keep()
  }
  for (let i = 0; i < 60; i++) tick(0.02)
  for (const client of clients) client.isCareful = true
  for (let i = 0; i < 60; i++) tick(0)
  assert.equal(broker.driver.group.state, 'Stable', 'does not settle')
  assert.equal(broker.driver.group.members.size, clients.length, 'has other members')
  assert.ok(clients.every(client => client.isMember))
  assert.equal(clients.filter(({ me }) => me.isOwner).length, 1, 'has not one owner')
  return broker
}

it('holds for thousands of schedules', () => {
  let [restarts, accepted, fenced] = [0, 0, 0]
  for (let seed = 1; seed <= 2_000; seed++) {
    try {
      const broker = run(seed)
      restarts += broker.restarts
      accepted += broker.accepted
      fenced += broker.fenced
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
    }
  }
  // They did what they are for.
  expect(restarts).toBeGreaterThan(5_000)
  expect(accepted).toBeGreaterThan(20_000)
  expect(fenced).toBeGreaterThan(1_000)
})
