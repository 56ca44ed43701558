/**
 * What is known of topics that come, change and go: after a restart each is as it was acknowledged
 * last, or as a change would leave it that was asked for and not answered. Pure.
 */

/** A topic, or what is to become of it. */
export interface TopicState {
  /** Undefined: not told yet. */
  id: string | undefined
  partitions: number
  configs: Readonly<Record<string, string>>
}

type Possible = TopicState | 'absent'

export class TopicsHistory {
  /** The first is what was acknowledged last; the others may have been done. */
  readonly #possible = new Map<string, Possible[]>()
  readonly #usedIds = new Set<string>()

  /** What was acknowledged last. */
  state(name: string): TopicState | undefined {
    const state = this.#possible.get(name)?.[0]
    return state === 'absent' ? undefined : state
  }

  request(name: string, state: Possible): void {
    this.#possible.set(name, [...(this.#possible.get(name) ?? ['absent']), state])
  }

  /** The last request was done. */
  acknowledge(name: string, state: Possible): string[] {
    return this.#settle(name, state)
  }

  check(found: ReadonlyMap<string, TopicState>): string[] {
    const strangers = [...found.keys()].filter(name => !this.#possible.has(name))
    const violations = strangers.map(name => `topic ${name} is there, which nobody created`)
    for (const [name, possible] of this.#possible) {
      const state = found.get(name) ?? 'absent'
      if (!possible.some(each => isSame(each, state))) {
        const expected = possible.map(each => JSON.stringify(each)).join(' or ')
        violations.push(`topic ${name} is ${JSON.stringify(state)}, not ${expected}`)
      }
      violations.push(...this.#settle(name, state))
    }
    return violations
  }

  /** From here on the topic is so. Each topic has an id that none had before it. */
  #settle(name: string, state: Possible): string[] {
    const before = this.#possible.get(name) ?? []
    this.#possible.set(name, [state])
    const id = idOf(state)
    if (id === undefined || before.some(each => idOf(each) === id)) return []
    const isUsed = this.#usedIds.has(id)
    this.#usedIds.add(id)
    return isUsed ? [`topic ${name} has id ${id}, which another one had`] : []
  }
}

function idOf(state: Possible): string | undefined {
  return state === 'absent' ? undefined : state.id
}

function isSame(expected: Possible, found: Possible): boolean {
  if (expected === 'absent' || found === 'absent') return expected === found
  return (
    (expected.id === undefined || expected.id === found.id) &&
    expected.partitions === found.partitions &&
    text(expected.configs) === text(found.configs)
  )
}

function text(configs: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(configs).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
