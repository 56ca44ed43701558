/** Runs a workload: all contenders in turns, A B A B, so that a busy minute hurts each of them. */
import { startContender, type Contender, type ContenderName } from './contenders.ts'
import { runLoad } from './load.ts'
import type { Figures } from './measures.ts'
import { makeTls, type Tls } from './tls.ts'
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
  /** Factor of the bytes and of the records of each workload. */
  scale: number
  runnable: readonly ContenderName[]
}

/** Of what a round writes: what is measured is not the first work that a process does. */
const warmUpShare = 0.5

export async function runWorkload(
  workload: Workload,
  { rounds, scale, runnable }: RunOptions,
  report: (round: RoundFigures) => void,
): Promise<RoundFigures[]> {
  await using running = new AsyncDisposableStack()
  const contenders = new Map<ContenderName, Contender>()
  const tls = workload.isSecure ? await makeTls() : undefined
  for (const name of workload.contenders) {
    if (!runnable.includes(name)) continue
    contenders.set(name, running.use(await startContender(name, ...(tls?.configs ?? []))))
  }
  for (const contender of workload.isCold ? [] : contenders.values()) {
    await turn(workload, contender, scale * warmUpShare, tls)
  }
  const results: RoundFigures[] = []
  for (let round = 1; round <= Math.min(rounds, workload.maxRounds ?? rounds); round++) {
    for (const [name, contender] of contenders) {
      const result = {
        contender: name,
        round,
        figures: await turn(workload, contender, scale, tls),
      }
      report(result)
      results.push(result)
    }
  }
  return results
}

async function turn(
  workload: Workload,
  contender: Contender,
  scale: number,
  tls: Tls | undefined,
): Promise<Figures> {
  const { bootstrapServers, dataDir } = contender
  const broker = { bootstrap: bootstrapServers, ...(tls && { tls: tls.authority }) }
  const { partitions, bytes, records } = workload.load
  const load = { ...workload.load, ...broker, bytes: Math.ceil(bytes * scale) }
  if (records !== undefined) load.records = Math.ceil(records * scale)
  await runLoad('create', { ...broker, partitions })
  const figures = await workload.measure(contender, load)
  await runLoad('delete', broker)
  await shrunk(dataDir)
  return figures
}
