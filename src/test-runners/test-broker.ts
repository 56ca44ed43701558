/** The broker of a process that runs tests: one for all of them, as new for each. */
import { isUnfired, unfiredError } from '../faults/armed-fault.ts'
import type { StartedBroker } from '../in-process/started-broker.ts'
import { startBroker, type StartOptions } from '../index.ts'

export interface TestBrokerOptions extends Omit<StartOptions, 'logger'> {
  /**
   * Whether a test that fails has the last requests and the state of each group printed; it has, if
   * this is not given.
   */
  report?: boolean
}

export interface TestEnd {
  hasFailed: boolean
  /** Takes what is printed. */
  print: (text: string) => void
}

export class TestBroker {
  readonly broker: StartedBroker
  readonly #options: TestBrokerOptions
  /** How it began, where that was not empty. */
  readonly #initial: Buffer | undefined
  #isUsed = false

  private constructor(broker: StartedBroker, options: TestBrokerOptions, initial?: Buffer) {
    this.broker = broker
    this.#options = options
    this.#initial = initial
  }

  /** Rejects with what `startBroker` does. */
  static async start(options: TestBrokerOptions): Promise<TestBroker> {
    const { report: _, ...startOptions } = options
    const broker = await startBroker(startOptions)
    const isEmpty = Object.keys(startOptions).every(name => name === 'config' || name === 'brokers')
    return new TestBroker(broker, options, isEmpty ? undefined : await broker.snapshot())
  }

  /** What runs before the first test begins: it finds the broker as it was started, too. */
  async open(): Promise<void> {
    if (this.#isUsed) await this.#renew()
    this.#isUsed = false
  }

  /** A test begins: it finds the broker as it was started, or as what ran before it has left it. */
  async begin(): Promise<void> {
    if (this.#isUsed) await this.#renew()
    this.#isUsed = true
  }

  /**
   * A test has ended. Rejects if one of its faults never fired, but not when it has failed anyway:
   * then it is told what the broker has seen.
   */
  async end({ hasFailed, print }: TestEnd): Promise<void> {
    if (hasFailed) {
      if (this.#options.report ?? true) print(await this.broker.report())
      return
    }
    const unfired = this.broker.faults().filter(isUnfired)
    if (unfired.length > 0) throw unfiredError(unfired)
  }

  /** Where it is not shared. What `end` has found wrong is not told once more. */
  async close(): Promise<void> {
    await Promise.allSettled([this.broker.close()])
  }

  #renew(): Promise<void> {
    return this.#initial ? this.broker.restore(this.#initial) : this.broker.reset()
  }
}

const shared = new Map<string, Promise<TestBroker>>()

/** The one of this process for these options. */
export function sharedTestBroker(options: TestBrokerOptions): Promise<TestBroker> {
  const key = JSON.stringify(options)
  const started = shared.get(key) ?? TestBroker.start(options)
  shared.set(key, started)
  return started
}
