/**
 * The crash loop by hand, as long as one likes: `node test/crash/main.ts --rounds 1000`. Prints a
 * line for results.md.
 */
import { parseArgs } from 'node:util'
import { seededRandom } from '../doubles/random.ts'
import { crashLoop } from './loop.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    durability: { type: 'string', default: 'disk' },
    /** Begins no round after that. */
    minutes: { type: 'string', default: 'Infinity' },
  },
})

const durability = values.durability === 'os' ? 'os' : 'disk'
const seed = Number(values.seed)
const end = performance.now() + Number(values.minutes) * 60_000
const result = await crashLoop({
  durability,
  rounds: Number(values.rounds),
  random: seededRandom(seed),
  mustEnd: () => performance.now() > end,
})
const { rounds, acknowledgedRecords, ends, verifications, violations } = result
const date = new Date().toISOString().slice(0, 10)
const cells = [date, process.version, durability, seed, rounds, acknowledgedRecords]
const kills = [ends.load, ends.pause, ends.stop, ends.start, ends['clean stop'], verifications]
console.log(`| ${[...cells, ...kills, violations.length].join(' | ')} |`)
for (const violation of violations) console.error(violation)
process.exitCode = violations.length === 0 ? 0 : 1
