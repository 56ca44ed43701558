/** Takes over what brokers of Apache Kafka, which are stopped, have in their log directories. */
import { removeCleanList } from '../../storage/file/clean-list.ts'
import type { Fs } from '../../storage/file/fs.ts'
import type {
  AclRow,
  Change,
  ClusterRow,
  MetadataStore,
  TopicRow,
} from '../../storage/metadata-store.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { aclText } from '../auth/acl-rules.ts'
import { createConfig } from '../config.ts'
import type { Random } from '../random.ts'
import { collisionKey } from '../topic-names.ts'
import { groupRows, readGroups } from './committed-offsets.ts'
import { readControllerLog } from './controller-log.ts'
import { readKafkaDirectory, type KafkaDirectory, type KafkaPartition } from './directory.ts'
import { importTopic, type ImportedPartition } from './topic.ts'
import { readTransactions } from './transactions.ts'

/** Ids that one broker of Kafka's reserves (ProducerIdsBlock, KIP-730). */
const producerIdBlock = 1000

export interface KafkaImport {
  fs: Fs
  /** Log directories, or folders of partitions. */
  sources: readonly string[]
  metadata: MetadataStore
  /** Where partitions have their directories. */
  directory: string
  random: Random
}

export type ImportEvent =
  | ({ kind: 'partition' } & ImportedPartition)
  | { kind: 'note'; text: string }
  | { kind: 'problem'; topic: string; text: string }
  | { kind: 'groups'; groups: number; offsets: number }
  | { kind: 'transactions'; ids: number; open: number }
  | { kind: 'acls'; acls: number }

/**
 * Topic by topic: one that cannot be taken over is a problem, and leaves nothing. Committed offsets
 * of the topics that were taken over come then, and ACLs last. Errors are those of the operating
 * system, and StorageErrors.
 */
export async function* importKafka(options: KafkaImport): AsyncGenerator<ImportEvent, void> {
  const { fs, metadata, directory, random } = options
  const found = await Promise.all(options.sources.map(path => readKafkaDirectory(fs, path)))
  for (const [i, { isClean }] of found.entries()) {
    if (!isClean) yield { kind: 'note', text: uncleanText(options.sources[i]!) }
  }
  // What is on it may be replaced.
  await removeCleanList(fs, directory)
  const rows = await loadRows(metadata)
  const controller = await readControllerLog(
    fs,
    found.find(({ controllerLog }) => controllerLog !== undefined)?.controllerLog,
  )
  const cluster = found.find(({ clusterId }) => clusterId !== undefined)?.clusterId
  const isSame = rows.cluster?.clusterId === cluster
  const forgetsProducers = !isSame && (rows.cluster?.nextProducerId ?? 0) > 0
  if (forgetsProducers) yield { kind: 'note', text: forgottenText }
  const { config } = createConfig([])
  const topicIds = new Map<string, string>()
  for (const [name, partitions] of byTopic(found)) {
    try {
      checkAlone(name, partitions, rows)
      const id = partitions.find(({ topicId }) => topicId !== undefined)?.topicId ?? random.id()
      const configs = controller.configs.get(name) ?? new Map<string, string>()
      const imported = await importTopic(
        { fs, directory, config, forgetsProducers },
        { name, id, existing: rows.topics.get(name), partitions, configs },
      )
      rows.cluster = withProducerIds(
        rows.cluster,
        imported.maxProducerId,
        controller.nextProducerId,
      )
      rows.cluster.clusterId ||= cluster ?? random.id()
      const value = rows.cluster
      await fs.syncDirectory(directory)
      await metadata.commit([...imported.changes, { kind: 'cluster', key: 'cluster', value }])
      rows.topics.set(name, imported.row)
      topicIds.set(name, imported.row.id)
      for (const partition of imported.partitions) yield { kind: 'partition', ...partition }
      for (const text of imported.refusedConfigs) {
        yield { kind: 'note', text: `topic ${name} goes without ${text}` }
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      yield { kind: 'problem', topic: name, text: error.message }
    }
  }
  yield* importCoordinators({ fs, metadata, rows, forgetsProducers }, found, topicIds)
  yield* importAcls(metadata, rows, controller.acls)
}

async function* importAcls(
  metadata: MetadataStore,
  { acls: known }: StoredRows,
  acls: ReadonlyMap<string, AclRow>,
): AsyncGenerator<ImportEvent, void> {
  const changes = Array.from(acls, ([key, value]): Change => ({ kind: 'acl', key, value })).filter(
    ({ value }) => !known.has(aclText(value as AclRow)),
  )
  if (changes.length === 0) return
  await metadata.commit(changes)
  yield { kind: 'acls', acls: changes.length }
}

interface Destination extends Pick<KafkaImport, 'fs' | 'metadata'> {
  rows: StoredRows
  forgetsProducers: boolean
}

/** What groups have committed, and what transactional ids do, all at once. */
async function* importCoordinators(
  { fs, metadata, rows, forgetsProducers }: Destination,
  found: readonly KafkaDirectory[],
  topicIds: ReadonlyMap<string, string>,
): AsyncGenerator<ImportEvent, void> {
  const groups = await readGroups(
    fs,
    found.flatMap(directory => directory.offsets),
  )
  if (forgetsProducers) groups.pending = []
  const stored = forgetsProducers ? [] : found.flatMap(directory => directory.transactions)
  const transactions = await readTransactions(fs, stored)
  const changes = [
    ...groupRows(groups, topicIds),
    ...Array.from(transactions, ([key, value]): Change => ({ kind: 'transaction', key, value })),
  ]
  if (rows.cluster !== undefined && transactions.size > 0) {
    const ids = [...transactions.values()].map(row => Math.max(row.producerId, row.nextProducerId))
    const value = withProducerIds(rows.cluster, Math.max(...ids), 0)
    changes.push({ kind: 'cluster', key: 'cluster', value })
  }
  if (changes.length > 0) await metadata.commit(changes)
  const offsets = changes.flatMap(change => (change.kind === 'offset' ? [change.value!] : []))
  const named = new Set(offsets.map(({ group }) => group)).size
  yield { kind: 'groups', groups: named, offsets: offsets.length }
  const open = [...transactions.values()].filter(({ state }) => openStates.has(state)).length
  if (transactions.size > 0) yield { kind: 'transactions', ids: transactions.size, open }
}

const openStates: ReadonlySet<string> = new Set(['Ongoing', 'PrepareCommit', 'PrepareAbort'])

const forgottenText =
  'the data directory is of another cluster, which has given producer ids, too: ' +
  'retries of batches that were sent to Apache Kafka will not be recognised'

function uncleanText(path: string): string {
  return (
    `Apache Kafka has not closed ${path}: if it still runs, stop it and begin anew; ` +
    'if it was killed, what it was writing is left out'
  )
}

interface StoredRows {
  topics: Map<string, TopicRow>
  deleted: Set<string>
  /** What they say. */
  acls: Set<string>
  cluster: ClusterRow | undefined
}

async function loadRows(metadata: MetadataStore): Promise<StoredRows> {
  const rows: StoredRows = {
    topics: new Map(),
    deleted: new Set(),
    acls: new Set(),
    cluster: undefined,
  }
  for await (const change of metadata.load()) {
    if (change.kind === 'topic') rows.topics.set(change.key, change.value!)
    if (change.kind === 'deletedTopic') rows.deleted.add(change.key)
    if (change.kind === 'acl') rows.acls.add(aclText(change.value!))
    if (change.kind === 'cluster') rows.cluster = change.value!
  }
  return rows
}

function byTopic(found: readonly KafkaDirectory[]): Map<string, KafkaPartition[]> {
  const topics = new Map<string, KafkaPartition[]>()
  for (const partition of found.flatMap(({ partitions }) => partitions)) {
    topics.set(partition.topic, [...(topics.get(partition.topic) ?? []), partition])
  }
  return topics
}

function checkAlone(name: string, partitions: readonly KafkaPartition[], rows: StoredRows): void {
  for (const [i, { partition, directory }] of partitions.entries()) {
    const other = partitions.slice(0, i).find(each => each.partition === partition)
    if (other === undefined) continue
    throw new StorageError(`${other.directory} and ${directory} are copies: name one of them`)
  }
  const collides = [...rows.topics.keys()].find(
    other => other !== name && collisionKey(other) === collisionKey(name),
  )
  if (collides !== undefined) {
    throw new StorageError(`topic '${name}' collides with '${collides}', which is there`)
  }
  if (partitions.some(({ topicId }) => topicId !== undefined && rows.deleted.has(topicId))) {
    throw new StorageError(
      `topic ${name} was deleted here, and its data is still being removed: start and stop the` +
        ' broker, then import it again',
    )
  }
}

/** Producers of Kafka's may go on with their ids, so nobody else may get them. */
function withProducerIds(
  cluster: ClusterRow | undefined,
  maxProducerId: number,
  nextOfController: number,
): ClusterRow {
  const block = Math.floor(maxProducerId / producerIdBlock)
  const next = maxProducerId < 0 ? 0 : (block + 2) * producerIdBlock
  return {
    clusterId: cluster?.clusterId ?? '',
    nextProducerId: Math.max(cluster?.nextProducerId ?? 0, next, nextOfController),
  }
}
