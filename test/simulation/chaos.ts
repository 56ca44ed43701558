/** What befalls the broker and its network, and when. */
import type { SimulatedBroker } from './broker.ts'
import type { World } from './client.ts'
import { noTrouble, type Trouble } from './network.ts'

const failing = ['write', 'datasync', 'rename', 'syncDirectory'] as const

export class Chaos {
  readonly #world: World
  readonly #broker: SimulatedBroker
  readonly #trouble: Trouble
  #crashesLeft: number
  #isOver = false

  /** `trouble` is what the network knows of it. */
  constructor(world: World, broker: SimulatedBroker, trouble: Trouble) {
    this.#world = world
    this.#broker = broker
    this.#trouble = trouble
    this.#crashesLeft = world.dice.pick([0, 1, 1, 2, 3])
  }

  begin(): void {
    const { dice } = this.#world
    if (dice.chance(0.6)) {
      const much = dice.pick([0.01, 0.03, 0.06])
      const trouble = { lostRequest: much, lostReply: much, slow: much, lingers: much }
      Object.assign(this.#trouble, trouble)
    }
    this.#broker.onDown = () => void this.#restart()
    this.#planCrash()
    this.#planFailure()
  }

  /** Resolves when the broker is up, for good. */
  async end(): Promise<void> {
    const { clock } = this.#world
    this.#isOver = true
    this.#world.stalls = 0
    this.#world.deaths = 0
    Object.assign(this.#trouble, noTrouble)
    this.#broker.onTransaction = () => undefined
    this.#broker.calm()
    while (!this.#broker.isUp) await clock.sleep(100)
    this.#broker.calm()
  }

  /** A write or a sync fails, once: the partition is offline until the broker is killed. */
  #planFailure(): void {
    const { clock, dice } = this.#world
    if (this.#isOver || !dice.chance(0.1)) return
    const operation = dice.pick(failing)
    this.#broker.failAt(operation, dice.between(1, 60), () => {
      this.#tell(`a ${operation} has failed`)
      clock.after(dice.below(4000), () => this.#broker.kill())
    })
  }

  /** At any operation; or at one of those around the row of a transaction. */
  #planCrash(): void {
    const { dice } = this.#world
    this.#broker.onTransaction = () => undefined
    if (this.#isOver || this.#crashesLeft === 0) return
    this.#crashesLeft--
    if (dice.chance(0.5)) {
      this.#broker.crashWithin(dice.between(1, dice.chance(0.2) ? 20 : 400))
      return
    }
    let transitions = dice.between(1, 12)
    this.#broker.onTransaction = () => {
      if (--transitions === 0) this.#broker.crashWithin(dice.between(1, dice.chance(0.5) ? 3 : 15))
    }
  }

  async #restart(): Promise<void> {
    const { clock, dice } = this.#world
    this.#tell('the broker has crashed')
    await clock.sleep(dice.chance(0.2) ? dice.below(8000) : dice.below(500))
    const crashesInStart = !this.#isOver && this.#crashesLeft > 0 && dice.chance(0.2)
    if (crashesInStart) this.#crashesLeft--
    await this.#broker.start(crashesInStart ? dice.between(1, 60) : Infinity)
    this.#tell(`the broker is ${this.#broker.isUp ? 'up' : 'down'}`)
    if (!this.#broker.isUp || crashesInStart) return
    this.#planCrash()
    this.#planFailure()
  }

  #tell(event: string): void {
    const { clock, history } = this.#world
    history.events.push(`${clock.monotonic()} ${event}`)
  }
}
