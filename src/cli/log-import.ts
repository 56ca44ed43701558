/** `odradek log import`: takes over the log directories of Apache Kafka. */
import { Command } from 'commander'
import { resolve } from 'node:path'
import { openDataDirectory } from '../../storage/data-directory.ts'
import { isSystemError, nodeFs } from '../../storage/file/fs.ts'
import { systemClock } from '../clock.ts'
import { importKafka, type ImportEvent } from '../kafka-import/import.ts'
import { systemRandom } from '../random.ts'
import { version } from '../version.ts'
import { Failure, readProblem } from './failure.ts'
import type { Print } from './log-text.ts'

interface ImportOptions {
  dataDir: string
  json?: true
}

export function importCommand(print: Print): Command {
  return new Command('import')
    .description('Take over topics, committed offsets and ACLs of an Apache Kafka that is stopped.')
    .argument('<directory...>', 'log directories of Apache Kafka, or folders of partitions')
    .option('--data-dir <directory>', 'Where to; created if need be.', './odradek-data')
    .option('--json', 'One object for each partition, note and problem.')
    .action((sources: string[], options: ImportOptions) => run(sources, options, print))
}

async function run(sources: string[], options: ImportOptions, print: Print): Promise<void> {
  for (const source of sources) await checkReadable(source)
  const path = resolve(options.dataDir)
  const { metadata, logs } = await openDataDirectory({
    fs: nodeFs,
    path,
    durability: 'disk',
    version,
    now: () => systemClock.now(),
    log: () => undefined,
    onFailure: () => undefined,
  })
  let [partitions, problems] = [0, 0]
  try {
    const directory = `${path}/topics`
    const events = importKafka({ fs: nodeFs, sources, metadata, directory, random: systemRandom })
    for await (const event of events) {
      if (event.kind === 'partition') partitions++
      if (event.kind === 'problem') problems++
      await print(options.json ? JSON.stringify(event) : textOf(event))
    }
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`the import has stopped: ${error.message}`, 1, error)
  } finally {
    await logs.close()
    await metadata.close()
  }
  if (problems > 0) throw new Failure(`topics that were not taken over: ${problems}`, 1)
  if (partitions === 0) {
    throw new Failure(`no topics in ${sources.join(', ')}: name a directory of log.dirs`, 2)
  }
}

async function checkReadable(source: string): Promise<void> {
  try {
    await nodeFs.readdir(source)
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot read ${source}: ${readProblem(error)}`, 2, error)
  }
}

function textOf(event: ImportEvent): string {
  if (event.kind === 'partition') return partitionText(event)
  if (event.kind === 'note') return `note: ${event.text}`
  if (event.kind === 'problem') return `${event.topic}  NOT TAKEN OVER: ${event.text}`
  if (event.kind === 'transactions') return `transactional ids: ${event.ids}, ${event.open} open`
  if (event.kind === 'acls') return `ACLs: ${event.acls}`
  return `committed offsets: ${event.offsets}, of ${event.groups} groups`
}

function partitionText(event: Extract<ImportEvent, { kind: 'partition' }>): string {
  const { topic, partition, startOffset, nextOffset, torn, aborted, open } = event
  const { segments, batches, records, bytes } = event
  const size = `${segments} segments, ${batches} batches, ${records} records, ${bytes} bytes`
  const lines = [`${topic}-${partition}  offsets ${startOffset}–${nextOffset}  ${size}`]
  if (torn) lines.push(`  left out: ${torn.path}, ${torn.bytes} bytes from ${torn.position} on`)
  if (aborted + open > 0) lines.push(`  transactions: ${aborted} aborted, ${open} open`)
  return lines.join('\n')
}
