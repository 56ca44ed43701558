/** Rounds of load, end and look: how the broker ends is chosen by chance. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startServer, type Server } from '../../compat-tests/server.ts'
import { RawClient } from '../raw-client.ts'
import { administer, consume, trim } from './clients.ts'
import { failures } from './failures.ts'
import { readLog } from './log-reader.ts'
import { committedOffset, listTopics, topicConfigs, trimPartition } from './requests.ts'
import { createWorkload, watchedTopics, type WatchedPartition, type Workload } from './workload.ts'
import { pause } from './pause.ts'

const program = fileURLToPath(new URL('../../bin/odradek.js', import.meta.url))
/** Retention, compaction and checkpoints are always about to begin. */
const settings = [
  'log.retention.check.interval.ms=20',
  'log.cleaner.backoff.ms=20',
  'log.flush.offset.checkpoint.interval.ms=50',
].flatMap(setting => ['--set', setting])
const maxLoadMs = 400
/** A longer log is trimmed, so that a look at it stays short. */
const maxLogRecords = 3000
const verifyShare = 0.1

/** How often the broker ended in which way. */
type Phase = 'load' | 'pause' | 'stop' | 'start' | 'clean stop'

export interface LoopResult {
  violations: string[]
  /** Rounds that were done. */
  rounds: number
  acknowledgedRecords: number
  committedTransactions: number
  ends: Record<Phase, number>
  /** Starts that had to check logs, and say so. */
  checkedStarts: number
  /** Reports of `odradek log verify` on what a kill has left. */
  verifications: number
  /** By partition, what is in the log in the end: it shows what was taken away. */
  logs: Record<string, { startOffset: number; highWatermark: number; records: number }>
}

export interface LoopOptions {
  durability: 'os' | 'disk'
  rounds: number
  random: () => number
  /** Asked before each round. */
  mustEnd?: () => boolean
}

/** Ends with the first round in which something is wrong. */
export async function crashLoop(options: LoopOptions): Promise<LoopResult> {
  const { durability, random } = options
  await using server = await startServer('--durability', durability, ...settings)
  const workload = await connected(server, client => createWorkload(client, random))
  const ends = { load: 0, pause: 0, stop: 0, start: 0, 'clean stop': 0 }
  const result: LoopResult = {
    violations: [],
    rounds: 0,
    acknowledgedRecords: 0,
    committedTransactions: 0,
    ends,
    checkedStarts: 0,
    verifications: 0,
    logs: {},
  }
  const mustEnd = options.mustEnd ?? (() => false)
  while (result.violations.length === 0 && result.rounds < options.rounds && !mustEnd()) {
    const phase = await loadAndEnd(server, workload, result)
    if (phase !== 'clean stop' && random() < 0.25) await killWhileStarting(server, result, random)
    if (random() < verifyShare) await verify(server, result)
    await server.restart()
    if (hasCheckedLogs(server)) {
      result.checkedStarts++
      if (phase === 'clean stop') result.violations.push('logs were checked after a clean stop')
    }
    await look(server, workload, result)
    result.rounds++
  }
  if (result.violations.length === 0) await finish(server, workload, result)
  const streams = workload.partitions.flatMap(({ streams }) => streams)
  result.acknowledgedRecords = streams.reduce((sum, each) => sum + each.acknowledgedRecords, 0)
  result.committedTransactions = workload.copier.history.committedTransactions
  return result
}

/** Everybody works until the broker has gone. */
async function loadAndEnd(server: Server, workload: Workload, result: LoopResult): Promise<Phase> {
  const { partitions, random } = workload
  const clients: RawClient[] = []
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(server.bootstrapServers)
    clients.push(client)
    return client
  }
  const report = (violations: readonly string[]): void => void result.violations.push(...violations)
  let acks = 0
  const acksBeforeEnd = random() < 0.5 ? Math.floor(random() * 100) : Infinity
  const enough = Promise.withResolvers<void>()
  const onAck = (): void => {
    if (++acks >= acksBeforeEnd) enough.resolve()
  }
  const { copier } = workload
  const work: Promise<unknown>[] = [
    administer(await connect(), workload, report),
    copier.feed(await connect()),
    copier.copy(await connect()),
    copier.read(await connect(), report),
  ]
  for (const partition of partitions) {
    for (const stream of partition.streams) {
      work.push(stream.write(await connect(), onAck).then(report))
    }
    const consumer = await connect()
    work.push(resume(consumer, partition, report))
    if (partition.isTrimmed) work.push(trim(await connect(), partition, random))
  }
  const ended = Promise.allSettled(work)
  await Promise.race([enough.promise, pause(random() * maxLoadMs)])
  const phase = await end(server, random)
  result.ends[phase]++
  report(failures(await ended))
  for (const client of clients) await client[Symbol.asyncDispose]()
  return phase
}

async function resume(
  client: RawClient,
  partition: WatchedPartition,
  report: (violations: readonly string[]) => void,
): Promise<void> {
  const committed = await committedOffset(client, partition.group, partition)
  await consume(client, partition, Math.max(0, committed), report)
}

async function end(server: Server, random: () => number): Promise<Phase> {
  const choice = random()
  if (choice < 0.12) {
    const { code } = await server.stop()
    if (code !== 0) throw new Error(`the server stopped with exit code ${code}`)
    return 'clean stop'
  }
  if (choice < 0.2) {
    process.kill(server.pid, 'SIGTERM')
    await pause(random() * 20)
    await server.kill()
    return 'stop'
  }
  if (choice < 0.3) {
    process.kill(server.pid, 'SIGSTOP')
    await pause(random() * 50)
    process.kill(server.pid, 'SIGCONT')
    await pause(random() * 30)
    await server.kill()
    return 'pause'
  }
  await server.kill()
  return 'load'
}

/** Recovery can be interrupted as well, more than once. */
async function killWhileStarting(
  server: Server,
  { ends }: LoopResult,
  random: () => number,
): Promise<void> {
  for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
    const started = server.restart().catch(() => {})
    await Promise.race([started, pause(random() * 300)])
    await server.kill()
    await started
    ends.start++
  }
}

/** What a kill leaves may end in a torn batch, and has no other damage. */
function verify({ dataDir }: Server, result: LoopResult): Promise<void> {
  return new Promise(resolve => {
    execFile(process.execPath, [program, 'log', 'verify', dataDir], (error, stdout) => {
      result.verifications++
      if (error !== null) result.violations.push(`odradek log verify:\n${stdout}${error.message}`)
      resolve()
    })
  })
}

function hasCheckedLogs({ log }: Server): boolean {
  return log.some(line => line.includes('logs were checked'))
}

async function look(server: Server, workload: Workload, result: LoopResult): Promise<void> {
  const { violations, logs } = result
  await connected(server, async client => {
    for (const partition of workload.partitions) {
      const { history, commits, group, isTrimmed } = partition
      const found = await readLog(client, partition)
      const { startOffset, highWatermark, records } = found
      violations.push(...history.check(found, Date.now()))
      const committed = await committedOffset(client, group, partition)
      violations.push(...commits.check(committed, highWatermark))
      logs[history.name] = { startOffset, highWatermark, records: records.length }
      if (isTrimmed && records.length > maxLogRecords) {
        const offset = highWatermark - maxLogRecords / 2
        history.requestTrim(offset)
        history.tellStart(await trimPartition(client, partition, offset))
      }
    }
    violations.push(...(await workload.copier.look(client)))
    violations.push(...(await lookAtTopics(client, workload)))
  })
}

async function lookAtTopics(client: RawClient, { topics }: Workload): Promise<string[]> {
  const found = (await listTopics(client)).filter(({ name }) => !watchedTopics.has(name))
  const configs = await topicConfigs(
    client,
    found.map(({ name }) => name),
  )
  return topics.check(
    new Map(
      found.map(({ name, id, partitions }) => [
        name,
        { id, partitions, configs: configs.get(name)! },
      ]),
    ),
  )
}

/** At the end everything gets through. */
async function finish(server: Server, workload: Workload, result: LoopResult): Promise<void> {
  await connected(server, async client => {
    for (const { streams } of workload.partitions) {
      for (const stream of streams) result.violations.push(...(await stream.finish(client)))
    }
    await workload.copier.finish(client)
  })
  await look(server, workload, result)
}

async function connected<T>(server: Server, use: (client: RawClient) => Promise<T>): Promise<T> {
  await using client = await RawClient.connect(server.bootstrapServers)
  return await use(client)
}
