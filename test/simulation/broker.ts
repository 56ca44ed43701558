/** A broker on a disk that loses what it may lose: one life after the other, without sockets. */
import { openBroker, type Broker } from '../../src/broker.ts'
import { createConfig } from '../../src/config.ts'
import type { Caller, Dispatch, Dispatched } from '../../src/dispatch.ts'
import { handlers } from '../../src/handlers/index.ts'
import type { Logger } from '../../src/logger.ts'
import type { Random } from '../../src/random.ts'
import { openFileLogStore } from '../../storage/file/store.ts'
import { DiskDirectory } from '../doubles/faulty-disk.ts'
import { faultyFs, type Faults, type FaultyFs, type Operation } from '../doubles/faulty-fs.ts'
import type { SimulatedClock } from './clock.ts'
import { SurvivingRows } from './rows.ts'
import type { Dice } from './dice.ts'
import { loadHandlers } from '../../src/served-api.ts'

/** Retention, compaction and checkpoints are always about to begin. */
const settings = {
  'node.id': '1',
  'queued.max.response.bytes': '67108864',
  'log.retention.check.interval.ms': '3000',
  'log.cleaner.backoff.ms': '1000',
  'log.cleaner.dedupe.buffer.size': '1048576',
  'log.flush.offset.checkpoint.interval.ms': '8000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
}
const { config } = createConfig(
  Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
)

// Nobody waits for a file while time stands still.
await loadHandlers(handlers)

export interface BrokerOptions {
  durability: 'os' | 'disk'
  clock: SimulatedClock
  dice: Dice
  /** Takes what the broker logs as an error: nothing here may make it do so. */
  onError: (message: string) => void
}

interface Life {
  fs: FaultyFs
  faults: Faults
  clock: ReturnType<SimulatedClock['mortal']>
  /** An operation has failed: some partitions may be offline until the next start. */
  hasFailed: boolean
  dispatch?: Dispatch
  broker?: Broker
}

export class SimulatedBroker {
  /** Called when the machine has stopped: for connections, and for who starts it again. */
  onCrash: () => void = () => undefined
  onDown: () => void = () => undefined
  /** Called before the row of a transaction is stored. */
  onTransaction: () => void = () => undefined
  crashes = 0
  readonly #options: BrokerOptions
  readonly #rows = new SurvivingRows()
  #disk = new DiskDirectory()
  #life: Life | undefined

  constructor(options: BrokerOptions) {
    this.#options = options
  }

  /** It takes requests. */
  get isUp(): boolean {
    return this.#life?.dispatch !== undefined && !this.#life.fs.machine.hasCrashed
  }

  /** Starts; with `crashAt`, the machine stops in the middle of this operation. */
  async start(crashAt = Infinity): Promise<void> {
    const { dice, durability } = this.#options
    const faults: Faults = {
      random: dice.random,
      crashAt,
      shortTransfers: 0.05,
      pause: operation => this.#pause(operation),
    }
    const fs = faultyFs(this.#disk, faults)
    const clock = this.#options.clock.mortal()
    const life: Life = { fs, faults, clock, hasFailed: false }
    this.#life = life
    void fs.machine.crashed.then(() => this.#die(life))
    const opened = this.#open(life, durability)
    opened.catch((error: unknown) => {
      this.#complain(life, `cannot open: ${String(error)}`)
    })
    await Promise.race([opened, fs.machine.crashed])
  }

  /** The machine stops within this many operations from now. */
  crashWithin(operations: number): void {
    const life = this.#life
    if (life !== undefined) life.faults.crashAt = life.fs.machine.operations + operations
  }

  /** One of the next operations of this kind fails. */
  failAt(operation: Operation, count: number, onFailure: () => void): void {
    const life = this.#life
    if (life === undefined) return
    let left = count
    life.faults.fail = each => {
      if (each !== operation || --left !== 0) return undefined
      life.hasFailed = true
      onFailure()
      return 'EIO'
    }
  }

  /** Nothing happens to it any more. */
  calm(): void {
    if (this.#life === undefined) return
    this.#life.faults.crashAt = Infinity
    this.#life.faults.fail = () => undefined
  }

  /** The process stops between two operations. */
  kill(): void {
    if (this.#life !== undefined) this.#die(this.#life)
  }

  async stop(): Promise<void> {
    const life = this.#life
    if (life?.broker === undefined) return
    await Promise.race([life.broker.close(), life.fs.machine.crashed])
    if (!life.fs.machine.hasCrashed) this.#end(life)
  }

  /** Undefined when nobody listens. Throws what closes the connection. */
  dispatch(frame: Buffer, caller: Caller): Dispatched | undefined {
    return this.isUp ? this.#life!.dispatch!(frame, caller) : undefined
  }

  async #open(life: Life, durability: 'os' | 'disk'): Promise<void> {
    const { clock, fs } = life
    const random = simulatedRandom(this.#options.dice.random)
    const metadata = this.#rows.open(fs.machine, changes => {
      if (changes.some(({ kind }) => kind === 'transaction')) this.onTransaction()
    })
    const now = (): number => clock.now()
    const randomBelow = random.below
    const logs = await openFileLogStore({ fs, directory: '/data', durability, now, randomBelow })
    let dispatch: Dispatch | undefined
    life.broker = await openBroker({
      config,
      metadata,
      logs,
      logger: strictLogger(message => this.#complain(life, message)),
      clock,
      random,
      keepsProcessAlive: false,
      listen: options => {
        dispatch = options.dispatch
        const done = async (): Promise<void> => {}
        return { addresses: [], open: done, renew: done, stop: done, start: done, close: done }
      },
    })
    if (dispatch !== undefined) life.dispatch = dispatch
  }

  /** What is logged as an error has no reason, unless the disk has failed. */
  #complain(life: Life, message: string): void {
    if (!life.fs.machine.hasCrashed && !life.hasFailed) this.#options.onError(message)
  }

  #die(life: Life): void {
    if (this.#life !== life) return
    const { dice, durability } = this.#options
    this.crashes++
    const how = durability === 'disk' && dice.chance(0.6) ? 'power loss' : 'kill'
    this.#end(life)
    this.#disk = life.fs.machine.restart(how)
    this.onCrash()
    this.onDown()
  }

  #end(life: Life): void {
    life.clock.die()
    this.#life = undefined
  }

  /** Mostly an operation takes no time; now and then, others come in between. */
  #pause(operation: Operation): Promise<void> | undefined {
    const { dice, clock } = this.#options
    return dice.chance(operation === 'commit' ? 0.2 : 0.04)
      ? clock.sleep(dice.below(30))
      : undefined
  }
}

function simulatedRandom(random: () => number): Random {
  const below = (limit: number): number => Math.floor(random() * limit)
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('')
  return {
    below,
    bytes: count => Buffer.from(hex(2 * count), 'hex'),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    id: () => Buffer.from(`0${hex(31)}`, 'hex').toString('base64url'),
  }
}

function strictLogger(onError: (message: string) => void): Logger {
  const ignore = (): void => undefined
  const complain = (details: object, message: string): void => {
    const { err } = details as { err?: Error }
    onError(`${message}${err === undefined ? '' : `: ${err.stack ?? String(err)}`}`)
  }
  return { debug: ignore, info: ignore, warn: ignore, error: complain }
}
