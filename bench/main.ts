/** `npm run bench`: Apache Kafka and Odradek on one machine, in turns. `--help` has options. */
import { parseArgs } from 'node:util'
import { runnableContenders } from './contenders.ts'
import { buildLoad } from './load.ts'
import { describe, runWorkload } from './runner.ts'
import { ratios } from './ratios.ts'
import { workloads } from './workloads.ts'

const help = `npm run bench -- [options]
  --only NAME     workloads whose name contains it; may be repeated
  --rounds N      5; for each contender
  --scale FACTOR  1; of the bytes of each round
  --list          names of the workloads`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const chosen = workloads.filter(({ name }) => values.only.some(part => name.includes(part)))
if (values.help) console.log(help)
else if (values.list) console.log(workloads.map(({ name }) => name).join('\n'))
else await run()

async function run(): Promise<void> {
  if (chosen.length === 0) throw new Error(`no workload is named like ${values.only.join(', ')}`)
  await buildLoad()
  const runnable = runnableContenders()
  const rounds = Number(values.rounds)
  const scale = Number(values.scale)
  for (const workload of chosen) {
    console.log(`\n${workload.name}`)
    const results = await runWorkload(workload, { rounds, scale, runnable }, result =>
      console.log(describe(result)),
    )
    for (const line of ratios(results)) console.log(line)
  }
}
