/**
 * The drill by hand, longer than its test, or on Apache Kafka; adds a line to streams.md.
 * `node compat-tests/streams/main.ts [--on odradek|kafka] [--durability os] [--release 3.9.1]
 * [--protocol classic] [--stores memory] [--faults 20] [--only instance]`. Ends with 1 if anything
 * was wrong.
 */
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Broker } from '../exactly-once/brokers.ts'
import { startKafka } from '../kafka/kafka.ts'
import { startServer } from '../server.ts'
import { configs, faults, runDrill, type DrillOptions, type Fault, type Report } from './drill.ts'

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'odradek' },
    durability: { type: 'string', default: 'disk' },
    release: { type: 'string', default: '4.3.1' },
    protocol: { type: 'string', default: 'streams' },
    stores: { type: 'string', default: 'rocksdb' },
    faults: { type: 'string', default: '20' },
    only: { type: 'string' },
  },
})

const chosen = faults.filter(fault => values.only === undefined || fault === values.only)
const options: DrillOptions = {
  release: values.release,
  protocol: values.protocol === 'classic' ? 'classic' : 'streams',
  stores: values.stores === 'memory' ? 'memory' : 'rocksdb',
  transactionTimeoutMs: 10_000,
  faults: Array.from(
    { length: Number(values.faults) },
    () => chosen[Math.floor(Math.random() * chosen.length)]!,
  ),
}
await using broker = await start()
const report = await runDrill(broker, options)
for (const complaint of report.complaints) console.log(complaint)
const row = `| ${rowOf(report).join(' | ')} |`
console.log(row)
appendFileSync(path.join(import.meta.dirname, '../streams.md'), `${row}\n`)
process.exitCode = report.complaints.length === 0 ? 0 : 1

function start(): Promise<Broker> {
  if (values.on === 'kafka') return startKafka(...configs)
  const settings = configs.flatMap(config => ['--set', config])
  return startServer('--durability', values.durability, ...settings)
}

function rowOf({ complaints, read, written, recoveriesMs }: Report): (string | number)[] {
  const sorted = recoveriesMs.map(Math.round).toSorted((a, b) => a - b)
  const kills = (...kinds: Fault[]): number =>
    options.faults.filter(fault => kinds.includes(fault)).length
  return [
    new Date().toISOString().slice(0, 10),
    values.on === 'kafka' ? 'Apache Kafka 4.3.1' : `Odradek, ${values.durability}`,
    `Kafka Streams ${options.release}`,
    options.protocol,
    options.stores,
    kills('broker', 'both'),
    kills('instance', 'both'),
    read,
    written,
    sorted[Math.floor(sorted.length / 2)] ?? '',
    sorted.at(-1) ?? '',
    complaints.length,
  ]
}
