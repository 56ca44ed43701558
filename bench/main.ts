/**
 * The figures of the README: `npm run bench`. Throughput needs kcat; beside it stands Apache Kafka
 * where Java and Maven are installed, in turns, so that a busy minute hurts both.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { canRunKafka, startKafka } from '../compat-tests/kafka/kafka.ts'
import { startServer } from '../compat-tests/server.ts'
import { missing } from '../compat-tests/tool.ts'
import {
  startCommandLine,
  startInFreshProcess,
  startInProcess,
  type CommandLineStart,
} from './startup.ts'
import { measureThroughput, writeInput, type Throughput } from './throughput.ts'

const startRounds = 7
const throughputRounds = 3

console.log(`Node ${process.version}, ${process.platform}, ${availableParallelism()} cores\n`)
await reportStartup()
await reportThroughput()

async function reportStartup(): Promise<void> {
  const commandLine: CommandLineStart[] = []
  for (let i = 0; i < startRounds; i++) commandLine.push(await startCommandLine())
  const first: number[] = []
  for (let i = 0; i < startRounds; i++) first.push(await startInFreshProcess())
  const inProcess: number[] = []
  for (let i = 0; i < startRounds; i++) inProcess.push(await startInProcess())
  const resident = median(commandLine.map(start => start.residentBytes ?? Number.NaN))
  print([
    ['start, to the first accepted connection', ''],
    ['odradek (command line)', `${median(commandLine.map(start => start.readyMs)).toFixed(0)} ms`],
    ['startBroker(), the first in a process, loading it', `${median(first).toFixed(0)} ms`],
    ['startBroker() again', `${median(inProcess).toFixed(1)} ms`],
    ['resident memory of the command line, idle', `${(resident / 1e6).toFixed(0)} MB`],
  ])
}

async function reportThroughput(): Promise<void> {
  const absent = missing('kcat', 'install it to measure throughput')
  if (absent) return console.log(`throughput${absent}`)
  const folder = await mkdtemp(path.join(tmpdir(), 'odradek-bench-'))
  const input = await writeInput(folder)
  const withKafka = canRunKafka()
  const [os, disk, kafka]: Throughput[][] = [[], [], []]
  try {
    for (let i = 0; i < throughputRounds; i++) {
      os!.push(await measure(() => startServer('--durability', 'os'), input))
      disk!.push(await measure(() => startServer('--durability', 'disk'), input))
      if (withKafka) kafka!.push(await measure(() => startKafka(), input))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  print([
    ['kcat, records of 1 kB, one partition, acks=all', 'produce', 'consume'],
    ['odradek --durability disk (synced to disk)', ...rates(disk!)],
    ['odradek --durability os (page cache)', ...rates(os!)],
    ...(withKafka
      ? [
          ['Apache Kafka 4.3.1 (page cache)', ...rates(kafka!)],
          ['odradek os / Apache Kafka', ...ratios(os!, kafka!)],
        ]
      : []),
  ])
}

async function measure(
  start: () => Promise<AsyncDisposable & { bootstrapServers: string }>,
  input: string,
): Promise<Throughput> {
  await using broker = await start()
  // Warm: what is measured is not the first thing that the process does.
  await measureThroughput(broker.bootstrapServers, input, 'warm-up')
  return await measureThroughput(broker.bootstrapServers, input, 'measured')
}

function medians(rounds: readonly Throughput[]): [number, number] {
  return [median(rounds.map(r => r.produceMBps)), median(rounds.map(r => r.consumeMBps))]
}

function rates(rounds: readonly Throughput[]): string[] {
  return medians(rounds).map(value => `${value.toFixed(0)} MB/s`)
}

function ratios(ours: readonly Throughput[], theirs: readonly Throughput[]): string[] {
  const [their, our] = [medians(theirs), medians(ours)]
  return our.map((value, i) => `${(value / their[i]!).toFixed(2)} ×`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function print(rows: readonly string[][]): void {
  const widths = [50, 10, 10]
  for (const [title, ...values] of rows) {
    const cells = values.map((value, i) => value.padStart(widths[i + 1]!))
    console.log([title!.padEnd(widths[0]!), ...cells].join('  ').trimEnd())
  }
  console.log()
}
