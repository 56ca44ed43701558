/**
 * Seeded schedules of members that join, crash, stall, lose replies, restart with the same instance
 * id and change their subscriptions, while topics grow and the coordinator restarts.
 */
import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../../../src/groups/consumer/heartbeat-request.ts'
import { loadConsumerGroup } from '../../../src/groups/consumer/load.ts'
import { seededRandom } from '../../doubles/random.ts'
import { ConsumerDriver } from './driver.ts'

const tickMs = 1000
const heartbeatMs = 5000
const sessionMs = 45_000

/** What goes wrong in a tick, by probability. */
interface Habits {
  crashes: number
  leaves: number
  losesReply: number
  stalls: number
  subscribesAnew: number
}

const careful: Habits = { crashes: 0, leaves: 0, losesReply: 0, stalls: 0, subscribesAnew: 0 }
const careless: Habits = {
  crashes: 0.005,
  leaves: 0.005,
  losesReply: 0.05,
  stalls: 0.01,
  subscribesAnew: 0.01,
}

/** A consumer: what it believes to own is what it would read and commit. */
class SimConsumer {
  readonly instanceId: string | null
  readonly owned = new Set<string>()
  habits = careless
  memberId = ''
  epoch = 0
  topics: readonly string[] = ['foo', 'bar']
  readonly #driver: ConsumerDriver
  readonly #random: () => number
  readonly #name: string
  #lives = 0
  #nextBeatMs = 0
  #downUntilMs = 0
  /** Says everything next time: it joins, or does not know what has arrived. */
  #isUnsure = true
  /** Has to give these up before its next heartbeat. */
  #revoking = new Set<string>()

  constructor(driver: ConsumerDriver, random: () => number, index: number) {
    this.#driver = driver
    this.#random = random
    this.#name = `m${index}`
    this.instanceId = index % 3 === 0 ? `static-${index}` : null
    this.#start()
  }

  get isUp(): boolean {
    return this.#driver.nowMs >= this.#downUntilMs
  }

  tick(): void {
    if (!this.isUp) return
    if (this.#chance('crashes')) return this.#crash()
    if (this.#chance('leaves')) return this.#leave()
    if (this.#chance('stalls')) {
      this.#nextBeatMs = this.#driver.nowMs + this.#random() * 20_000
    }
    if (this.#chance('subscribesAnew')) this.#subscribe()
    if (this.#driver.nowMs >= this.#nextBeatMs) this.#beat()
  }

  calmDown(): void {
    this.habits = careful
    this.topics = ['foo', 'bar']
    this.#isUnsure = true
  }

  #chance(habit: keyof Habits): boolean {
    return this.#random() < this.habits[habit]
  }

  #start(): void {
    this.memberId = `${this.#name}-${++this.#lives}`
    this.#forget()
  }

  #forget(): void {
    this.epoch = 0
    this.owned.clear()
    this.#revoking.clear()
    this.#isUnsure = true
  }

  #crash(): void {
    // Longer than its session, so that nobody else has what a process that is gone had.
    this.#downUntilMs = this.#driver.nowMs + sessionMs + this.#random() * 10_000
    this.#start()
  }

  #leave(): void {
    if (this.epoch === 0) return
    const memberEpoch = this.instanceId === null ? -1 : -2
    this.owned.clear()
    this.#send({ memberEpoch })
    this.#downUntilMs = this.#driver.nowMs + this.#random() * 20_000
    this.#start()
  }

  #subscribe(): void {
    this.topics = this.#random() < 0.5 ? ['foo'] : ['foo', 'bar']
    this.#isUnsure = true
  }

  #beat(): void {
    this.#nextBeatMs = this.#driver.nowMs + heartbeatMs
    for (const partition of this.#revoking) this.owned.delete(partition)
    const hasRevoked = this.#revoking.size > 0
    this.#revoking.clear()
    const saysAll = this.#isUnsure
    const answer = this.#send({
      memberEpoch: this.epoch,
      ...(saysAll && { rebalanceTimeoutMs: 30_000, subscribedTopicNames: [...this.topics] }),
      ...((saysAll || hasRevoked) && { topicPartitions: this.#listed() }),
    })
    if (answer === undefined) return
    this.#isUnsure = this.#chance('losesReply')
    if (this.#isUnsure) return
    assert.ok(this.epoch === 0 || answer.memberEpoch >= this.epoch, 'the epoch went back')
    this.epoch = answer.memberEpoch
    if (answer.assignment) this.#take(answer.assignment.topicPartitions)
  }

  #take(assigned: readonly { topicId: string; partitions: readonly number[] }[]): void {
    const target = new Set(
      assigned.flatMap(({ topicId, partitions }) => partitions.map(p => `${topicId}/${p}`)),
    )
    for (const partition of this.owned) if (!target.has(partition)) this.#revoking.add(partition)
    for (const partition of target) {
      this.owned.add(partition)
      this.#revoking.delete(partition)
    }
    if (this.#revoking.size > 0) this.#nextBeatMs = this.#driver.nowMs + tickMs
  }

  #listed(): { topicId: string; partitions: number[] }[] {
    const topics = new Map<string, number[]>()
    for (const each of this.owned) {
      const [topicId, partition] = each.split('/') as [string, string]
      topics.set(topicId, [...(topics.get(topicId) ?? []), Number(partition)])
    }
    return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
  }

  #send(request: Partial<HeartbeatRequest>) {
    try {
      const { instanceId } = this
      return this.#driver.heartbeat(this.memberId, { ...request, instanceId })
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      // Fenced or unknown: it abandons everything, and joins again.
      this.#forget()
      this.#nextBeatMs = this.#driver.nowMs + tickMs
      return undefined
    }
  }
}

class Simulation {
  readonly driver = new ConsumerDriver({ topics: { foo: 5, bar: 3 } })
  readonly consumers: SimConsumer[]
  readonly #random: () => number
  #epoch = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.consumers = Array.from(
      { length: 7 },
      (_, index) => new SimConsumer(this.driver, this.#random, index),
    )
  }

  run(ms: number, isCalm = false): void {
    for (let passedMs = 0; passedMs < ms; passedMs += tickMs) {
      if (!isCalm) this.#disturb()
      for (const consumer of this.consumers) {
        consumer.tick()
        this.#check()
      }
      this.driver.advance(tickMs)
      this.#check()
    }
  }

  #disturb(): void {
    if (this.#random() < 0.005) this.#restart()
    if (this.#random() < 0.005) {
      const { length } = this.driver.topics.get('foo')!.partitions
      this.driver.topics.set('foo', length + 1)
    }
  }

  /** The coordinator goes on with what was stored. */
  #restart(): void {
    const { group } = this.driver
    const rows = Array.from(group.members.keys(), id => [id, group.memberRow(id)!] as const)
    const loaded = loadConsumerGroup('g', group.row(), new Map(rows))
    this.driver.group = loaded
    this.driver.step(step => loaded.resume(step))
  }

  /** Plain assertions: this runs a hundred thousand times. */
  #check(): void {
    const { group } = this.driver
    assert.ok(group.epoch >= this.#epoch, 'the group epoch went back')
    this.#epoch = group.epoch
    const owners = new Map<string, string>()
    for (const { memberId, owned, isUp } of this.consumers) {
      if (!isUp) continue
      for (const partition of owned) {
        const other = owners.get(partition)
        assert.equal(other, undefined, `${partition} is owned by ${other} and by ${memberId}`)
        owners.set(partition, memberId)
      }
    }
    for (const { deadlines } of group.members.values()) {
      assert.ok(deadlines.sessionMs >= group.wakeAtMs, 'sleeps over a deadline')
    }
  }
}

describe('many consumers', () => {
  it.each(Array.from({ length: 20 }, (_, i) => 1 + i))('seed %i', seed => {
    const simulation = new Simulation(seed)
    const { driver, consumers } = simulation
    simulation.run(600_000)

    for (const consumer of consumers) consumer.calmDown()
    simulation.run(2 * sessionMs + 60_000, true)
    expect(driver.group.state).toBe('Stable')
    expect([...driver.group.members.keys()].toSorted()).toEqual(
      consumers.map(({ memberId }) => memberId).toSorted(),
    )
    const owned = consumers.flatMap(consumer => [...consumer.owned]).toSorted()
    const all = driver.topics
      .all()
      .flatMap(({ id, partitions }) =>
        Array.from({ length: partitions.length }, (_, p) => `${id}/${p}`),
      )
    expect(owned).toEqual(all.toSorted())
    const counts = consumers.map(consumer => consumer.owned.size)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })
})
