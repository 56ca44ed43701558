/** Runs a workload: all contenders in turns, A B A B, so that a busy minute hurts each of them. */
import type { Contender, ContenderName } from './contenders.ts'
import { contenderTitles, startContender } from './contenders.ts'
import { runLoad } from './load.ts'
import type { Figures } from './measures.ts'
import { shrunk } from './usage.ts'
import type { Workload } from './workloads.ts'

export interface RoundFigures {
  contender: ContenderName
  /** From 1. */
  round: number
  figures: Figures
}

export interface RunOptions {
  rounds: number
  /** Factor of the bytes of each workload. */
  scale: number
  runnable: readonly ContenderName[]
}

/** Of what a first round would write, so that what is measured is not a process's first work. */
const warmUpShare = 0.5
/** What is left of a broker's data between rounds: its own topics, and nothing of ours. */
const emptyBytes = 64e6
const shrinkLimitMs = 60_000

export async function runWorkload(
  workload: Workload,
  { rounds, scale, runnable }: RunOptions,
  report: (round: RoundFigures) => void,
): Promise<RoundFigures[]> {
  const names = workload.contenders.filter(name => runnable.includes(name))
  await using stack = new AsyncDisposableStack()
  const contenders: { name: ContenderName; contender: Contender }[] = []
  for (const name of names) {
    contenders.push({ name, contender: stack.use(await startContender(name)) })
  }
  for (const { contender } of contenders) await turn(workload, contender, scale * warmUpShare)
  const results: RoundFigures[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const { name, contender } of contenders) {
      const figures = await turn(workload, contender, scale)
      const result = { contender: name, round, figures }
      report(result)
      results.push(result)
    }
  }
  return results
}

async function turn(workload: Workload, contender: Contender, scale: number): Promise<Figures> {
  const { bootstrapServers: bootstrap, dataDir } = contender
  const { partitions } = workload.load
  const bytes = Math.ceil(workload.load.bytes * scale)
  await runLoad('create', { bootstrap, partitions })
  const figures = await workload.measure(contender, { ...workload.load, bootstrap, bytes })
  await runLoad('delete', { bootstrap })
  await shrunk(dataDir, emptyBytes, shrinkLimitMs)
  return figures
}

export function describe({ contender, round, figures }: RoundFigures): string {
  const values = Object.entries(figures).map(([title, value]) => `${title} ${shown(value)}`)
  return `${contenderTitles[contender].padEnd(24)} round ${round}  ${values.join('  ')}`
}

export function shown(value: number): string {
  if (Number.isNaN(value)) return '–'
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
