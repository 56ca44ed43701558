import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { errors, type KafkaError } from '../../../protocol/errors.ts'
import { sameAssignment } from '../../../src/groups/assignment.ts'
import { seededRandom } from '../../doubles/random.ts'
import { ShareDriver } from './driver.ts'

const heartbeatMs = 5_000
const topicNames = ['t', 'u', 'v']

/** A client of a share group, as it sees itself. */
class SimConsumer {
  readonly memberId: string
  epoch = 0
  topics: string[] = ['t']
  /** What it was told last, as JSON. */
  assigned = '[]'
  /** Tells everything with the next heartbeat, for a reply was lost. */
  isUnsure = true
  /** Does nothing until then. */
  silentUntilMs = 0
  /** How often it was told that it is no member, or one of another epoch. */
  expulsions = 0

  constructor(memberId: string) {
    this.memberId = memberId
  }

  heartbeat(group: ShareDriver, isReplyLost: boolean): void {
    const { memberId, epoch, topics } = this
    try {
      const subscribedTopicNames = epoch === 0 || this.isUnsure ? topics : null
      const answer = group.heartbeat(memberId, epoch, { subscribedTopicNames })
      this.isUnsure = isReplyLost
      if (isReplyLost) return
      this.epoch = answer.memberEpoch
      if (answer.assignment !== null) {
        this.assigned = JSON.stringify(answer.assignment.topicPartitions)
      }
    } catch (error) {
      const { code } = error as KafkaError
      assert.ok(code === errors.UNKNOWN_MEMBER_ID || code === errors.FENCED_MEMBER_EPOCH)
      this.expulsions++
      this.forget()
    }
  }

  /** Has to join again. */
  forget(): void {
    this.epoch = 0
    this.assigned = '[]'
  }
}

/** Some clients of one group, half of them careless, with topics that come and go. */
class Simulation {
  readonly group = new ShareDriver({ topics: { t: 4 } })
  readonly consumers: SimConsumer[]
  readonly #random: () => number
  #ids = 0
  #epoch = 0
  #isCalm = false

  constructor(seed: number, size: number) {
    this.#random = seededRandom(seed)
    this.consumers = Array.from({ length: size }, (_, i) => new SimConsumer(`m${i}`))
  }

  run(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += heartbeatMs) {
      if (!this.#isCalm) this.#disturb()
      for (const [i, consumer] of this.consumers.entries()) {
        this.#tick(consumer, i % 2 === 1)
        this.#check()
      }
      this.group.advance(heartbeatMs)
      this.#check()
    }
  }

  /** From now on everybody behaves, and no topic changes. */
  calmDown(): void {
    this.#isCalm = true
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }

  #any<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!
  }

  #disturb(): void {
    const name = this.#any(topicNames)
    const { topics } = this.group
    const topic = topics.get(name)
    if (this.#chance(0.05)) topics.set(name, topic?.partitions.length ?? 2, `${name}${this.#ids++}`)
    if (this.#chance(0.05) && topic !== undefined) {
      topics.set(name, topic.partitions.length + 1, topic.id)
    }
    if (this.#chance(0.02)) topics.delete(name)
    if (this.#chance(0.03)) this.group.restart()
  }

  #tick(consumer: SimConsumer, isCareless: boolean): void {
    const { nowMs } = this.group
    if (this.#isCalm) consumer.silentUntilMs = 0
    if (nowMs < consumer.silentUntilMs) return
    if (this.#isCalm || !isCareless) return consumer.heartbeat(this.group, false)
    if (this.#chance(0.05)) {
      consumer.topics = topicNames.filter(() => this.#chance(0.5))
      if (consumer.topics.length === 0) consumer.topics = ['t']
      consumer.isUnsure = true
    }
    if (
      this.#chance(0.02) &&
      consumer.epoch > 0 &&
      this.group.group.members.has(consumer.memberId)
    ) {
      this.group.leave(consumer.memberId)
      consumer.forget()
    } else if (this.#chance(0.02)) {
      consumer.silentUntilMs = nowMs + this.#random() * 120_000
      if (this.#chance(0.5)) consumer.forget()
    } else {
      consumer.heartbeat(this.group, this.#chance(0.1))
    }
  }

  /** What must hold at any time. Plain assertions: this runs often. */
  #check(): void {
    const { group, topics } = this.group
    const { epoch, assignmentEpoch } = group.facts
    assert.ok(epoch >= this.#epoch, 'the group epoch went back')
    this.#epoch = epoch
    assert.ok(assignmentEpoch <= epoch, 'assigned for an epoch to come')
    assert.equal(group.state === 'Empty', group.members.size === 0)
    for (const member of group.members.values()) {
      assert.ok(member.epoch <= assignmentEpoch, 'a member is ahead of the assignment')
      assert.ok(member.previousEpoch < member.epoch, 'a member has gone back')
      assert.ok(member.session.deadlineMs >= group.wakeAtMs, 'sleeps over a deadline')
      for (const [topicId, partitions] of member.assigned) {
        const topic = topics.getById(topicId)
        if (topic === undefined) continue
        assert.ok(member.topicNames.has(topic.name), 'is assigned what it does not subscribe to')
        for (const partition of partitions) assert.ok(partition < topic.partitions.length)
      }
    }
  }
}

describe('many clients, topics that come and go, restarts', () => {
  it.each(Array.from({ length: 20 }, (_, i) => 1 + i))('seed %i', seed => {
    const simulation = new Simulation(seed, 7)
    const { group: driver, consumers } = simulation
    simulation.run(1_200_000)

    // Who is never late and loses no reply is never thrown out.
    const promptOnes = consumers.filter((_, i) => i % 2 === 0)
    expect(promptOnes.map(({ expulsions }) => expulsions)).toEqual(promptOnes.map(() => 0))

    // When all behave, all are members in the epoch of the group, and know what they have.
    simulation.calmDown()
    simulation.run(60_000)
    const { group, topics } = driver
    expect(group.facts.assignmentEpoch).toBe(group.epoch)
    for (const { memberId, epoch, assigned } of consumers) {
      const member = group.members.get(memberId)!
      expect(epoch).toBe(group.epoch)
      expect(sameAssignment(member.assigned, member.target)).toBe(true)
      expect(JSON.parse(assigned)).toEqual(driver.topicPartitions(memberId))
    }

    // Every partition that anybody subscribes to is somebody's.
    for (const topic of topics.all()) {
      const subscribed = consumers.some(consumer => consumer.topics.includes(topic.name))
      for (let partition = 0; partition < topic.partitions.length; partition++) {
        const holders = [...group.members.values()].filter(({ assigned }) => {
          return assigned.get(topic.id)?.has(partition)
        })
        expect(holders.length > 0).toBe(subscribed)
      }
    }
  })
})
