/**
 * What goes on with some logs between a start and the next crash or shutdown, on a disk that fails
 * and loses what it may: a series of lives, each compared with models that outlive them.
 */
import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import {
  StorageError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
} from '../../storage/partition-log.ts'
import { openFileLogStore } from '../../storage/file/store.ts'
import type { DiskDirectory } from '../doubles/faulty-disk.ts'
import { faultyFs, type FaultyFs, type Faults, type Operation } from '../doubles/faulty-fs.ts'
import { unlessOffline, type LogModel } from './log-model.ts'

const topicId = 'crashcrashcrashcrash11'

type Durability = 'os' | 'disk'

export class Lives {
  readonly #durability: Durability
  readonly #random: () => number
  readonly #models: readonly LogModel[]
  /** Those that met something worse than a killed process since they were last opened. */
  readonly #powerLost = new Set<LogModel>()
  /** The topic is to be deleted, and a start goes on with that until it has been. */
  #mustDelete = false
  /** How often the machine has stopped in the middle of an operation. */
  crashPoints = 0

  constructor(durability: Durability, random: () => number, models: readonly LogModel[]) {
    this.#durability = durability
    this.#random = random
    this.#models = models
  }

  /** Runs until the machine stops; returns what the next one finds. */
  async next(root: DiskDirectory): Promise<DiskDirectory> {
    const fs = faultyFs(root, {
      random: this.#random,
      crashAt: 1 + Math.floor(this.#random() * 500),
      shortTransfers: 0.2,
      ...(this.#chance(0.3) && { fail: this.#fault() }),
    })
    const sessions = this.#sessions(fs)
    // Whatever it still does when the machine has stopped is of no interest, but takes its time.
    sessions.catch(() => undefined)
    await Promise.race([sessions, fs.machine.crashed])
    await setImmediate()
    if (fs.machine.hasCrashed) this.crashPoints++
    const how = this.#chance(0.5) ? 'power loss' : 'kill'
    if (how === 'power loss') for (const model of this.#models) this.#powerLost.add(model)
    return fs.machine.restart(how)
  }

  /** One after the other in the same machine: a log that has failed comes back like any other. */
  async #sessions(fs: FaultyFs): Promise<void> {
    do {
      const isOver = await this.#session(fs)
      if (isOver) return
    } while (this.#chance(0.7))
  }

  /** Whether the store was left as it was, as a killed process leaves it. */
  async #session(fs: FaultyFs): Promise<boolean> {
    try {
      const options = { fs, directory: '/data', durability: this.#durability, now: () => 0 }
      const store = await openFileLogStore(options)
      const isKilled = this.#chance(0.5)
      try {
        await this.#serveAll(fs, store, isKilled)
      } finally {
        if (!isKilled) await store.close()
      }
      if (!isKilled) expect(fs.machine.openFiles).toBe(0)
      return isKilled
    } catch (error) {
      expectFailure(error)
      return false
    }
  }

  async #serveAll(fs: FaultyFs, store: LogStore, isKilled: boolean): Promise<void> {
    this.#mustDelete ||= this.#chance(0.05)
    if (this.#mustDelete) {
      await store.delete(topicId)
      this.#mustDelete = false
      for (const model of this.#models) model.deleted()
    }
    await Promise.all(
      this.#models.map((model, partition) =>
        unlessFailed(this.#serve(fs, store, partition, model, isKilled)),
      ),
    )
  }

  /** A log that has failed, or not, may be opened again while the others go on. */
  async #serve(
    fs: FaultyFs,
    store: LogStore,
    partition: number,
    model: LogModel,
    isKilled: boolean,
  ): Promise<void> {
    while (this.#chance(0.3)) await this.#serveOnce(fs, store, partition, model, false)
    await this.#serveOnce(fs, store, partition, model, isKilled)
  }

  async #serveOnce(
    fs: FaultyFs,
    store: LogStore,
    partition: number,
    model: LogModel,
    isKilled: boolean,
  ): Promise<void> {
    const config = model.config(this.#random)
    const { log } = await store.open({ topic: 'crash', topicId, partition }, config)
    try {
      await model.recovered(log, this.#floor(model), this.#random)
      this.#powerLost.delete(model)
      await work(fs, log, model, config, this.#random)
    } finally {
      if (!isKilled) await log.close()
    }
    // A clean shutdown makes everything durable, in either mode.
    if (!isKilled && log.failure === undefined) model.durable = model.endOffset
  }

  #floor(model: LogModel): number | undefined {
    if (!this.#powerLost.has(model)) return model.written
    return this.#durability === 'disk' ? model.durable : undefined
  }

  /** One operation of one kind fails. */
  #fault(): NonNullable<Faults['fail']> {
    // What a failed sync leaves behind is only undone where that was promised.
    const kinds: Operation[] = ['write', 'open', 'rename', 'syncDirectory', 'unlink', 'truncate']
    if (this.#durability === 'disk') kinds.push('datasync', 'datasync', 'datasync')
    const kind = kinds[Math.floor(this.#random() * kinds.length)]
    const nth = 1 + Math.floor(this.#random() * 20)
    const code = this.#chance(0.5) ? 'EIO' : 'ENOSPC'
    return (operation, _path, count) => (operation === kind && count === nth ? code : undefined)
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }
}

async function unlessFailed(work: Promise<void>): Promise<void> {
  await work.catch(expectFailure)
}

/** What the disk was told to do is no surprise. */
function expectFailure(error: unknown): void {
  if (!(error instanceof StorageError) || error.cause === undefined) throw error
}

/** Up to 40 steps on one log; appends and reads overlap. */
export async function work(
  fs: FaultyFs | undefined,
  log: PartitionLog,
  model: LogModel,
  firstConfig: LogConfig,
  random: () => number,
): Promise<void> {
  const hasEnded = (): boolean => log.failure !== undefined || fs?.machine.hasCrashed === true
  let config = firstConfig
  const pending: Promise<void>[] = []
  log.onProgress = () => {
    if (fs?.machine.hasCrashed) return
    model.durable = Math.max(model.durable, log.durableOffset)
  }
  const steps = random() * 40
  for (let step = 0; step < steps; step++) {
    // The model belongs to the next life as soon as this one has ended.
    if (hasEnded()) break
    const dice = random()
    if (dice < 0.55) {
      const until = random() < 0.5 ? 'durable' : 'written'
      pending.push(unlessOffline(model.append(log, until, random)))
    } else if (dice < 0.7) {
      await Promise.all(pending)
      if (!hasEnded() && random() < 0.3) await unlessOffline(model.lookUpTimestamp(log, random))
    } else if (dice < 0.85) {
      await unlessOffline(model.read(log, random))
    } else if (dice < 0.89) {
      const range = log.durableOffset - log.startOffset
      const newStart = log.startOffset + Math.floor(random() * (range + 1))
      await unlessOffline(model.trim(log, newStart))
    } else if (dice < 0.92) {
      const maintained = unlessOffline(model.maintain(log, config, random))
      if (model.maintainsAlongside) pending.push(maintained)
      else await maintained
    } else if (dice < 0.94) {
      config = model.config(random)
      log.configure(config)
    } else if (dice < 0.97) {
      pending.push(unlessOffline(log.checkpoint()))
    } else {
      for (let i = 0; i < 20; i++) await Promise.resolve()
    }
  }
  await Promise.all(pending)
}
