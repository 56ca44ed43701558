/** Scenarios that run in a broker, until somebody stops them. */
import type { Broker } from '../broker.ts'
import { InvalidInput } from '../admin/invalid-input.ts'
import { nearestName } from '../config/nearest-name.ts'
import { durationMs, type Duration } from '../duration.ts'
import { dice } from '../faults/dice.ts'
import { scenarios, type ScenarioName } from './scenarios.ts'

export interface ChaosOptions {
  /** How often something happens: milliseconds, or '500ms', '2s', which it is if not given. */
  readonly every?: Duration
  /** Decides what is hit; 0 if it is not given. */
  readonly seed?: number
}

export interface ChaosEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** For people: 'stopped broker 2'. */
  readonly what: string
}

/** A run as data. */
export interface DescribedChaos {
  readonly id: number
  readonly scenario: ScenarioName
  readonly everyMs: number
  readonly seed: number
  readonly events: readonly ChaosEvent[]
}

type ChaosBroker = Pick<Broker, 'nodes' | 'services'>

const mostEvents = 1_000

/** Of each broker, where somebody has asked for some. */
const byBroker = new WeakMap<object, Chaos>()

export function chaosOf(broker: ChaosBroker): Chaos {
  const chaos = byBroker.get(broker) ?? new Chaos(broker)
  byBroker.set(broker, chaos)
  return chaos
}

export class Chaos {
  readonly #broker: ChaosBroker
  readonly #runs = new Map<number, ChaosRun>()
  #nextId = 1

  constructor(broker: ChaosBroker) {
    this.#broker = broker
  }

  /** Throws InvalidInput for a scenario or options that cannot be. */
  start(name: string, options: ChaosOptions = {}): ChaosRun {
    const { services } = this.#broker
    if (!services.config.development) {
      throw new InvalidInput('chaos is for development: start with --dev, or set development=true')
    }
    const id = this.#nextId++
    const settings = { id, scenario: scenarioNamed(name), ...checkOptions(options) }
    const run = new ChaosRun(this.#broker, settings, () => this.#runs.delete(id))
    this.#runs.set(id, run)
    return run
  }

  get(id: number): ChaosRun | undefined {
    return this.#runs.get(id)
  }

  /** Those that are not stopped. */
  list(): DescribedChaos[] {
    return Array.from(this.#runs.values(), run => run.describe())
  }
}

function scenarioNamed(name: string): ScenarioName {
  const names = Object.keys(scenarios) as ScenarioName[]
  const found = names.find(other => other === name)
  if (found !== undefined) return found
  const near = nearestName(name, names)
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`
  throw new InvalidInput(`unknown scenario ${name}: ${hint}`)
}

function checkOptions({ every = '2s', seed = 0 }: ChaosOptions) {
  const everyMs = durationMs(every)
  if (everyMs === undefined || everyMs === 0) {
    throw new InvalidInput(`every: a time such as "2s", not ${JSON.stringify(every)}`)
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InvalidInput(`seed: a whole number from 0 on, not ${JSON.stringify(seed)}`)
  }
  return { everyMs, seed }
}

/** A scenario that runs. It ends by itself when the broker is reset or closed. */
export class ChaosRun implements AsyncDisposable {
  readonly id: number
  readonly scenario: ScenarioName
  readonly everyMs: number
  readonly seed: number
  /** What has happened, the last thousand things of it. */
  readonly events: ChaosEvent[] = []
  readonly #broker: ChaosBroker
  readonly #onEnd: () => void
  readonly #stopping = new AbortController()
  /** Of the state that it began in: it has nothing to do with another one. */
  readonly #gone: AbortSignal
  readonly #running: Promise<void>

  constructor(
    broker: ChaosBroker,
    { id, scenario, everyMs, seed }: Omit<DescribedChaos, 'events'>,
    onEnd: () => void,
  ) {
    this.#broker = broker
    this.id = id
    this.scenario = scenario
    this.everyMs = everyMs
    this.seed = seed
    this.#onEnd = onEnd
    this.#gone = broker.services.faults.closing
    this.#gone.addEventListener('abort', () => this.#stopping.abort(), { once: true })
    this.#running = this.#run()
  }

  /** Ends it: everything is as it was when this resolves. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  describe(): DescribedChaos {
    const { id, scenario, everyMs, seed, events } = this
    return { id, scenario, everyMs, seed, events: [...events] }
  }

  async #run(): Promise<void> {
    const { services } = this.#broker
    const { signal } = this.#stopping
    const roll = dice(this.seed)
    const steps = scenarios[this.scenario].start({
      broker: this.#broker,
      below: limit => Math.floor(roll() * limit),
      half: () => this.#pause(this.everyMs / 2),
      fault: spec => services.faults.add(spec),
      tell: what => this.#tell(what),
    })
    while (await this.#pause(this.everyMs)) {
      try {
        await steps.step()
      } catch (error) {
        if (!signal.aborted) services.logger.warn({ err: error }, `${this.scenario}: a step failed`)
      }
    }
    if (!this.#gone.aborted) await steps.end()
    this.#onEnd()
  }

  #tell(what: string): void {
    const { logger, realClock } = this.#broker.services
    this.events.push({ at: realClock.now(), what })
    if (this.events.length > mostEvents) this.events.shift()
    logger.info({ scenario: this.scenario }, what)
  }

  /** False when it ends meanwhile. */
  #pause(delayMs: number): Promise<boolean> {
    const { signal } = this.#stopping
    if (signal.aborted) return Promise.resolve(false)
    return new Promise(resolve => {
      const timer = this.#broker.services.realClock.after(delayMs, () => {
        signal.removeEventListener('abort', abort)
        resolve(true)
      })
      const abort = (): void => {
        timer.cancel()
        resolve(false)
      }
      signal.addEventListener('abort', abort, { once: true })
    })
  }
}
