/** What groups took to settle, here and on Apache Kafka, and the page that says so: groups.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { heartbeatIntervalMs as kafkajsHeartbeatMs, type Delays } from './delays.ts'
import { tableLines } from '../table-lines.ts'
import { heartbeatIntervalMs, phases, sessionTimeoutMs, type Phase, type Report } from './drill.ts'

export interface Measured {
  rounds: number
  records: number
  duplicates: number
  ms: Partial<Record<Phase, number[]>>
}

/** Of one client with one protocol, or of kafkajs's delays. */
export interface Pair<Result> {
  odradek: Result
  kafka: Result
}

export interface Results {
  /** By client and protocol. */
  drills: Record<string, Pair<Measured>>
  delays?: Pair<Delays>
}

const page = path.join(import.meta.dirname, '../groups.md')
const store = path.join(import.meta.dirname, '../../.cache/groups-results.json')

/**
 * Beyond Apache Kafka's median, what is not longer yet: members hear of a rebalance by their next
 * heartbeat, so that each time lies somewhere within one interval of it.
 */
const toleranceMs = heartbeatIntervalMs

export function emptyMeasured(): Measured {
  return { rounds: 0, records: 0, duplicates: 0, ms: {} }
}

export function addReport(measured: Measured, { times, records, duplicates }: Report): void {
  measured.rounds++
  measured.records += records
  measured.duplicates += duplicates
  for (const { phase, ms } of times) (measured.ms[phase] ??= []).push(ms)
}

/** Of earlier runs, too, so that a run may measure some clients only. */
export function readResults(): Results {
  if (!existsSync(store)) return { drills: {} }
  return JSON.parse(readFileSync(store, 'utf8')) as Results
}

export function writeResults(results: Results): void {
  mkdirSync(path.dirname(store), { recursive: true })
  writeFileSync(store, JSON.stringify(results))
  writeFileSync(page, pageOf(results))
}

/** The phases in which a group takes longer to settle than on Apache Kafka. */
export function longer({ odradek, kafka }: Pair<Measured>): Phase[] {
  return phases.filter(phase => {
    const [ours, theirs] = [odradek.ms[phase], kafka.ms[phase]]
    if (ours === undefined || theirs === undefined) return false
    return median(ours) > median(theirs) + toleranceMs
  })
}

/** In each phase, the medians: ours / Apache Kafka's. */
export function describePair(pair: Pair<Measured>): string[] {
  const tooLong = longer(pair)
  return phases.map(phase => {
    const [ours, theirs] = [pair.odradek.ms[phase], pair.kafka.ms[phase]]
    if (ours === undefined || theirs === undefined) return ''
    const cell = `${median(ours)} / ${median(theirs)}`
    return tooLong.includes(phase) ? `**${cell}**` : cell
  })
}

export function describeDelays({ odradek, kafka }: Pair<Delays>): string[][] {
  const row = (what: string, of: keyof Delays): string[] => [
    what,
    `${median(odradek[of])} / ${median(kafka[of])}`,
    `${Math.round(Math.max(...odradek[of]))} / ${Math.round(Math.max(...kafka[of]))}`,
  ]
  return [
    row('a lone consumer, from `run()` to its first record', 'firstRecord'),
    row('a second member, from `run()` until both have their partitions', 'secondMember'),
  ]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return Math.round(sorted[middle]!)
  return Math.round((sorted[middle - 1]! + sorted[middle]!) / 2)
}

function pageOf({ drills, delays }: Results): string {
  const names = Object.keys(drills).toSorted()
  const times = names.map(name => [name, ...describePair(drills[name]!)])
  const counts = names.map(name => {
    const { odradek, kafka } = drills[name]!
    const count = (of: Exclude<keyof Measured, 'ms'>): string => `${odradek[of]} / ${kafka[of]}`
    return [name, count('rounds'), count('records'), count('duplicates')]
  })
  return [
    '# Groups of real clients',
    '',
    ...introduction,
    '',
    '## Milliseconds until the group has settled: Odradek / Apache Kafka 4.3.1',
    '',
    ...tableLines(['client, assignor or protocol', ...phases], times),
    '',
    '## What was sent and received: Odradek / Apache Kafka 4.3.1',
    '',
    ...tableLines(['client, assignor or protocol', 'rounds', 'records', 'received twice'], counts),
    '',
    ...(delays === undefined ? [] : delaysOf(delays)),
  ].join('\n')
}

const introduction = [
  'Written by `node compat-tests/groups/main.ts`. Three members on twelve partitions, to each of',
  'which a producer sends forty records a second. Both brokers run on the same machine and take',
  'turns. What is counted is the time until the members have the partitions among them, as many',
  'each, and have received from each a record that was sent since.',
  '',
  '- **start**: three members at once, from the last one that joins;',
  '- **leave**: one stops, two remain; **join**: a third one comes; three times each, all members',
  '  are restarted one after the other;',
  `- **kill**: one is killed; its session ends after ${sessionTimeoutMs} ms;`,
  `- **expel**: one is too slow: it does not poll for longer than it may (${sessionTimeoutMs} ms),`,
  '  or, if its client knows no such time, its process stands still; **return**: it goes on.',
  '',
  `Members heartbeat every ${heartbeatIntervalMs} ms. The figures are medians; one in bold is`,
  `longer than that of Apache Kafka by more than ${toleranceMs} ms. In every round it held that no`,
  'record was lost, and that only records came twice that a member that was killed or expelled',
  'had received and not committed.',
]

function delaysOf(delays: Pair<Delays>): string[] {
  return [
    '## What kafkajs waits, milliseconds: Odradek / Apache Kafka 4.3.1',
    '',
    'With `group.initial.rebalance.delay.ms=0` on both brokers, and a heartbeat of members every',
    `${kafkajsHeartbeatMs} ms.`,
    '',
    ...tableLines(['', 'median', 'longest'], describeDelays(delays)),
    '',
  ]
}
