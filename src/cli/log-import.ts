/** `odradek log import`: takes over the log directories of Apache Kafka. */
import { Option } from 'commander'
import { resolve } from 'node:path'
import { openDataDirectory } from '../../storage/data-directory.ts'
import { isSystemError, nodeFs } from '../../storage/file/fs.ts'
import { systemClock } from '../clock.ts'
import { importKafka } from '../kafka-import/import.ts'
import { systemRandom } from '../random.ts'
import { version } from '../version.ts'
import { declare } from './command.ts'
import { Failure, readProblem } from './failure.ts'
import { anyOf, integer, object, oneOf, string, type Described } from './json-schema.ts'

interface ImportOptions {
  dataDir: string
}

const outcome = anyOf(
  object(
    {
      kind: oneOf('partition'),
      topic: string,
      partition: integer,
      startOffset: integer,
      nextOffset: integer,
      segments: integer,
      batches: integer,
      records: integer,
      bytes: integer,
      aborted: integer,
      open: integer,
    },
    { torn: object({ path: string, position: integer, bytes: integer }) },
  ),
  object({ kind: oneOf('note'), text: string }),
  object({ kind: oneOf('problem'), topic: string, text: string }),
  object({ kind: oneOf('groups'), groups: integer, offsets: integer }),
  object({ kind: oneOf('transactions'), ids: integer, open: integer }),
  object({ kind: oneOf('acls'), acls: integer }),
)

type Outcome = Described<typeof outcome>

export const importCommand = declare<Outcome, ImportOptions>({
  name: 'import',
  summary: 'Take over topics, committed offsets and ACLs of an Apache Kafka that is stopped.',
  arguments: [['<directory...>', 'log directories of Apache Kafka, or folders of partitions']],
  options: [
    new Option('--data-dir <directory>', 'Where to; created if need be.').default('./odradek-data'),
  ],
  examples: [['log import kafka-logs', 'into ./odradek-data']],
  output: outcome,
  streams: true,
  run: ({ args, options }) => run(args, options),
  text: textOf,
})

async function* run(
  sources: readonly string[],
  { dataDir }: ImportOptions,
): AsyncGenerator<Outcome, void> {
  for (const source of sources) await checkReadable(source)
  const path = resolve(dataDir)
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
      yield event
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

function textOf(event: Outcome): string {
  if (event.kind === 'partition') return partitionText(event)
  if (event.kind === 'note') return `note: ${event.text}`
  if (event.kind === 'problem') return `${event.topic}  NOT TAKEN OVER: ${event.text}`
  if (event.kind === 'transactions') return `transactional ids: ${event.ids}, ${event.open} open`
  if (event.kind === 'acls') return `ACLs: ${event.acls}`
  return `committed offsets: ${event.offsets}, of ${event.groups} groups`
}

function partitionText(event: Extract<Outcome, { kind: 'partition' }>): string {
  const { topic, partition, startOffset, nextOffset, torn, aborted, open } = event
  const { segments, batches, records, bytes } = event
  const size = `${segments} segments, ${batches} batches, ${records} records, ${bytes} bytes`
  const lines = [`${topic}-${partition}  offsets ${startOffset}–${nextOffset}  ${size}`]
  if (torn) lines.push(`  left out: ${torn.path}, ${torn.bytes} bytes from ${torn.position} on`)
  if (aborted + open > 0) lines.push(`  transactions: ${aborted} aborted, ${open} open`)
  return lines.join('\n')
}
