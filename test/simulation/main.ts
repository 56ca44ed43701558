/**
 * Simulates schedules on all cores: `npm run simulation -- --seeds 20000`. Prints a line for
 * results.md, and each seed that fails; `--seed N` tells what happens in one.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { simulate, type Result } from './simulation.ts'

type Counts = Omit<Result, 'seed' | 'violations' | 'events'>

/** What a worker tells of its seeds: every so many, and of each that fails. */
interface Progress {
  schedules: number
  counts: Counts
  failed: { seed: number; violation: string }[]
}

interface Share {
  first: number
  step: number
  end: number
}

const reportEvery = 100

function noCounts(): Counts {
  return { crashes: 0, requests: 0, transactions: 0, committed: 0, unknown: 0, records: 0 }
}

function add(to: Counts, more: Counts): void {
  for (const name of Object.keys(to) as (keyof Counts)[]) to[name] += more[name]
}

/** In a worker: every `step`th seed. */
async function work({ first, step, end }: Share): Promise<void> {
  let progress: Progress = { schedules: 0, counts: noCounts(), failed: [] }
  const tell = (): void => {
    parentPort!.postMessage(progress)
    progress = { schedules: 0, counts: noCounts(), failed: [] }
  }
  for (let seed = first; seed < end; seed += step) {
    const result = await simulate(seed)
    progress.schedules++
    add(progress.counts, result)
    const [violation] = result.violations
    if (violation !== undefined) progress.failed.push({ seed, violation })
    if (progress.schedules === reportEvery) tell()
  }
  tell()
}

async function runAll(first: number, seeds: number): Promise<Progress> {
  const total: Progress = { schedules: 0, counts: noCounts(), failed: [] }
  const step = availableParallelism()
  const workers = Array.from({ length: step }, (_, i) => {
    const share: Share = { first: first + i, step, end: first + seeds }
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    worker.on('message', ({ schedules, counts, failed }: Progress) => {
      total.schedules += schedules
      add(total.counts, counts)
      total.failed.push(...failed)
      for (const { seed, violation } of failed) console.error(`seed ${seed}: ${violation}`)
    })
    return new Promise<void>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', () => resolve())
    })
  })
  await Promise.all(workers)
  return total
}

async function tellOne(seed: number): Promise<void> {
  const { events, violations } = await simulate(seed)
  for (const event of events) console.log(event)
  for (const violation of violations) console.error(violation)
  process.exitCode = violations.length === 0 ? 0 : 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
    },
  })
  if (values.seed !== undefined) return tellOne(Number(values.seed))
  const start = performance.now()
  const { schedules, counts, failed } = await runAll(Number(values.from), Number(values.seeds))
  const seconds = Math.round((performance.now() - start) / 1000)
  const date = new Date().toISOString().slice(0, 10)
  const { crashes, requests, transactions, committed, unknown, records } = counts
  const cells = [date, process.version, values.from, schedules, crashes, requests]
  const more = [transactions, committed, unknown, records, seconds, failed.length]
  console.log(`| ${[...cells, ...more].join(' | ')} |`)
  process.exitCode = failed.length === 0 ? 0 : 1
}

if (isMainThread) await main()
else await work(workerData as Share)
