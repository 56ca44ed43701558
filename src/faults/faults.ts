/** The faults that are in the broker, and which one a request meets. */
import type { Clock } from '../clock.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import type { Logger } from '../logger.ts'
import { ArmedFault, isUnfired, type FaultDescription } from './armed-fault.ts'
import { checkFault, checkFilter } from './check.ts'
import { topicsHit } from './divisible-apis.ts'
import type { RequestRule } from './spec.ts'
import type { Hooked, InstalledHook, RequestHook } from './request-hooks.ts'
import { match, type AskedRequest, type Match } from './match.ts'
import type { intervene, Way } from './intervene.ts'
import { Injection } from './injection.ts'

export interface FaultsOptions {
  config: { readonly development: boolean }
  clock: Pick<Clock, 'now' | 'after'>
  logger: Logger
}

/** How often faults have done the same to requests of an API. */
export interface InjectedCount {
  readonly api: string
  /** The error, or the action. */
  readonly effect: string
  readonly count: number
}

/** More are a mistake of whoever adds them in a loop: each request looks at each. */
const maxFaults = 1_000

export class Faults {
  readonly #options: FaultsOptions
  #faults: ArmedFault[] = []
  #active: ArmedFault[] = []
  #nextId = 1
  #hooks: readonly Hooked[] = []
  readonly #counts = new Map<string, InjectedCount>()
  readonly #closing = new AbortController()
  #loading: Promise<unknown> | undefined
  #intervene: typeof intervene | undefined

  constructor(options: FaultsOptions) {
    this.#options = options
  }

  /** A request may meet something. */
  get isActive(): boolean {
    return this.#active.length > 0 || this.#hooks.length > 0
  }

  /** Aborted with the state that the faults are in. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Something may happen to requests of the API. */
  concern(api: string): boolean {
    const isMeant = ({ rule: { apis } }: { rule: RequestRule }): boolean => apis?.has(api) ?? true
    return this.#active.some(isMeant) || this.#hooks.some(isMeant)
  }

  /** To wait for before `intervene`, if there is something. */
  get loading(): Promise<unknown> | undefined {
    return this.isActive && this.#intervene === undefined ? this.#loading : undefined
  }

  /** The way of a request that meets a fault; the same, if it meets none. */
  intervene(way: Way): Way {
    return this.isActive ? this.#intervene!(way) : way
  }

  /**
   * Takes a fault in, from wherever it comes: for the requests that come from now on. Throws
   * InvalidInput for one that cannot be, and where the broker is not for development.
   */
  add(spec: unknown): ArmedFault {
    this.#checkDevelopment()
    const rule = checkFault(spec)
    if (this.#faults.length >= maxFaults) {
      throw new InvalidInput(`there are ${maxFaults} faults already: remove or reset some`)
    }
    const fault = new ArmedFault(this.#nextId++, rule, () => this.#remove(fault))
    this.#load()
    this.#faults.push(fault)
    this.#active.push(fault)
    return fault
  }

  /** Shows requests to a function of the program. Throws InvalidInput for a filter of none. */
  hook(filter: unknown, hook: RequestHook): InstalledHook {
    this.#checkDevelopment()
    const hooked = { rule: checkFilter(filter), hook }
    this.#load()
    this.#hooks = [...this.#hooks, hooked]
    const remove = (): void => {
      this.#hooks = this.#hooks.filter(other => other !== hooked)
    }
    return { remove, [Symbol.dispose]: remove }
  }

  /** The functions that see the request, in the order in which they came. */
  hooksFor(asked: AskedRequest): RequestHook[] {
    return this.#hooks.filter(({ rule }) => match(rule, asked)).map(({ hook }) => hook)
  }

  get(id: number): ArmedFault | undefined {
    return this.#faults.find(fault => fault.id === id)
  }

  /** In the order in which they were added, with those that will hit nothing more. */
  list(): FaultDescription[] {
    return this.#faults.map(fault => fault.describe())
  }

  /** Faults that should have hit a request and have not. */
  unfired(): FaultDescription[] {
    return this.list().filter(isUnfired)
  }

  injected(): readonly InjectedCount[] {
    return [...this.#counts.values()]
  }

  /** What the request meets: the fault that was added first counts, of those that are for it. */
  next(asked: AskedRequest): Injection | undefined {
    for (const fault of this.#active) {
      const matched = match(fault.rule, asked)
      const met = matched && this.#meet(fault, matched, asked)
      // A request that a sequence lets pass has met its fault.
      if (met !== undefined) return met.isFelt ? met : undefined
    }
    return undefined
  }

  /** Takes all faults and functions out; what one holds back goes on. */
  clear(): void {
    this.#hooks = []
    for (const fault of this.#faults) fault.remove()
  }

  /** Besides, answers that are held back are given up. */
  close(): void {
    this.clear()
    this.#closing.abort()
  }

  #checkDevelopment(): void {
    if (this.#options.config.development) return
    throw new InvalidInput('faults are for development: start with --dev, or set development=true')
  }

  /** Most brokers never have a fault: they start without what it takes. */
  #load(): void {
    this.#loading ??= import('./intervene.ts').then(code => (this.#intervene = code.intervene))
  }

  #meet(fault: ArmedFault, matched: Match, asked: AskedRequest): Injection | undefined {
    const { effect } = fault
    const topics = topicsHit(effect, matched, asked.api)
    if (topics?.length === 0) return undefined
    // Whether an answer has records to damage is known when there is one.
    if (effect.kind !== 'corrupt' && !this.#claim(fault)) return undefined
    const { clock } = this.#options
    const closing = this.#closing.signal
    const onFired = ({ label }: Injection): void => this.#fired(fault, asked, label)
    return new Injection({ fault, effect, topics, clock, closing, onFired })
  }

  #claim(fault: ArmedFault): boolean {
    const isTaken = fault.claim()
    this.#active = this.#active.filter(({ left }) => left > 0)
    return isTaken
  }

  #fired(fault: ArmedFault, asked: AskedRequest, effect: string): void {
    const { clock, logger } = this.#options
    const { api, version, clientId: client, nodeId: node } = asked
    const key = `${api} ${effect}`
    const count = this.#counts.get(key) ?? { api, effect, count: 0 }
    this.#counts.set(key, { ...count, count: count.count + 1 })
    logger.info({ fault: fault.id, effect, api, version, client, node }, 'injected a fault')
    fault.record({ api, version, client, at: clock.now() })
    this.#active = this.#active.filter(({ left }) => left > 0)
  }

  #remove(fault: ArmedFault): void {
    this.#faults = this.#faults.filter(other => other !== fault)
    this.#active = this.#active.filter(other => other !== fault)
  }
}
