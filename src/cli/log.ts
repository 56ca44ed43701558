/** `odradek log`: looks at the files of a broker that is stopped, or of a backup. */
import { Option } from 'commander'
import { basename } from 'node:path'
import { isSystemError, nodeFs } from '../../storage/file/fs.ts'
import {
  batchesOf,
  batchProblem,
  inspectLog,
  type Finding,
  type LogReport,
} from '../../storage/file/inspection.ts'
import type { TransactionsReport } from '../../storage/file/inspected-transactions.ts'
import { parseMarker } from '../../protocol/control-records.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { maxDecompressedBytes } from '../../storage/batches.ts'
import { declare, grouped } from './command.ts'
import { Failure } from './failure.ts'
import {
  anyOf,
  boolean,
  integer,
  listOf,
  nullable,
  object,
  string,
  type Described,
} from './json-schema.ts'
import { logsIn, segmentsAt } from './log-files.ts'
import { importCommand } from './log-import.ts'
import { repairCommand } from './log-repair.ts'
import { findingText } from './log-text.ts'
import { printable } from './printable.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const finding = object({ path: string, position: integer, what: string })

const openTransaction = object({
  producerId: integer,
  producerEpoch: integer,
  firstOffset: integer,
})

const logReport = object({
  directory: string,
  startOffset: integer,
  nextOffset: integer,
  segments: integer,
  batches: integer,
  records: integer,
  bytes: integer,
  transactions: object({ commits: integer, aborts: integer, open: listOf(openTransaction) }),
  damage: listOf(finding),
  notes: listOf(finding),
})

const verifyCommand = declare({
  name: 'verify',
  summary: 'Check every batch, offset and index of a data directory or a partition.',
  arguments: [['<directory>', 'a data directory, or that of one partition']],
  examples: [['log verify odradek-data', 'check what a stopped broker, or a backup, has kept']],
  output: logReport,
  streams: true,
  run: ({ args: [directory] }) => verify(directory!),
  text: textOf,
})

async function* verify(directory: string): AsyncGenerator<LogReport, void> {
  let damaged = 0
  for (const log of await logsIn(directory)) {
    const report = await readable(log, inspectLog(nodeFs, log))
    if (report.damage.length > 0) damaged++
    yield report
  }
  if (damaged > 0) throw new Failure(`partitions with damage: ${damaged}`, 1)
}

/** The directory may be a broker's that removes files while they are read. */
async function readable<T>(log: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot read ${log}: ${error.message}`, 1, error)
  }
}

function textOf(report: LogReport): string {
  const { directory, startOffset, nextOffset, segments, batches, records, bytes } = report
  const { damage, notes, transactions } = report
  const state = damage.length > 0 ? 'DAMAGED' : 'ok'
  const size = `${segments} segments, ${batches} batches, ${records} records, ${bytes} bytes`
  return [
    `${basename(directory)}  ${state}  offsets ${startOffset}–${nextOffset}  ${size}`,
    ...transactionsText(transactions),
    ...damage.map(finding => `  damage: ${findingText(finding)}`),
    ...notes.map(finding => `  note: ${findingText(finding)}`),
  ].join('\n')
}

function transactionsText({ commits, aborts, open }: TransactionsReport): string[] {
  const isUsed = commits + aborts + open.length > 0
  return [
    ...(isUsed
      ? [`  transactions: ${commits} commits, ${aborts} aborts, ${open.length} open`]
      : []),
    ...open.map(({ producerId: id, producerEpoch: epoch, firstOffset }) => {
      return `  open: that of producer ${id}, epoch ${epoch}, from offset ${firstOffset}`
    }),
  ]
}

interface DumpOptions {
  records?: true
  json?: true
}

const batchFactsSchema = object(
  {
    path: string,
    baseOffset: integer,
    lastOffset: integer,
    records: integer,
    position: integer,
    bytes: integer,
    crc: integer,
    codec: string,
    maxTimestamp: integer,
    timestampType: string,
    leaderEpoch: integer,
    producerId: integer,
    producerEpoch: integer,
    baseSequence: integer,
    transactional: boolean,
    control: boolean,
  },
  { endTxnMarker: string, coordinatorEpoch: integer, problem: string },
)

const recordFactsSchema = object({
  offset: integer,
  timestamp: integer,
  key: nullable(string),
  value: nullable(string),
  headers: listOf(listOf(nullable(string))),
})

type Dumped = Finding | Described<typeof batchFactsSchema> | Described<typeof recordFactsSchema>

const dumpCommand = declare<Dumped, DumpOptions>({
  name: 'dump',
  summary: 'Print the batches of a partition or of one of its segments.',
  arguments: [['<path>', 'the directory of a partition, or a .log file']],
  options: [new Option('--records', 'Print the records, too; with --json, instead.')],
  examples: [
    ['log dump odradek-data/topics/orders-0.*', 'the batches of a partition'],
    ['log dump --records --json 00000000000000000000.log', 'the records of a segment'],
  ],
  output: anyOf(batchFactsSchema, recordFactsSchema, finding),
  streams: true,
  run: ({ args: [path], options }) => dump(path!, options),
  text: dumpedText,
})

async function* dump(path: string, { records, json }: DumpOptions): AsyncGenerator<Dumped, void> {
  let damaged = false
  for (const segment of await segmentsAt(path)) {
    for await (const found of batchesOf(nodeFs, segment, 0)) {
      const problem = 'batch' in found ? batchProblem(found.batch) : found.what
      damaged ||= problem !== undefined
      if (!('batch' in found)) {
        yield found
        continue
      }
      const { position, batch } = found
      const facts = batchFacts(batch, position, problem)
      if (!(records && json)) yield { path: segment, ...facts }
      // A control record is for brokers; what it says is among the facts.
      if (!records || problem !== undefined || facts.control) continue
      for (const record of decodeRecords(batch, maxDecompressedBytes)) yield recordFacts(record)
    }
  }
  if (damaged) throw new Failure(`${path} is damaged`, 1)
}

function dumpedText(dumped: Dumped): string {
  if ('what' in dumped) return `damage: ${findingText(dumped)}`
  if (!('baseOffset' in dumped)) return `  ${printable(JSON.stringify(dumped))}`
  const { path, ...facts } = dumped
  const pairs = Object.entries(facts).map(([name, value]) => `${name}: ${value}`)
  return `${facts.position === 0 ? `${path}\n` : ''}${pairs.join('  ')}`
}

function batchFacts(batch: Buffer, position: number, problem: string | undefined) {
  const header = parseBatchHeader(batch)
  const { baseOffset, lastOffsetDelta, recordCount, crc, maxTimestamp, producerId } = header
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    records: recordCount,
    position,
    bytes: batch.length,
    crc,
    codec: codecs[header.compression] ?? `unknown (${header.compression})`,
    maxTimestamp,
    timestampType: header.timestampType,
    leaderEpoch: header.partitionLeaderEpoch,
    producerId,
    producerEpoch: header.producerEpoch,
    baseSequence: header.baseSequence,
    transactional: header.isTransactional,
    control: header.isControl,
    ...markerFacts(batch),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** As Kafka's DumpLogSegments names them. */
function markerFacts(batch: Buffer) {
  const marker = parseMarker(batch)
  if (marker === undefined) return {}
  return { endTxnMarker: marker.type.toUpperCase(), coordinatorEpoch: marker.coordinatorEpoch }
}

type Stored = ReturnType<typeof decodeRecords> extends Generator<infer T, void> ? T : never

function recordFacts({ offset, timestamp, key, value, headers }: Stored) {
  const text = (bytes: Buffer | null): string | null => bytes && bytes.toString()
  const pairs = headers.map(header => [header.key, text(header.value)])
  return { offset, timestamp, key: text(key), value: text(value), headers: pairs }
}

export const logCommand = grouped(
  'log',
  'Look at the files in which a broker that is stopped, or a backup, has its records.',
  [verifyCommand, dumpCommand, repairCommand, importCommand],
)
