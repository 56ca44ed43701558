/** What all simulated clients share: a connection that is made anew, and patience. */
import { errorName, type ErrorName } from '../../protocol/errors.ts'
import type { SimulatedClock } from './clock.ts'
import type { Dice } from './dice.ts'
import type { History } from './history.ts'
import { ConnectionLost, type Connection, type Network } from './network.ts'

export interface World {
  clock: SimulatedClock
  dice: Dice
  network: Network
  history: History
  topics: readonly SimulatedTopic[]
  /** How often a client stops for longer than anybody waits for it: [0, 1]. */
  stalls: number
  /** How often a client is gone in the middle of what it does: [0, 1]. */
  deaths: number
}

export interface SimulatedTopic {
  name: string
  /** Of the topic that has the name now; undefined while there is none. */
  id: string | undefined
  partitions: number
  /** It is deleted and created again. */
  isBrief: boolean
}

/** The producer's transaction cannot be committed; after its abort it may go on. */
export class Abortable extends Error {
  override readonly name = 'Abortable'
}

/** The producer is done: it is gone, has lost its place to another one, or has taken too long. */
export class Fenced extends Error {
  override readonly name = 'Fenced'
}

const maxAttempts = 200
const minBackoffMs = 50
const maxBackoffMs = 1000
const stallMs = 12_000

/** Errors of coordinators and partitions after which clients try again. */
const retriable: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  // Until the broker is started anew.
  'KAFKA_STORAGE_ERROR',
  'NOT_COORDINATOR',
  'NOT_ENOUGH_REPLICAS',
  'NOT_LEADER_OR_FOLLOWER',
  'UNSTABLE_OFFSET_COMMIT',
])

export abstract class Client {
  readonly name: string
  protected readonly world: World
  #connection: Connection | undefined

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
  }

  protected get connection(): Connection {
    if (!this.#connection?.isOpen) this.#connection = this.world.network.connect()
    return this.#connection
  }

  /** Tries again until there is an answer, as clients do over connections and restarts. */
  protected async persist<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const { clock, dice, history } = this.world
    for (let attempts = 0; attempts < maxAttempts; attempts++) {
      try {
        const answer = await attempt()
        if (answer !== undefined) return answer
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      }
      await clock.sleep(dice.between(5, Math.min(maxBackoffMs, minBackoffMs * 2 ** attempts)))
    }
    history.report(`${this.name}: ${what} was never answered`)
    throw new Error(`${what} was never answered`)
  }

  protected isRetriable(errorCode: number): boolean {
    return retriable.has(errorName(errorCode))
  }

  protected log(event: string): void {
    this.world.history.events.push(`${this.world.clock.monotonic()} ${this.name}: ${event}`)
  }

  /** Mostly short; a client that stops for longer is taken for dead. */
  async pause(): Promise<void> {
    const { clock, dice, stalls, deaths } = this.world
    if (dice.chance(deaths)) {
      this.log('is gone')
      throw new Fenced('it is gone')
    }
    if (!dice.chance(stalls)) return clock.sleep(dice.below(20))
    this.log('stalls')
    await clock.sleep(dice.below(stallMs))
  }
}
