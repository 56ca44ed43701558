/** `npm run bench`: Apache Kafka and Odradek on one machine, in turns. `--help` has options. */
import { parseArgs } from 'node:util'
import { ratios } from './comparisons.ts'
import { runnableContenders } from './contenders.ts'
import { buildLoad } from './load.ts'
import { warmPageCache } from './machine.ts'
import { describeRatio, describeRound, describeTable, writeReport, type Heading } from './report.ts'
import { addResult, forgetResults, readResults } from './results.ts'
import { runWorkload } from './runner.ts'
import { tables, type MeasuredTable } from './tables.ts'
import { workloads, type Workload } from './workloads.ts'

const help = `npm run bench -- [options]
  --only NAME     what has NAME in its name; may be repeated
  --rounds N      5; for each broker
  --scale FACTOR  1; of the bytes and records of each round
  --warm-up GB    6; written to the page cache, and removed, before anything is measured
  --fresh         forget what earlier runs have measured; else the report has that, too
  --list          names only`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    'warm-up': { type: 'string', default: '6' },
    fresh: { type: 'boolean' },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
const rounds = above(0, 'rounds')
const scale = above(0, 'scale')
const headings = [...workloads, ...tables]
const isChosen = ({ name }: Heading): boolean => values.only.some(part => name.includes(part))

if (values.help) console.log(help)
else if (values.list) console.log(headings.map(({ name }) => name).join('\n'))
else if (process.platform !== 'linux') console.log('the benchmark reads /proc: Linux only')
else await run()

async function run(): Promise<void> {
  if (!headings.some(isChosen)) throw new Error(`nothing is called ${values.only.join(' or ')}`)
  await buildLoad()
  if (values.fresh) await forgetResults()
  await warmPageCache(above(-1, 'warm-up') * 1e9)
  for (const workload of workloads.filter(isChosen)) {
    await timed(workload, () => measureWorkload(workload))
  }
  for (const table of tables.filter(isChosen)) await timed(table, () => measureTable(table))
}

async function timed({ name, title }: Heading, measure: () => Promise<void>): Promise<void> {
  console.log(`\n${name}: ${title}`)
  const startMs = performance.now()
  await measure()
  console.log(`  took ${((performance.now() - startMs) / 1000).toFixed(0)} s`)
}

async function measureWorkload(workload: Workload): Promise<void> {
  const runnable = runnableContenders()
  const results = await runWorkload(workload, { rounds, scale, runnable }, result =>
    console.log(describeRound(result)),
  )
  for (const ratio of ratios(results)) console.log(describeRatio(ratio))
  await addResult(workload.name, { ...circumstances(), rounds: results })
  await writeReport(headings, readResults())
}

async function measureTable({ name, measure }: MeasuredTable): Promise<void> {
  const table = await measure({ rounds, scale })
  console.log(describeTable(table))
  await addResult(name, { ...circumstances(), table })
  await writeReport(headings, readResults())
}

function circumstances(): { measuredAt: string; extent: string } {
  return { measuredAt: new Date().toISOString(), extent: `rounds: ${rounds}, scale: ${scale}` }
}

function above(least: number, name: 'rounds' | 'scale' | 'warm-up'): number {
  const value = Number(values[name])
  if (!(value > least)) throw new Error(`--${name} wants a number, not '${values[name]}'`)
  return value
}
