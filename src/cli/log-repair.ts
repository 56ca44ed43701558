/** `odradek log repair`: makes logs that are damaged fit to be opened. */
import { Option } from 'commander'
import { basename, dirname, resolve } from 'node:path'
import { isSystemError, nodeFs } from '../../storage/file/fs.ts'
import { inspectLog } from '../../storage/file/inspection.ts'
import { planRepair, type RepairPlan } from '../../storage/file/repair-plan.ts'
import { repair } from '../../storage/file/repair.ts'
import { openMetadata } from '../../storage/data-directory.ts'
import type { Change, MetadataStore } from '../../storage/metadata-store.ts'
import { withNewEpoch } from '../replicas.ts'
import { producersKey } from '../partitions/producer-rows.ts'
import { version } from '../version.ts'
import { declare } from './command.ts'
import { Failure } from './failure.ts'
import { boolean, integer, listOf, object, oneOf, string, type Described } from './json-schema.ts'
import { logsIn } from './log-files.ts'
import { findingText, offsetsText } from './log-text.ts'

interface RepairOptions {
  apply?: true
  acceptLoss?: true
  cut?: true
}

const repaired = object(
  { directory: string, state: oneOf('ok', 'damaged', 'repaired'), found: listOf(string) },
  {
    plan: object({
      directory: string,
      startOffset: integer,
      nextOffset: integer,
      lost: listOf(object({ firstOffset: integer, nextOffset: integer })),
      damaged: listOf(object({ path: string, position: integer, bytes: integer, isZero: boolean })),
      losesRecords: boolean,
    }),
    renamed: listOf(object({ from: string, to: string })),
  },
)

/** Of one partition; `found` is what verify says of it. */
type Done = Described<typeof repaired>

export const repairCommand = declare<Done, RepairOptions>({
  name: 'repair',
  summary: 'Say what a repair of damaged partitions would do, or do it.',
  arguments: [['<directory>', 'a data directory, or that of one partition']],
  options: [
    new Option('--apply', 'Repair what can be without losing records.'),
    new Option('--accept-loss', 'With --apply: repair where records are lost, too.'),
    new Option('--cut', 'End a log before its first damage, and do not go on behind it.'),
  ],
  examples: [
    ['log repair odradek-data', 'change nothing, say what would be lost'],
    ['log repair odradek-data --apply', 'repair what loses no record'],
  ],
  output: repaired,
  streams: true,
  run: ({ args: [directory], options }) => repairAll(directory!, options),
  text: textOf,
})

async function* repairAll(directory: string, options: RepairOptions): AsyncGenerator<Done, void> {
  const logs = await logsIn(directory)
  const metadata = await lock(dirname(dirname(resolve(logs[0]!))))
  const left = { damaged: 0, losing: 0 }
  try {
    for (const log of logs) {
      const done = await repairOne(log, options, metadata)
      yield done
      if (done.state !== 'damaged') continue
      left.damaged++
      if (done.plan!.losesRecords) left.losing++
    }
  } finally {
    await metadata?.close()
  }
  if (left.damaged === 0) return
  const advice = options.apply
    ? 'not repaired, for records would be lost; --accept-loss repairs them'
    : `nothing was changed; --apply repairs them${left.losing > 0 ? ', with --accept-loss' : ''}`
  throw new Failure(`partitions with damage: ${left.damaged}: ${advice}`, 1)
}

/** The rows of the data directory, locked; undefined for logs that are in none. */
async function lock(dataDirectory: string): Promise<MetadataStore | undefined> {
  const names = await nodeFs.readdir(dataDirectory).catch((): string[] => [])
  if (!names.includes('meta.json') || !names.includes('metadata.sqlite')) return undefined
  return openMetadata({ fs: nodeFs, path: dataDirectory, version })
}

async function repairOne(
  directory: string,
  { apply, acceptLoss, cut = false }: Partial<Record<keyof RepairOptions, boolean>>,
  metadata: MetadataStore | undefined,
): Promise<Done> {
  try {
    const { damage, notes } = await inspectLog(nodeFs, directory)
    const found = [...damage, ...notes].map(findingText)
    if (found.length === 0) return { directory, state: 'ok', found }
    const { segments, setAside, cleanedTo, ...plan } = await planRepair(nodeFs, directory, { cut })
    const facts = { directory, found, plan }
    if (apply !== true || (plan.losesRecords && acceptLoss !== true)) {
      // What a crash leaves is no damage: the next start deals with it.
      const isDamaged = damage.length > 0 || plan.lost.length > 0
      return { ...facts, state: isDamaged ? 'damaged' : 'ok' }
    }
    // The rows first: with the new ones the log may be as it was.
    if (plan.losesRecords && metadata !== undefined) await noteLoss(metadata, directory, plan)
    const renamed = await repair(nodeFs, { segments, setAside, cleanedTo, ...plan })
    return { ...facts, state: 'repaired', renamed }
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot repair ${directory}: ${error.message}`, 1, error)
  }
}

/**
 * Consumers that have read what is lost must notice that its offsets may be given anew (KIP-320),
 * and retries of what is lost must not be taken for duplicates.
 */
async function noteLoss(
  metadata: MetadataStore,
  directory: string,
  { nextOffset }: Pick<RepairPlan, 'nextOffset'>,
): Promise<void> {
  const [, index, id] = /-(\d+)\.([\w-]{22})$/.exec(basename(directory)) ?? []
  if (index === undefined || id === undefined) return
  const partition = Number(index)
  const changes: Change[] = [{ kind: 'producers', key: producersKey(id, partition), value: null }]
  for await (const { kind, key, value } of metadata.load()) {
    if (kind !== 'topic' || value?.id !== id || value.partitions[partition] === undefined) continue
    const row = withNewEpoch(value.partitions[partition], nextOffset)
    changes.push({
      kind,
      key,
      value: { ...value, partitions: value.partitions.with(partition, row) },
    })
  }
  await metadata.commit(changes)
}

function textOf({ directory, state, found, plan, renamed = [] }: Done): string {
  const name = basename(directory)
  if (plan === undefined) return `${name}  ok`
  const { startOffset, nextOffset, lost, damaged, losesRecords } = plan
  const isUnknown = losesRecords && lost.length === 0
  return [
    `${name}  ${state === 'damaged' ? 'DAMAGED' : state}  offsets ${startOffset}–${nextOffset}`,
    ...found.map(text => `  found: ${text}`),
    ...lost.map(gap => `  lost: ${offsetsText(gap.firstOffset, gap.nextOffset)}`),
    ...(isUnknown ? [`  lost: what the last bytes held, from offset ${nextOffset} on`] : []),
    ...(losesRecords ? [] : ['  lost: no records']),
    ...damaged.map(
      ({ path, position, bytes, isZero }) =>
        `  left out: ${path}, bytes ${position}–${position + bytes - 1}${isZero ? ', zeros' : ''}`,
    ),
    ...renamed.map(({ from, to }) => `  kept: ${from} as ${to}`),
  ].join('\n')
}
