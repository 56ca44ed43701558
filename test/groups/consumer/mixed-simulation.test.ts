/**
 * Seeded schedules of consumers that live for a while with one protocol or the other, in one group,
 * which changes its type with them (KIP-848, online migration).
 */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { errors } from '../../../protocol/errors.ts'
import { seededRandom } from '../../doubles/random.ts'
import { MixedGroup } from './mixed-group.ts'

const tickMs = 1000
const partitions = 6

/** What a life may do wrong, by probability in a tick. */
interface Habits {
  ends: number
}

interface Life {
  readonly owned: Set<number>
  tick(): Promise<void>
  leave(): Promise<void>
}

/** A consumer of the new protocol. */
class NewLife implements Life {
  readonly owned = new Set<number>()
  readonly #group: MixedGroup
  readonly #memberId: string
  #epoch = 0
  #isSure = false

  constructor(group: MixedGroup, memberId: string) {
    this.#group = group
    this.#memberId = memberId
  }

  async tick(): Promise<void> {
    const owns = this.#group.owns(...this.owned)
    const request = {
      memberEpoch: this.#epoch,
      ...(this.owned.size > 0 ? owns : { topicPartitions: [] }),
    }
    try {
      const answer = this.#isSure
        ? await this.#group.beat(this.#memberId, request)
        : await this.#group.enter(this.#memberId, request)
      this.#isSure = true
      this.#epoch = answer.memberEpoch
      const assigned = answer.assignment?.topicPartitions
      if (assigned === undefined) return
      this.owned.clear()
      for (const partition of assigned[0]?.partitions ?? []) this.owned.add(partition)
    } catch {
      this.owned.clear()
      this.#epoch = 0
      this.#isSure = false
    }
  }

  async leave(): Promise<void> {
    this.owned.clear()
    await this.#group.beat(this.#memberId, { memberEpoch: -1 }).catch(() => {})
  }
}

/** An eager consumer of the classic protocol, which gives everything up to join. */
class ClassicLife implements Life {
  readonly owned = new Set<number>()
  readonly #group: MixedGroup
  #memberId = ''
  #generationId = -1
  /** A request that waits for the others. */
  #isWaiting = false

  constructor(group: MixedGroup) {
    this.#group = group
  }

  async tick(): Promise<void> {
    if (this.#isWaiting) return
    if (this.#generationId < 0) return this.#start(() => this.#join())
    const error = await this.#group.heartbeat(this.#memberId, this.#generationId)
    if (error === 'NONE') return
    if (error === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
    this.#forget()
  }

  async leave(): Promise<void> {
    this.owned.clear()
    if (this.#memberId !== '') await this.#group.leave(this.#memberId).catch(() => [])
  }

  #forget(): void {
    this.owned.clear()
    this.#generationId = -1
  }

  #start(work: () => Promise<void>): void {
    this.#isWaiting = true
    void work()
      .catch(() => {
        this.#memberId = ''
        this.#forget()
      })
      .finally(() => {
        this.#isWaiting = false
      })
  }

  async #join(): Promise<void> {
    const { errorCode, ...answer } = await this.#group.join({ memberId: this.#memberId })
    if (errorCode !== errors.NONE) {
      this.#memberId = ''
      return
    }
    this.#memberId = answer.memberId
    const assignments = Object.fromEntries(
      answer.members.map(({ memberId }, index) => {
        const share = Array.from({ length: partitions }, (_, p) => p)
        return [memberId, { foo: share.filter(p => p % answer.members.length === index) }]
      }),
    )
    const assigned = await this.#group.sync(this.#memberId, answer.generationId, { assignments })
    if (/^[A-Z]/.test(assigned)) return
    this.#generationId = answer.generationId
    for (const each of assigned.split(' ').filter(text => text !== '')) {
      this.owned.add(Number(each.split('-')[1]))
    }
  }
}

class Simulation {
  readonly group = new MixedGroup({ foo: partitions })
  readonly habits: Habits = { ends: 0.03 }
  readonly #random: () => number
  readonly #types = new Set<string>()
  #lives: Life[]
  #names = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#lives = Array.from({ length: 4 }, () => this.#newLife())
  }

  get types(): ReadonlySet<string> {
    return this.#types
  }

  get owned(): number[] {
    return this.#lives.flatMap(({ owned }) => [...owned]).toSorted((a, b) => a - b)
  }

  async run(ticks: number): Promise<void> {
    for (let tick = 0; tick < ticks; tick++) {
      for (const [index, life] of this.#lives.entries()) {
        if (this.#random() < this.habits.ends) {
          await life.leave()
          this.#lives[index] = this.#newLife()
        } else {
          await life.tick()
        }
        await setImmediate()
        this.#check()
      }
      this.group.clock.advance(tickMs)
      await setImmediate()
      this.#check()
    }
  }

  #newLife(): Life {
    const isNew = this.#random() < 0.5
    return isNew ? new NewLife(this.group, `new-${this.#names++}`) : new ClassicLife(this.group)
  }

  #check(): void {
    const { owned } = this
    assert.equal(new Set(owned).size, owned.length, `owned twice: ${owned.join(' ')}`)
    this.#types.add(this.group.state?.split(' ')[0] ?? '')
  }
}

describe('consumers of both protocols', () => {
  const types = new Set<string>()

  it.each(Array.from({ length: 10 }, (_, i) => 1 + i))('seed %i', async seed => {
    const simulation = new Simulation(seed)
    await simulation.run(200)
    for (const type of simulation.types) types.add(type)

    simulation.habits.ends = 0
    await simulation.run(60)
    expect(simulation.group.state).toMatch('Stable')
    expect(simulation.owned).toEqual(Array.from({ length: partitions }, (_, p) => p))
  })

  it('were in groups of both types', () => {
    expect([...types]).toEqual(expect.arrayContaining(['classic', 'consumer']))
  })
})
