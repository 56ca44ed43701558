/** What is measured: a table of data. */
import type { ContenderName } from './contenders.ts'
import {
  consumeTail,
  handshakes,
  latency,
  latencyUnderLoad,
  latencyWhileCompacting,
  produce,
  produceIdempotently,
  produceInTransactions,
  produceThenConsume,
  produceThenConsumeSecurely,
  restart,
  transactions,
  type Measure,
  type SizedLoad,
} from './measures.ts'

export interface Workload {
  /** For `--only`. */
  name: string
  title: string
  contenders: readonly ContenderName[]
  measure: Measure
  /** What takes long is done at most so often. */
  maxRounds?: number
  /** What is measured starts anew in each round. */
  isCold?: boolean
  /** The brokers speak TLS, and nothing else. */
  isSecure?: boolean
  /** `bytes` at `--scale 1`. */
  load: Omit<SizedLoad, 'bootstrap'>
}

const gigabyte = 1e9
const unsynced: ContenderName[] = ['os', 'kafka']
const withDisk: ContenderName[] = ['os', 'disk', 'kafka']
const all: ContenderName[] = ['os', 'disk', 'kafka', 'kafka-synced']

/** About half of what Kafka takes on two cores. */
const halfLoadMBps = 125

const sizes = [
  { name: '1k', title: '1 kB', recordBytes: 1000, bytes: gigabyte },
  { name: '100b', title: '100 B', recordBytes: 100, bytes: gigabyte / 2 },
]
const ways: [partitions: number, acks: 'all' | '1', contenders: ContenderName[], Measure][] = [
  [6, 'all', all, produceThenConsume],
  [1, 'all', withDisk, produceThenConsume],
  [100, 'all', withDisk, produceThenConsume],
  [6, '1', unsynced, produce],
  [1, '1', unsynced, produce],
  [100, '1', unsynced, produce],
]

export const workloads: readonly Workload[] = [
  ...sizes.flatMap(({ name, title, recordBytes, bytes }) =>
    ways.map(([partitions, acks, contenders, measure]) => ({
      name: `produce-${name}-acks-${acks}-${partitions}p`,
      title: `Records of ${title}, acks=${acks}, ${count(partitions, 'partition')}`,
      contenders,
      measure,
      load: { recordBytes, bytes, partitions, acks },
    })),
  ),
  ...[50, 500].map(connections => ({
    name: `connections-${connections}`,
    title: `Records of 1 kB, acks=all, 6 partitions, ${connections} connections`,
    contenders: unsynced,
    measure: produce,
    load: { connections, bytes: gigabyte / 2, partitions: 6 },
  })),
  {
    name: 'idempotent',
    title: 'Records of 1 kB, idempotent producer, 6 partitions',
    contenders: unsynced,
    measure: produceIdempotently,
    load: { recordBytes: 1000, bytes: gigabyte, partitions: 6 },
  },
  {
    name: 'transactional',
    title: 'Records of 1 kB in transactions of 100 ms, 6 partitions',
    contenders: withDisk,
    measure: produceInTransactions,
    load: { recordBytes: 1000, bytes: gigabyte, partitions: 6, transactionMs: 100 },
  },
  ...[1, 16].map(connections => ({
    name: `transactions-${connections}`,
    title: `One transaction for each record of 1 kB, ${count(connections, 'producer')} at a time`,
    contenders: withDisk,
    measure: transactions,
    load: { connections, recordBytes: 1000, records: 1000 * connections, bytes: 0, partitions: 6 },
  })),
  {
    name: 'tail',
    title: 'Consume records of 1 kB while they are produced, 6 partitions',
    contenders: unsynced,
    measure: consumeTail,
    load: { bytes: gigabyte, partitions: 6 },
  },
  {
    name: 'tls',
    title: 'Records of 1 kB, acks=all, 6 partitions, by TLS',
    contenders: unsynced,
    isSecure: true,
    measure: produceThenConsumeSecurely,
    load: { recordBytes: 1000, bytes: gigabyte, partitions: 6 },
  },
  {
    name: 'tls-handshakes',
    title: 'New connections of TLS, four at a time, with a key of RSA',
    contenders: unsynced,
    isSecure: true,
    measure: handshakes,
    load: { connections: 4, records: 4000, bytes: 0, partitions: 1 },
  },
  {
    name: 'latency-idle',
    title: 'One record of 100 B at a time, acks=all, idle broker',
    contenders: withDisk,
    measure: latency,
    load: { recordBytes: 100, records: 5000, bytes: 0, partitions: 1 },
  },
  {
    name: 'latency-loaded',
    title: `One record of 100 B at a time, acks=all, beside ${halfLoadMBps} MB/s to 6 partitions`,
    contenders: withDisk,
    measure: latencyUnderLoad,
    load: { recordBytes: 100, records: 3000, bytes: 0, partitions: 1, rate: halfLoadMBps },
  },
  {
    name: 'compaction',
    title: 'One record of 100 B at a time, beside 50 MB/s to a topic, compacted or not',
    contenders: ['os', 'disk'],
    measure: latencyWhileCompacting,
    maxRounds: 3,
    load: {
      recordBytes: 100,
      records: 3000,
      intervalMs: 2,
      bytes: 0,
      partitions: 1,
      rate: 50,
      keys: 20_000,
    },
  },
  {
    name: 'start-up',
    title: 'Restart with 1 MB',
    contenders: withDisk,
    measure: restart,
    isCold: true,
    load: { bytes: gigabyte / 1000, partitions: 6 },
  },
  {
    name: 'restart',
    title: 'Restart with 10 GB',
    contenders: unsynced,
    measure: restart,
    isCold: true,
    maxRounds: 2,
    load: { bytes: 10 * gigabyte, partitions: 6 },
  },
]

function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`
}
