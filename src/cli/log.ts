/** `odradek log`: looks at the files of a broker that is stopped, or of a backup. */
import { Command } from 'commander'
import { basename } from 'node:path'
import { isSystemError, nodeFs } from '../../storage/file/fs.ts'
import {
  batchesOf,
  batchProblem,
  inspectLog,
  type LogReport,
} from '../../storage/file/inspection.ts'
import type { TransactionsReport } from '../../storage/file/inspected-transactions.ts'
import { parseMarker } from '../../protocol/control-records.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { maxDecompressedBytes } from '../../storage/batches.ts'
import { Failure } from './failure.ts'
import { logsIn, segmentsAt } from './log-files.ts'
import { importCommand } from './log-import.ts'
import { repairCommand } from './log-repair.ts'
import { findingText, type Print } from './log-text.ts'
import { printable } from './printable.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** The commands below `odradek log`. Their actions throw a Failure where something is damaged. */
export function logCommand(print: Print): Command {
  const command = new Command('log').description('Look at the files in which records are kept.')
  command
    .command('verify')
    .description('Check every batch, offset and index of a data directory or a partition.')
    .argument('<directory>', 'a data directory, or that of one partition')
    .option('--json', 'One object for each partition.')
    .action((directory: string, { json }: { json?: true }) =>
      verify(directory, json ?? false, print),
    )
  command
    .command('dump')
    .description('Print the batches of a partition or of one of its segments.')
    .argument('<path>', 'the directory of a partition, or a .log file')
    .option('--records', 'Print the records, too.')
    .option('--json', 'One object for each batch, or for each record.')
    .action((path: string, options: DumpOptions) => dump(path, options, print))
  command.addCommand(repairCommand(print))
  command.addCommand(importCommand(print))
  return command
}

async function verify(directory: string, json: boolean, print: Print): Promise<void> {
  let damaged = 0
  for (const log of await logsIn(directory)) {
    const report = await readable(log, inspectLog(nodeFs, log))
    if (report.damage.length > 0) damaged++
    await print(json ? JSON.stringify(report) : textOf(report))
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

async function dump(path: string, { records, json }: DumpOptions, print: Print): Promise<void> {
  let damaged = false
  for (const segment of await segmentsAt(path)) {
    if (!json) await print(segment)
    for await (const found of batchesOf(nodeFs, segment, 0)) {
      const problem = 'batch' in found ? batchProblem(found.batch) : found.what
      damaged ||= problem !== undefined
      if (!('batch' in found)) {
        await print(json ? JSON.stringify(found) : `damage: ${findingText(found)}`)
        continue
      }
      const { position, batch } = found
      const facts = batchFacts(batch, position, problem)
      if (!json) await print(factsText(facts))
      else if (!records) await print(JSON.stringify({ path: segment, ...facts }))
      // A control record is for brokers; what it says is among the facts.
      if (!records || problem !== undefined || facts.control) continue
      for (const record of decodeRecords(batch, maxDecompressedBytes)) {
        const text = printable(JSON.stringify(recordFacts(record)))
        await print(json ? text : `  ${text}`)
      }
    }
  }
  if (damaged) throw new Failure(`${path} is damaged`, 1)
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

function factsText(facts: ReturnType<typeof batchFacts>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join('  ')
}

type Stored = ReturnType<typeof decodeRecords> extends Generator<infer T, void> ? T : never

function recordFacts({ offset, timestamp, key, value, headers }: Stored) {
  const text = (bytes: Buffer | null): string | null => bytes && bytes.toString()
  const pairs = headers.map(header => [header.key, text(header.value)] as const)
  return { offset, timestamp, key: text(key), value: text(value), headers: pairs }
}
