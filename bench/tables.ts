/** What is measured of Odradek alone, or of the client: a table each. */
import { startServer } from '../compat-tests/server.ts'
import { startContender } from './contenders.ts'
import {
  connectionGrowth,
  groupGrowth,
  logSizeGrowth,
  partitionGrowth,
  topicGrowth,
} from './growth.ts'
import { runLoad } from './load.ts'
import { shown, type Heading } from './report.ts'
import type { Table } from './results.ts'
import { buildPackage, forms, startCommand, startEmbedded } from './startup.ts'
import { median, percentile } from './statistics.ts'
import { cpuSeconds } from './usage.ts'
import { tracing } from './tracing.ts'
import { waiting } from './waiting.ts'

export interface TableOptions {
  rounds: number
  scale: number
}

export interface MeasuredTable extends Heading {
  measure: (options: TableOptions) => Promise<Table>
}

/** For each round: they are quick, and the slow ones count. */
const startsInARound = 10

export const tables: readonly MeasuredTable[] = [
  {
    name: 'ceiling',
    title: "The client's own ceiling: produce to librdkafka's mock broker in the same process",
    measure: clientCeiling,
  },
  {
    name: 'consume-ceiling',
    title: 'The ceiling of consuming: 1 kB records from a broker that reads no file (`memory`)',
    measure: consumeCeiling,
  },
  {
    name: 'embedded',
    title:
      'Starts in fresh processes: `startBroker()` to listening, the command line to a connection',
    measure: embeddedStart,
  },
  {
    name: 'waiting',
    title: 'What tests wait for, with `startBroker()` and kafkajs in one process',
    measure: waiting,
  },
  {
    name: 'tracing',
    title: 'What it costs to remember requests, with client and broker in one process',
    measure: tracing,
  },
  {
    name: 'growth-log-size',
    title: 'Growth: latency of one record at a time over the size of the log (`os`)',
    measure: logSizeGrowth,
  },
  {
    name: 'growth-partitions',
    title: 'Growth: partitions (`disk`)',
    measure: partitionGrowth,
  },
  {
    name: 'growth-connections',
    title: 'Growth: connections that ask something now and then (`os`)',
    measure: connectionGrowth,
  },
  {
    name: 'growth-topics',
    title: 'Growth: creating topics, a hundred in a request (`disk`)',
    measure: topicGrowth,
  },
  {
    name: 'growth-groups',
    title: 'Growth: members, ten in a group, who heartbeat through ten connections (`disk`)',
    measure: groupGrowth,
  },
]

async function clientCeiling({ scale }: TableOptions): Promise<Table> {
  const rows: string[][] = []
  for (const recordBytes of [1000, 100]) {
    const figures = await runLoad('produce', {
      bootstrap: 'mock:9092',
      set: ['test.mock.num.brokers=1'],
      recordBytes,
      bytes: recordBytes * 1e6 * scale,
    })
    const cpuPerGigabyte = (figures['clientCpuSeconds']! * 1e9) / figures['bytes']!
    rows.push([`${recordBytes} B`, shown(figures['MBps']!), shown(cpuPerGigabyte)])
  }
  return [['record', 'MB/s', 'CPU s/GB, with the mock broker'], ...rows]
}

/** In turns, so that both meet the same machine. */
async function consumeCeiling({ rounds, scale }: TableOptions): Promise<Table> {
  await using inMemory = await startServer('--durability', 'memory')
  await using onDisk = await startContender('os')
  const brokers = [
    { title: 'memory', broker: inMemory },
    { title: 'os', broker: onDisk },
  ]
  const load = { partitions: 6, recordBytes: 1000, bytes: 1e9 * scale }
  for (const { bootstrapServers: bootstrap } of [inMemory, onDisk]) {
    await runLoad('create', { ...load, bootstrap })
    await runLoad('produce', { ...load, bootstrap })
  }
  const measured = brokers.map(() => ({ speeds: [] as number[], cpu: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, { broker }] of brokers.entries()) {
      const before = await cpuSeconds(broker.pid)
      const figures = await runLoad('consume', { ...load, bootstrap: broker.bootstrapServers })
      measured[i]!.speeds.push(figures['MBps']!)
      measured[i]!.cpu.push((((await cpuSeconds(broker.pid)) - before) * 1e9) / load.bytes)
    }
  }
  const rows = brokers.map(({ title }, i) => {
    const { speeds, cpu } = measured[i]!
    return [title, shown(median(speeds)), shown(median(cpu))]
  })
  return [['mode', 'MB/s', 'broker CPU s/GB'], ...rows]
}

/** In turns, so that all meet the same machine; what the first start compiled is kept. */
async function embeddedStart({ rounds }: TableOptions): Promise<Table> {
  await buildPackage()
  const measured = forms.map(form => ({
    form,
    first: [] as number[],
    again: [] as number[],
    command: [] as number[],
  }))
  for (const { form } of measured) await startEmbedded(form)
  for (let i = 0; i < rounds * startsInARound; i++) {
    for (const { form, first, again, command } of measured) {
      const { firstMs, againMs } = await startEmbedded(form)
      first.push(firstMs)
      again.push(againMs)
      command.push(await startCommand(form))
    }
  }
  const row = (what: string, limit: string, all: readonly number[]): string[] => {
    return [what, shown(median(all)), shown(percentile(all, 0.95)), limit]
  }
  return [
    ['', 'median ms', 'p95 ms', 'must hold'],
    ...measured.flatMap(({ form: { title, entry }, first, again, command }) => {
      const isBuilt = entry.endsWith('.js')
      return [
        row(`startBroker(), ${title}: from import to listening`, isBuilt ? '≤ 30' : '', first),
        row(`startBroker(), ${title}: the second one`, isBuilt ? '≤ 5' : '', again),
        row(
          `odradek, ${title}: from the process to a connection`,
          isBuilt ? 'p95 ≤ 150' : '',
          command,
        ),
      ]
    }),
  ]
}
