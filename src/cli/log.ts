/** `odradek log verify|dump`: looks at the files of a broker that is stopped, or of a backup. */
import { Command } from 'commander'
import { basename, dirname } from 'node:path'
import { nodeFs } from '../../storage/file/fs.ts'
import {
  batchesOf,
  batchProblem,
  inspectLog,
  segmentPaths,
  type Finding,
  type LogReport,
} from '../../storage/file/inspection.ts'
import { isSystemError } from '../../storage/file/fs.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { maxDecompressedBytes } from '../../storage/batches.ts'
import { Failure, readProblem } from './failure.ts'
import { printable } from './printable.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** Writes lines to stdout; resolves when it takes more. */
type Print = (line: string) => Promise<void> | void

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
  return command
}

async function verify(directory: string, json: boolean, print: Print): Promise<void> {
  let damaged = 0
  for (const log of await logsIn(directory)) {
    const report = await inspectLog(nodeFs, log)
    if (report.damage.length > 0) damaged++
    await print(json ? JSON.stringify(report) : textOf(report))
  }
  if (damaged > 0) throw new Failure(`partitions with damage: ${damaged}`, 1)
}

function textOf(report: LogReport): string {
  const { directory, startOffset, nextOffset, segments, batches, records, bytes } = report
  const { damage, notes } = report
  const state = damage.length > 0 ? 'DAMAGED' : 'ok'
  const size = `${segments} segments, ${batches} batches, ${records} records, ${bytes} bytes`
  return [
    `${basename(directory)}  ${state}  offsets ${startOffset}–${nextOffset}  ${size}`,
    ...damage.map(finding => `  damage: ${findingText(finding)}`),
    ...notes.map(finding => `  note: ${findingText(finding)}`),
  ].join('\n')
}

function findingText({ path, position, what }: Finding): string {
  return `${path}, byte ${position}: ${what}`
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
      if (!records || problem !== undefined) continue
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
    ...(problem === undefined ? {} : { problem }),
  }
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

/** The partitions of a data directory, or the one that this is the directory of. */
async function logsIn(directory: string): Promise<string[]> {
  const names = await namesIn(directory)
  if (names.some(name => name.endsWith('.log'))) return [directory]
  const topics = names.includes('topics') ? `${directory}/topics` : directory
  const partitions = topics === directory ? names : await namesIn(topics)
  const logs: string[] = []
  for (const name of partitions.toSorted((a, b) => (a < b ? -1 : 1))) {
    const log = `${topics}/${name}`
    if (/-\d+(\.[\w-]{22})?$/.test(name) && (await segmentPaths(nodeFs, log)).length > 0) {
      logs.push(log)
    }
  }
  if (logs.length === 0)
    throw new Failure(`${directory} holds no records: name a data directory`, 2)
  return logs
}

async function segmentsAt(path: string): Promise<string[]> {
  if (!path.endsWith('.log')) return segmentPathsOf(path)
  const names = await namesIn(dirname(path))
  if (!names.includes(basename(path))) throw new Failure(`there is no ${path}`, 2)
  return [path]
}

async function segmentPathsOf(directory: string): Promise<string[]> {
  await namesIn(directory)
  const paths = await segmentPaths(nodeFs, directory)
  if (paths.length > 0) return paths
  throw new Failure(`${directory} has no segments: name the directory of a partition`, 2)
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await nodeFs.readdir(directory)
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot read ${directory}: ${readProblem(error)}`, 2, error)
  }
}
