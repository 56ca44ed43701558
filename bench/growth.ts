/** What things cost as they become more: each is a table, of Odradek alone. */
import { readdir } from 'node:fs/promises'
import { startContender, type Contender } from './contenders.ts'
import { holdConnections, runLoad } from './load.ts'
import { inspectLater, type Heap } from './heap.ts'
import { joinGroups, membersInGroup, sendHeartbeats, type GroupProtocol } from './groups.ts'
import { shown } from './report.ts'
import type { Table } from './results.ts'
import { cpuSeconds, memory } from './usage.ts'

interface Options {
  scale: number
}

const logBytes = [1e8, 1e9, 1e10]
const partitionCounts = [1, 10, 100, 1000, 10_000, 20_000]
const connectionCounts = [1, 50, 500, 5000]
const topicCounts = [100, 1000, 10_000]
const groupCounts = [100, 1000, 10_000]
/** What the first heartbeats take hides what later ones do: code is not compiled yet. */
const heartbeatRounds = 5
/** Below that, what a process takes anyhow hides what one more takes. */
const fewForMemory = 500
const records = 2000
const partitionsInTopic = 1000
/** What the load generator hands to one partition before the next has its turn. */
const turnBytes = 65_536
/** Between two requests of all the connections that are held. */
const requestIntervalMs = 10

const latencyHeader = ['ack p50 ms', 'ack p99 ms', 'end-to-end p50 ms', 'end-to-end p99 ms']

export async function logSizeGrowth({ scale }: Options): Promise<Table> {
  await using broker = await startContender('os')
  await prepare(broker)
  const rows: string[][] = []
  let written = 0
  for (const bytes of logBytes.map(one => one * scale)) {
    await runLoad('produce', { bootstrap: broker.bootstrapServers, bytes: bytes - written })
    written = bytes
    rows.push([`${shown(bytes / 1e9)} GB`, ...(await latencies(broker))])
  }
  return [['log', ...latencyHeader], ...rows]
}

export async function partitionGrowth({ scale }: Options): Promise<Table> {
  const rows: string[][] = []
  for (const count of scaled(partitionCounts, scale)) rows.push(await withPartitions(count))
  const costs = ['create ms', 'kB each, created', 'written', 'restarted', 'open files']
  const starts = ['restart ms', 'first record ms']
  return [['partitions', ...costs, ...latencyHeader, ...starts], ...rows]
}

async function withPartitions(partitions: number): Promise<string[]> {
  await using broker = await startContender('disk')
  const bootstrap = broker.bootstrapServers
  await prepare(broker)
  await restartTimes(broker)
  const { residentBytes: before } = await memory(broker.pid)
  const topics = topicsWith(partitions).map(topic => ({ ...topic, bootstrap }))
  let createSeconds = 0
  for (const topic of topics) createSeconds += (await runLoad('create', topic))['seconds']!
  const { residentBytes: afterCreate } = await memory(broker.pid)
  for (const topic of topics) {
    const bytes = topic.partitions * turnBytes
    await runLoad('produce', { ...topic, recordBytes: turnBytes, bytes })
  }
  const { residentBytes: afterWrite } = await memory(broker.pid)
  const openFiles = (await readdir(`/proc/${broker.pid}/fd`)).length
  const latency = await latencies(broker)
  const times = await restartTimes(broker)
  const { residentBytes: afterRestart } = await memory(broker.pid)
  const each = (bytes: number): string =>
    partitions < fewForMemory ? '–' : shown((bytes - before) / 1e3 / partitions)
  return [
    `${partitions}`,
    shown(createSeconds * 1e3),
    each(afterCreate),
    each(afterWrite),
    each(afterRestart),
    `${openFiles}`,
    ...latency,
    ...times,
  ]
}

/** In milliseconds: to the first accepted connection, and to the first record of a consumer. */
async function restartTimes(broker: Contender): Promise<string[]> {
  await broker.stop()
  const startMs = performance.now()
  await broker.restart()
  const acceptedMs = performance.now() - startMs
  await runLoad('consume', { bootstrap: broker.bootstrapServers, bytes: 1 })
  return [shown(acceptedMs), shown(performance.now() - startMs)]
}

/** A request may create 10,000 at most, as in Kafka (QuorumController.MAX_RECORDS_PER_USER_OP). */
function topicsWith(partitions: number): { topic: string; partitions: number }[] {
  const topics: { topic: string; partitions: number }[] = []
  for (let rest = partitions; rest > 0; rest -= partitionsInTopic) {
    const topic = `many-${topics.length}`
    topics.push({ topic, partitions: Math.min(rest, partitionsInTopic) })
  }
  return topics
}

export async function connectionGrowth({ scale }: Options): Promise<Table> {
  const rows: string[][] = []
  for (const count of scaled(connectionCounts, scale)) rows.push(await withConnections(count))
  return [['connections', 'connect ms each', 'kB each', ...latencyHeader], ...rows]
}

async function withConnections(connections: number): Promise<string[]> {
  await using broker = await startContender('os')
  await prepare(broker)
  const { residentBytes: before } = await memory(broker.pid)
  await using held = await holdConnections({
    bootstrap: broker.bootstrapServers,
    connections,
    intervalMs: requestIntervalMs,
  })
  const latency = await latencies(broker)
  const { residentBytes: after } = await memory(broker.pid)
  return [
    `${connections}`,
    shown((held.seconds * 1e3) / connections),
    connections < fewForMemory ? '–' : shown((after - before) / 1e3 / connections),
    ...latency,
  ]
}

export async function topicGrowth({ scale }: Options): Promise<Table> {
  const rows: string[][] = []
  for (const topics of scaled(topicCounts, scale)) {
    await using broker = await startContender('disk')
    const { seconds } = await runLoad('create', { bootstrap: broker.bootstrapServers, topics })
    rows.push([`${topics}`, shown(seconds!), shown((seconds! * 1e3) / topics)])
  }
  return [['topics', 's', 'ms each'], ...rows]
}

/** Groups of ten members each, who heartbeat through ten connections. */
export async function groupGrowth({ scale }: Options): Promise<Table> {
  const rows: string[][] = []
  for (const protocol of ['classic', 'consumer'] as const) {
    for (const count of scaled(groupCounts, scale)) rows.push(await withGroups(protocol, count))
  }
  const sizes = ['kB each, resident', 'live']
  const costs = ['join ms each', ...sizes, 'broker CPU µs for a heartbeat', 'restart ms']
  return [['protocol', 'members', ...costs], ...rows]
}

async function withGroups(protocol: GroupProtocol, groups: number): Promise<string[]> {
  const heapOf = await inspectLater()
  await using broker = await startContender('disk', 'group.initial.rebalance.delay.ms=100')
  const bootstrap = broker.bootstrapServers
  await runLoad('create', { bootstrap, topic: 'topic', partitions: membersInGroup })
  await joinGroups(bootstrap, protocol, ['first'], 'topic')
  const before = await used(heapOf, broker)
  const groupIds = Array.from({ length: groups }, (_, i) => `group-${i}`)
  const startMs = performance.now()
  const members = await joinGroups(bootstrap, protocol, groupIds, 'topic')
  const joinMs = performance.now() - startMs
  await sendHeartbeats(bootstrap, protocol, members)
  const after = await used(heapOf, broker)
  const cpuBefore = await cpuSeconds(broker.pid)
  for (let i = 0; i < heartbeatRounds; i++) await sendHeartbeats(bootstrap, protocol, members)
  const cpu = (await cpuSeconds(broker.pid)) - cpuBefore
  await broker.stop()
  const stoppedMs = performance.now()
  await broker.restart()
  const restartMs = performance.now() - stoppedMs
  await sendHeartbeats(bootstrap, protocol, members)
  const each = (bytes: number): string =>
    members.length < fewForMemory * membersInGroup ? '–' : shown(bytes / 1e3 / members.length)
  return [
    protocol,
    `${members.length}`,
    shown(joinMs / members.length),
    each(after.residentBytes - before.residentBytes),
    each(after.liveBytes - before.liveBytes),
    shown((cpu * 1e6) / members.length / heartbeatRounds),
    shown(restartMs),
  ]
}

/** Resident before what is garbage is collected, live after it. */
async function used(heapOf: (pid: number) => Heap, { pid }: Contender) {
  const { residentBytes } = await memory(pid)
  return { residentBytes, liveBytes: await heapOf(pid).liveBytes() }
}

/** The topic of one partition whose latency is measured; the first records warm the broker up. */
async function prepare(broker: Contender): Promise<void> {
  await runLoad('create', { bootstrap: broker.bootstrapServers })
  await latencies(broker)
}

async function latencies({ bootstrapServers }: Contender): Promise<string[]> {
  const figures = await runLoad('latency', {
    bootstrap: bootstrapServers,
    recordBytes: 100,
    records,
  })
  const names = ['ackP50Ms', 'ackP99Ms', 'endToEndP50Ms', 'endToEndP99Ms']
  return names.map(name => shown(figures[name]!))
}

function scaled(counts: readonly number[], scale: number): number[] {
  return [...new Set(counts.map(count => Math.ceil(count * Math.min(scale, 1))))]
}
