import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { loadClassicGroup } from '../../../src/groups/classic/load.ts'
import { toRow } from '../../../src/groups/classic/row.ts'
import { seededRandom } from '../../doubles/random.ts'
import { GroupDriver } from './driver.ts'
import {
  prompt,
  rebalanceTimeoutMs,
  sessionTimeoutMs,
  SimClient,
  type Habits,
} from './sim-client.ts'

const tickMs = 500
const careless: Habits = {
  leaves: 0.01,
  crashes: 0.01,
  stalls: 0.01,
  rejoins: 0.01,
  retries: 0.02,
}

/** Some clients of one group, half of them careless; every third is a static member. */
class Simulation {
  readonly group: GroupDriver
  readonly clients: SimClient[]
  readonly #random: () => number
  #generationId = 0

  constructor(seed: number, size: number, initialRebalanceDelayMs: number) {
    this.#random = seededRandom(seed)
    this.group = new GroupDriver({ groupInitialRebalanceDelayMs: initialRebalanceDelayMs })
    this.clients = Array.from({ length: size }, (_, i) => {
      const habits = i % 2 === 0 ? prompt : { ...careless }
      const instanceId = i % 3 === 0 ? `static-${i}` : null
      return new SimClient(this.group, this.#random, habits, instanceId, i % 4 !== 0)
    })
  }

  run(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += tickMs) {
      for (const client of this.clients) {
        client.tick()
        this.#check()
      }
      this.group.advance(tickMs)
      this.#check()
    }
  }

  /** From now on everybody behaves. */
  calmDown(): void {
    for (const { habits } of this.clients) Object.assign(habits, prompt)
  }

  /** What must hold at any time. Plain assertions: this runs a hundred thousand times. */
  #check(): void {
    const { group } = this.group
    const members = [...group.members.values()]
    assert.ok(group.generationId >= this.#generationId, 'the generation went back')
    const isNew = group.generationId > this.#generationId
    this.#generationId = group.generationId
    assert.equal(group.members.size > 0, group.members.has(group.leaderId ?? ''), 'no leader')
    assert.ok(group.state !== 'Empty' || members.length === 0, 'Empty has members')
    for (const member of members) {
      assert.ok(!member.waitingJoin || group.state === 'PreparingRebalance', 'join not answered')
      assert.ok(!member.waitingSync || group.state === 'CompletingRebalance', 'sync not answered')
      assert.ok(group.state !== 'Stable' || member.assignment.length > 0, 'no assignment')
      assert.ok(member.sessionDeadlineMs >= group.wakeAtMs, 'sleeps over a deadline')
    }
    const statics = members.filter(member => member.instanceId !== null)
    assert.equal(group.staticMembers.size, statics.length)
    for (const { instanceId, memberId } of statics) {
      assert.equal(group.staticMembers.get(instanceId!), memberId)
    }
    for (const memberId of group.pendingSync) assert.ok(group.members.has(memberId))
    if (isNew) assert.deepEqual(toRow(loadClassicGroup('g', toRow(group))), toRow(group))
  }
}

describe.each([0, 3_000])('many clients, initial delay %i ms', delayMs => {
  it.each(Array.from({ length: 10 }, (_, i) => 1 + i))('seed %i', seed => {
    const simulation = new Simulation(seed, 9, delayMs)
    const { group, clients } = simulation
    simulation.run(600_000)

    // In time is in time: no prompt client was ever thrown out, or met an unknown member id.
    const promptOnes = clients.filter((_, i) => i % 2 === 0)
    expect(promptOnes.flatMap(client => client.expulsions)).toEqual([])

    // When all behave, all are members of one generation, each with its own assignment of it.
    simulation.calmDown()
    simulation.run(2 * (rebalanceTimeoutMs + sessionTimeoutMs) + 60_000)
    expect(group.group.state).toBe('Stable')
    const byId = (a: string, b: string): number => (a < b ? -1 : 1)
    expect([...group.group.members.keys()].toSorted(byId)).toEqual(
      clients.map(client => client.memberId).toSorted(byId),
    )
    for (const { generationId } of clients) expect(generationId).toBe(group.group.generationId)
    const dynamic = clients.filter(client => client.instanceId === null)
    for (const { assignment, generationId, memberId } of dynamic) {
      expect(assignment).toBe(`${generationId}/${memberId}`)
    }

    // Nobody waits for ever: each request was answered, once (Inbox refuses a second answer).
    const inboxes = clients.flatMap(client => client.inboxes)
    expect(inboxes.length).toBeGreaterThan(100)
    expect(inboxes.every(inbox => inbox.isAnswered)).toBe(true)
  })
})
