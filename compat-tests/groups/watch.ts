/** Follows what members tell, and knows when their group has settled. */
import type { Told } from './history.ts'

export const partitionCount = 12

/** Far more than any client needs. */
const maxWaitMs = 60_000

interface Waiting {
  isMet: () => boolean
  resolve: () => void
}

export class Watch {
  readonly told: Told[] = []
  readonly #sentAtMs: (value: string) => number | undefined
  readonly #isShared: boolean
  readonly #owned = new Map<string, Set<number>>()
  readonly #waiting = new Set<Waiting>()
  #sinceMs = 0
  #members: readonly string[] = []
  #changedAtMs = 0
  /** By partition: who was the first since then to receive a record that was sent since then. */
  readonly #flowing = new Map<number, { member: string; atMs: number }>()
  /** By member, when it received the first such record. */
  readonly #served = new Map<string, number>()

  constructor(sentAtMs: (value: string) => number | undefined, isShared: boolean) {
    this.#sentAtMs = sentAtMs
    this.#isShared = isShared
  }

  tell(told: Told): void {
    this.told.push(told)
    const { atMs, member, event } = told
    if (event.kind === 'record') this.#receive(member, event.partition, event.value, atMs)
    else if ('partitions' in event) this.#change(told)
    for (const waiting of this.#waiting) if (waiting.isMet()) waiting.resolve()
  }

  /** From this time on, in milliseconds since the epoch, these members are to settle. */
  mark(sinceMs: number, members: readonly string[]): void {
    this.#sinceMs = sinceMs
    this.#members = members
    this.#changedAtMs = sinceMs
    this.#flowing.clear()
    this.#served.clear()
  }

  /**
   * Resolves when the members have the partitions among them, as many each, and receive new records
   * from all: with the milliseconds since the mark. Rejects when that takes too long.
   */
  async settled(): Promise<number> {
    await this.until(`${this.#members.join(', ')} settle`, () =>
      this.#isShared ? this.#isServed() : this.#isSettled(),
    )
    const flowedAtMs = [...this.#flowing.values()].map(({ atMs }) => atMs)
    const servedAtMs = this.#members.map(member => this.#served.get(member)!)
    return Math.max(this.#changedAtMs, ...flowedAtMs, ...servedAtMs) - this.#sinceMs
  }

  async until(what: string, isMet: () => boolean): Promise<void> {
    if (isMet()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = { isMet, resolve }
    const timer = setTimeout(() => reject(new Error(this.#delay(what))), maxWaitMs)
    this.#waiting.add(waiting)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(waiting)
    }
  }

  #receive(member: string, partition: number, value: string, atMs: number): void {
    if (!this.#members.includes(member)) return
    if ((this.#sentAtMs(value) ?? -Infinity) < this.#sinceMs) return
    // The last lines of a former owner may arrive after the first ones of the present owner.
    const first = this.#flowing.get(partition)
    if (first === undefined || (first.member !== member && !this.#isShared)) {
      this.#flowing.set(partition, { member, atMs })
    }
    if (!this.#served.has(member)) this.#served.set(member, atMs)
  }

  #change({ atMs, member, event }: Told): void {
    if (!('partitions' in event)) return
    const owned = this.#owned.get(member) ?? new Set()
    this.#owned.set(member, owned)
    this.#changedAtMs = Math.max(this.#changedAtMs, atMs)
    for (const partition of event.partitions) {
      if (event.kind === 'assigned') owned.add(partition)
      else owned.delete(partition)
      if (event.kind === 'assigned') this.#flowing.delete(partition)
    }
  }

  #isSettled(): boolean {
    const each = partitionCount / this.#members.length
    const taken = new Set<number>()
    for (const member of this.#members) {
      const owned = this.#owned.get(member)
      if (owned?.size !== each) return false
      for (const partition of owned) {
        if (this.#flowing.get(partition)?.member !== member) return false
        taken.add(partition)
      }
    }
    return taken.size === partitionCount
  }

  /** Of a share group: every partition has somebody, everybody has something. */
  #isServed(): boolean {
    return (
      this.#flowing.size === partitionCount && this.#members.every(each => this.#served.has(each))
    )
  }

  #delay(what: string): string {
    const owned = [...this.#owned].map(([member, has]) => `${member} has ${[...has].join(' ')}`)
    const said = this.told.filter(({ event }) => !['record', 'committed'].includes(event.kind))
    return [
      `after ${maxWaitMs} ms still waiting that ${what}:`,
      ...owned,
      `records flow from ${[...this.#flowing.keys()].join(' ')}`,
      ...said.slice(-30).map(told => JSON.stringify(told)),
    ].join('\n')
  }
}
