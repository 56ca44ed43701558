/**
 * Random work on three logs over a disk that loses what it may lose, again and again, compared with
 * a model. CRASH_POINTS says how often the machine stops in the middle of an operation, in sum; the
 * seeds begin with ODRADEK_TEST_SEED. A failing one is in the test's message, and repeats with
 * CRASH_POINTS=1.
 */
import { describe, expect, it } from 'vitest'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { DiskDirectory } from '../doubles/faulty-disk.ts'
import { seededRandom } from '../doubles/random.ts'
import { CompactedLogModel } from './compacted-log-model.ts'
import { Lives, work } from './crash-life.ts'
import { LogModel } from './log-model.ts'
import { TransactionalLogModel } from './transactional-log-model.ts'

const crashPoints = Number(process.env['CRASH_POINTS'] ?? 500)
const firstSeed = Number(process.env['ODRADEK_TEST_SEED'] ?? 1)
const livesPerSeed = 6
const partitions = [0, 1, 2]
const timeoutMs = 60_000 + crashPoints * 50

const durabilities = ['disk', 'os'] as const
const rules = [
  ['keeps what it acknowledged, in order, once', LogModel],
  ['compacted keeps the last of each key, and what is gone is gone', CompactedLogModel],
  ['compacted keeps what was committed, and markers while they count', TransactionalLogModel],
] as const
/** Of all crash points. */
const share = 1 / (durabilities.length * rules.length)

/** Runs one seed after the other until there were that many crash points; returns their number. */
async function runSeeds(
  wanted: number,
  runSeed: (seed: number, random: () => number) => Promise<number>,
): Promise<number> {
  let seed = firstSeed
  for (let points = 0; points < wanted; seed++) {
    try {
      points += await runSeed(seed, seededRandom(seed))
    } catch (error) {
      throw new Error(`ODRADEK_TEST_SEED=${seed}: ${String(error)}`, { cause: error })
    }
  }
  return seed - firstSeed
}

describe.each(durabilities)('a log in %s mode', durability => {
  it.each(rules)('%s, whatever crashes and fails', { timeout: timeoutMs }, async (rule, Model) => {
    let points = 0
    const seeds = await runSeeds(crashPoints * share, async (_, random) => {
      const models = partitions.map(partition => new Model(`partition ${partition}`))
      const lives = new Lives(durability, random, models)
      let disk = new DiskDirectory()
      for (let i = 0; i < livesPerSeed; i++) disk = await lives.next(disk)
      points += lives.crashPoints
      return lives.crashPoints
    })
    process.stdout.write(`${durability}: ${rule}: ${points} crash points in ${seeds} seeds\n`)
  })
})

describe('a log in memory mode', () => {
  it.each(rules)('%s, while it lives', { timeout: timeoutMs }, async (_, Model) => {
    await runSeeds(20, async (__, random) => {
      const store = createMemoryLogStore(() => 0)
      const model = new Model('memory')
      for (let i = 0; i < livesPerSeed; i++) {
        const config = model.config(random)
        const id = { topic: 'memory', topicId: 'memorymemorymemory1234', partition: 0 }
        const { log } = await store.open(id, config)
        await model.recovered(log, model.written, random)
        await work(undefined, log, model, config, random)
        expect(log.durableOffset).toBe(model.endOffset)
        await log.close()
      }
      return 1
    })
  })
})
