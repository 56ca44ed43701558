/**
 * Random work on two logs over a disk that loses what it may lose, again and again, compared with a
 * model. A failing seed is in the test's message; LOG_SEED=<seed> runs it alone, LOG_SEEDS=<number>
 * runs that many.
 */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { StorageError, type LogConfig, type PartitionLog } from '../../storage/partition-log.ts'
import { openFileLogStore } from '../../storage/file/store.ts'
import { DiskDirectory } from '../doubles/faulty-disk.ts'
import { faultyFs, type FaultyFs, type Operation } from '../doubles/faulty-fs.ts'
import { seededRandom } from '../doubles/random.ts'
import { CompactedLogModel } from './compacted-log-model.ts'
import { LogModel, unlessOffline } from './log-model.ts'

const seeds = process.env.LOG_SEEDS
const onlySeed = process.env.LOG_SEED
const livesPerSeed = 6
const topicId = 'crashcrashcrashcrash11'

type Durability = 'os' | 'disk'

/** Everything that goes on between a start and the next crash or shutdown. */
class Life {
  readonly #durability: Durability
  readonly #random: () => number
  readonly #models: readonly LogModel[]
  /** Something worse than a killed process happened since the logs were last opened. */
  powerLost = false

  constructor(durability: Durability, random: () => number, models: readonly LogModel[]) {
    this.#durability = durability
    this.#random = random
    this.#models = models
  }

  async run(root: DiskDirectory): Promise<DiskDirectory> {
    const fs = faultyFs(root, {
      random: this.#random,
      crashAt: 1 + Math.floor(this.#random() * 500),
      shortTransfers: 0.2,
      ...(this.#chance(0.3) && { fail: this.#fault() }),
    })
    const session = this.#session(fs)
    // Whatever it still does when the machine has stopped is of no interest.
    session.catch(() => undefined)
    await Promise.race([session, fs.machine.crashed])
    const how = this.#chance(0.5) ? 'power loss' : 'kill'
    if (how === 'power loss') this.powerLost = true
    return fs.machine.restart(how)
  }

  async #session(fs: FaultyFs): Promise<void> {
    try {
      const options = { fs, directory: '/data', durability: this.#durability, now: () => 0 }
      const store = await openFileLogStore(options)
      const logs = await Promise.all(
        this.#models.map(async (model, partition) => {
          const config = model.config(this.#random)
          const { log } = await store.open({ topic: 'crash', topicId, partition }, config)
          await model.recovered(log, this.#floor(model), this.#random)
          return { log, config }
        }),
      )
      this.powerLost = false
      await Promise.all(
        logs.map(({ log, config }, i) => this.#work(fs, log, this.#models[i]!, config)),
      )
      if (this.#chance(0.5)) return
      await Promise.all(logs.map(({ log }) => log.close()))
      for (const [i, { log }] of logs.entries()) {
        const model = this.#models[i]!
        // A clean shutdown makes everything durable, in either mode.
        if (log.failure === undefined) model.durable = model.endOffset
      }
      expect(fs.machine.openFiles).toBe(0)
    } catch (error) {
      if (!(error instanceof StorageError) || error.cause === undefined) throw error
    }
  }

  #floor(model: LogModel): number | undefined {
    if (!this.powerLost) return model.written
    return this.#durability === 'disk' ? model.durable : undefined
  }

  async #work(fs: FaultyFs, log: PartitionLog, model: LogModel, config: LogConfig): Promise<void> {
    const pending: Promise<void>[] = []
    log.onProgress = () => {
      if (!fs.machine.hasCrashed) model.durable = Math.max(model.durable, log.durableOffset)
    }
    const steps = this.#random() * 40
    for (let step = 0; step < steps; step++) {
      // The model belongs to the next life as soon as this one has ended.
      if (log.failure !== undefined || fs.machine.hasCrashed) break
      const dice = this.#random()
      if (dice < 0.6) {
        const until = this.#chance(0.5) ? 'durable' : 'written'
        pending.push(unlessOffline(model.append(log, until, this.#random)))
      } else if (dice < 0.75) {
        await Promise.all(pending)
      } else if (dice < 0.9) {
        await unlessOffline(model.read(log, this.#random))
      } else if (dice < 0.95) {
        const range = log.durableOffset - log.startOffset
        const newStart = log.startOffset + Math.floor(this.#random() * (range + 1))
        await unlessOffline(model.trim(log, newStart))
      } else if (dice < 0.97) {
        const work = unlessOffline(model.maintain(log, config))
        if (model.maintainsAlongside) pending.push(work)
        else await work
      } else {
        for (let i = 0; i < 20; i++) await Promise.resolve()
      }
    }
    await Promise.all(pending)
  }

  /** One operation of one kind fails. */
  #fault(): (operation: Operation, path: string, count: number) => string | undefined {
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

async function runSeed(
  seed: number,
  durability: Durability,
  Model: typeof LogModel,
): Promise<void> {
  const random = seededRandom(seed)
  const models = [new Model('first'), new Model('second')]
  const life = new Life(durability, random, models)
  let disk = new DiskDirectory()
  for (let i = 0; i < livesPerSeed; i++) disk = await life.run(disk)
}

const rules = [
  ['keeps what it acknowledged, in order, once', LogModel, 150],
  ['compacted keeps the last of each key, and what is gone is gone', CompactedLogModel, 50],
] as const

describe.each<Durability>(['disk', 'os'])('a log in %s mode', durability => {
  it.each(rules)(
    '%s, whatever crashes and fails',
    { timeout: 120_000 },
    async (_, Model, fewSeeds) => {
      const first = onlySeed === undefined ? 1 : Number(onlySeed)
      const last = onlySeed === undefined ? Number(seeds ?? fewSeeds) : first
      for (let seed = first; seed <= last; seed++) {
        try {
          await runSeed(seed, durability, Model)
          // The disk knows only microtasks: let the test's timeout have a chance.
          await setImmediate()
        } catch (error) {
          throw new Error(`LOG_SEED=${seed} (${durability}): ${String(error)}`, { cause: error })
        }
      }
    },
  )
})
