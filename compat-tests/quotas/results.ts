/** What throttled clients and bystanders had, and the page that says so: quotas.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { tableLines } from '../table-lines.ts'
import { counted, type Bystander, type Throttled } from './perf.ts'

export const brokers = { odradek: 'Odradek', kafka: 'Apache Kafka 4.3.1' } as const
export const phases = ['produce', 'consume'] as const

export type BrokerName = keyof typeof brokers
export type Phase = (typeof phases)[number]

export interface Measured {
  quota: number
  throttled: Throttled
  /** Before there is anybody beside it, and meanwhile. */
  alone: Bystander
  beside: Bystander
}

type Results = Partial<Record<BrokerName, Partial<Record<Phase, Measured>>>>

const page = path.join(import.meta.dirname, '../quotas.md')
const store = path.join(import.meta.dirname, '../../.cache/quotas-results.json')

/** Keeps what runs before this one have measured, and writes the page anew. */
export function addResult(broker: BrokerName, phase: Phase, measured: Measured): void {
  const results: Results = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {}
  results[broker] = { ...results[broker], [phase]: measured }
  mkdirSync(path.dirname(store), { recursive: true })
  writeFileSync(store, JSON.stringify(results))
  writeFileSync(page, pageOf(results))
}

function pageOf(results: Results): string {
  const rows = phases.flatMap(phase =>
    (Object.keys(brokers) as BrokerName[]).flatMap(broker => {
      const measured = results[broker]?.[phase]
      return measured === undefined ? [] : [rowOf(broker, phase, measured)]
    }),
  )
  return [
    '# Quotas, with real clients',
    '',
    ...introduction,
    '',
    ...tableLines(head, rows),
    '',
  ].join('\n')
}

const introduction = [
  "Written by `node compat-tests/quotas/main.ts`. Kafka's own performance tools, of 4.3.1, produce",
  'and consume records of 1 kB as fast as they may, under the client id `throttled`, for which',
  '`kafka-configs` has set a quota of 1 MiB a second; another producer, which has no quota, sends',
  '1,000 records a second, alone and then beside the first. The rate is that of the records alone,',
  `from second ${counted.fromMs / 1000} to second ${counted.untilMs / 1000}; the throttle times`,
  'are what the clients themselves tell (`produce-throttle-time-avg` and `-max`,',
  '`fetch-throttle-time-avg` and `-max`). Of the other producer: records a second, p50 and p99.',
]

const head = [
  'throttled client',
  'rate, of the quota',
  'throttle times',
  'other, alone',
  'beside it',
]

function rowOf(broker: BrokerName, phase: Phase, measured: Measured): string[] {
  const { quota, throttled, alone, beside } = measured
  const { rate, throttleAvgMs, throttleMaxMs } = throttled
  return [
    `${phase === 'produce' ? 'producer' : 'consumer'}, ${brokers[broker]}`,
    `${((rate / quota) * 100).toFixed(1)} %`,
    `${throttleAvgMs.toFixed(0)}, ${throttleMaxMs.toFixed(0)} ms`,
    bystanderCell(alone),
    bystanderCell(beside),
  ]
}

function bystanderCell({ recordsPerSecond, p50Ms, p99Ms }: Bystander): string {
  return `${recordsPerSecond.toFixed(0)}, ${p50Ms}, ${p99Ms} ms`
}
