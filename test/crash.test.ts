/**
 * What was acknowledged survives SIGKILL, whatever the server was about: see crash/workload.ts for
 * what it is about, crash/partition-history.ts and its neighbours for what must hold. CRASH_ROUNDS
 * says how often; ODRADEK_TEST_SEED repeats the choices of a run, though not its moments.
 */
import { describe, expect, it } from 'vitest'
import { crashLoop } from './crash/loop.ts'
import { seededRandom } from './doubles/random.ts'

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 10)
const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 2 ** 31)
/** With fewer, chance may leave something out. */
const roundsThatDoEverything = 100
const timeoutMs = 60_000 + rounds * 5_000

describe.concurrent.each(['disk', 'os'] as const)(
  'SIGKILL under load, durability %s',
  durability => {
    it(`loses nothing in ${rounds} rounds, seed ${seed}`, { timeout: timeoutMs }, async () => {
      const result = await crashLoop({ durability, rounds, random: seededRandom(seed) })
      console.info(durability, result)
      expect(result.violations).toEqual([])
      // The rounds were not idle.
      expect(result.acknowledgedRecords).toBeGreaterThan(rounds * 10)
      expect(result.committedTransactions).toBeGreaterThan(0)
      if (rounds < roundsThatDoEverything) return
      const { checkedStarts, verifications, ends, logs } = result
      expect(Math.min(checkedStarts, verifications, ...Object.values(ends))).toBeGreaterThan(0)
      expect(logs['kept-0']!.startOffset, 'DeleteRecords').toBeGreaterThan(0)
      expect(logs['by-size-0']!.startOffset, 'retention.bytes').toBeGreaterThan(0)
      expect(logs['by-age-0']!.startOffset, 'retention.ms').toBeGreaterThan(0)
      const { records, highWatermark } = logs['compacted-0']!
      expect(records, 'compaction').toBeLessThan(highWatermark)
    })
  },
)
