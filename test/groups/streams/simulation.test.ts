/**
 * Seeded schedules of threads of an application that come, go, crash, stall and lose replies, while
 * topics grow, the number of standby replicas changes and the coordinator restarts.
 */
import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../../../src/groups/streams/heartbeat.ts'
import { seededRandom } from '../../doubles/random.ts'
import { GroupDriver, type Answer } from './driver.ts'
import { subtopology, topic, topology } from './topologies.ts'

const tickMs = 1_000
const heartbeatMs = 5_000
const stateChangelogTopics = [topic('c')]
const counting = topology(
  subtopology('0', { sourceTopics: ['in'], stateChangelogTopics }),
  subtopology('1', { sourceTopics: ['other'] }),
)

type Role = 'active' | 'standby'

/** A thread: what it believes to own is what it would process. */
class SimThread {
  readonly processId: string
  memberId = ''
  memberEpoch = 0
  isRunning = false
  owned: Record<Role, Set<string>> = { active: new Set(), standby: new Set() }
  /** On the driver's clock. */
  nextMs = 0
  readonly #driver: GroupDriver
  readonly #random: () => number
  readonly #index: number
  #lives = 0

  constructor(driver: GroupDriver, random: () => number, index: number) {
    this.#driver = driver
    this.#random = random
    this.#index = index
    this.processId = `p${index % 3}`
  }

  start(): void {
    this.memberId = `m${this.#index}-${++this.#lives}`
    this.isRunning = true
    this.#forget()
  }

  #forget(): void {
    this.memberEpoch = 0
    this.owned = { active: new Set(), standby: new Set() }
  }

  stop(leaves: boolean): void {
    this.isRunning = false
    if (leaves && this.#driver.group.members.has(this.memberId)) this.#driver.leave(this.memberId)
    this.#forget()
  }

  /** A heartbeat; its reply may be lost. */
  heartbeat(losesReply: number): void {
    this.nextMs = this.#driver.nowMs + heartbeatMs
    try {
      const answer =
        this.memberEpoch === 0
          ? this.#driver.join(this.memberId, { processId: this.processId, topology: counting })
          : this.#driver.heartbeat(this.memberId, this.#request())
      if (this.#random() >= losesReply) this.#take(answer)
    } catch (error) {
      const fenced = ['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID', 'GROUP_ID_NOT_FOUND']
      if (!(error instanceof KafkaError) || !fenced.includes(error.error)) throw error
      this.#forget()
    }
  }

  #request(): Partial<HeartbeatRequest> {
    return {
      memberEpoch: this.memberEpoch,
      activeTasks: listed(this.owned.active),
      standbyTasks: listed(this.owned.standby),
      warmupTasks: [],
    }
  }

  #take({ memberEpoch, activeTasks, standbyTasks }: Answer): void {
    this.memberEpoch = memberEpoch
    if (!activeTasks || !standbyTasks) return
    this.owned = { active: named(activeTasks), standby: named(standbyTasks) }
  }
}

function named(tasks: NonNullable<Answer['activeTasks']>): Set<string> {
  return new Set(
    tasks.flatMap(({ subtopologyId, partitions }) => {
      return partitions.map(partition => `${subtopologyId}_${partition}`)
    }),
  )
}

function listed(tasks: ReadonlySet<string>) {
  const ids = [...tasks].map(task => task.split('_') as [string, string])
  return [...new Set(ids.map(([subtopologyId]) => subtopologyId))].map(subtopologyId => {
    const own = ids.filter(([id]) => id === subtopologyId)
    return { subtopologyId, partitions: own.map(([, partition]) => Number(partition)) }
  })
}

class Simulation {
  readonly driver = new GroupDriver({ in: 4, c: 4, other: 3 })
  readonly threads: SimThread[]
  readonly #random: () => number
  #chaos = 1
  #partitions = 3
  #epoch = 0

  constructor(seed: number, size: number) {
    this.#random = seededRandom(seed)
    this.threads = Array.from({ length: size }, (_, index) => {
      return new SimThread(this.driver, this.#random, index)
    })
  }

  run(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += tickMs) {
      for (const thread of this.threads) this.#tick(thread)
      this.#disturb()
      this.driver.advance(tickMs)
      this.#check()
    }
  }

  calmDown(): void {
    this.#chaos = 0
  }

  #happens(probability: number): boolean {
    return this.#random() < probability * this.#chaos
  }

  #tick(thread: SimThread): void {
    if (!thread.isRunning) {
      if (this.#chaos === 0 || this.#happens(0.05)) thread.start()
      return
    }
    if (this.#happens(0.005)) return thread.stop(this.#happens(0.5))
    if (this.#happens(0.003)) thread.nextMs = this.driver.nowMs + 60_000
    if (thread.nextMs > this.driver.nowMs) return
    thread.heartbeat(0.05 * this.#chaos)
    this.#check()
  }

  #disturb(): void {
    const { driver } = this
    const changed = (name: string, value: string): void => {
      driver.configs = { ...driver.configs, [name]: value }
    }
    if (this.#happens(0.002)) driver.setTopic('other', ++this.#partitions)
    if (this.#happens(0.002)) {
      changed('streams.num.standby.replicas', `${Math.floor(this.#random() * 3)}`)
    }
    if (this.#happens(0.005) && driver.rows.group !== undefined) driver.restart()
  }

  /** Plain assertions: this runs a hundred thousand times. */
  #check(): void {
    const { group } = this.driver
    assert.ok(group.epoch >= this.#epoch, 'the epoch went back')
    this.#epoch = group.epoch
    assert.ok(group.assignmentEpoch <= group.epoch, 'assigned for an epoch to come')
    const active = new Set<string>()
    for (const { isRunning, memberId, memberEpoch, owned, processId } of this.threads) {
      const member = group.members.get(memberId)
      // Who was removed and does not know it yet is fenced when it says anything.
      if (!isRunning || member === undefined || memberEpoch === 0) continue
      assert.ok(memberEpoch <= member.memberEpoch, 'a member is ahead of the group')
      for (const task of owned.active) {
        assert.ok(!active.has(task), `task ${task} is active twice`)
        active.add(task)
      }
      assert.equal(member.processId, processId)
    }
  }
}

describe('many threads', () => {
  it.each(Array.from({ length: 20 }, (_, i) => 1 + i))('seed %i', seed => {
    const simulation = new Simulation(seed, 7)
    simulation.run(900_000)
    simulation.calmDown()
    simulation.run(240_000)

    const { driver, threads } = simulation
    const { group } = driver
    expect(group.state).toBe('Stable')
    expect(new Set(group.members.keys())).toEqual(new Set(threads.map(each => each.memberId)))
    const taskCounts = [...group.configured!.subtopologies!.values()].map(each => each.taskCount)
    const all = taskCounts.reduce((sum, count) => sum + count)
    expect(threads.flatMap(each => [...each.owned.active])).toHaveLength(all)

    // Seven threads in three processes: there is place for two standby replicas.
    const standby = threads.flatMap(each => [...each.owned.standby])
    expect(standby).toHaveLength(group.standbyReplicas * taskCounts[0]!)
    for (const { memberId, memberEpoch } of threads) {
      expect(group.members.get(memberId)!.memberEpoch).toBe(memberEpoch)
    }
  })
})
