/** Takes a topic of Apache Kafka over: its partitions' logs, and the rows that go with them. */
import { KafkaError } from '../../protocol/errors.ts'
import type { BatchHeader } from '../../protocol/record-batch.ts'
import { isMissing, isSystemError, type Fs } from '../../storage/file/fs.ts'
import { inspectLog } from '../../storage/file/inspection.ts'
import { copyKafkaLog, type CopiedLog } from '../../storage/file/kafka-log.ts'
import { directoryName } from '../../storage/file/log-directories.ts'
import type { Change, PartitionRow, ProducerRow, TopicRow } from '../../storage/metadata-store.ts'
import { StorageError } from '../../storage/partition-log.ts'
import { checkTopicConfigs, type Config } from '../config.ts'
import { PartitionProducers } from '../partitions/producers.ts'
import { newPartitionRow, withNewEpoch } from '../replicas.ts'
import { checkTopicName } from '../topic-names.ts'
import { producersChanges, producersKey } from '../partitions/producer-rows.ts'
import type { KafkaPartition } from './directory.ts'
import { readProducerSnapshot } from './producers.ts'

/** The coordinator here counts its epochs from the beginning. */
const unmarked = -1

export interface ImportOptions {
  fs: Fs
  /** Where partitions have their directories. */
  directory: string
  config: Config
  /** Producers of the same ids are others here: theirs are forgotten. */
  forgetsProducers: boolean
}

export interface WantedTopic {
  name: string
  /** The one that it gets, unless it is there already. */
  id: string
  existing: TopicRow | undefined
  partitions: readonly KafkaPartition[]
  configs: ReadonlyMap<string, string>
}

export interface ImportedPartition extends CopiedLog {
  topic: string
  partition: number
  /** Transactions that were aborted, of those that the log knows, and those that are open. */
  aborted: number
  open: number
}

export interface ImportedTopic {
  partitions: ImportedPartition[]
  row: TopicRow
  changes: Change[]
  /** Configs that mean nothing here, and why. */
  refusedConfigs: string[]
  /** Of all producers that were met; -1 for none. */
  maxProducerId: number
}

/** Errors: StorageError for what cannot be taken over; then nothing is left of the topic. */
export async function importTopic(
  options: ImportOptions,
  wanted: WantedTopic,
): Promise<ImportedTopic> {
  const { name, existing } = wanted
  const id = existing?.id ?? wanted.id
  checkNames(wanted)
  const row: TopicRow = existing ?? { id, partitions: [], configs: {} }
  const { overrides, refused } = acceptedConfigs(wanted.configs, options.config)
  const imported: ImportedTopic = {
    partitions: [],
    row: { ...row, partitions: [...row.partitions], configs: { ...overrides, ...row.configs } },
    changes: [],
    refusedConfigs: refused,
    maxProducerId: -1,
  }
  const made: string[] = []
  try {
    for (const partition of wanted.partitions) {
      const place = { topic: name, topicId: id, partition: partition.partition }
      const target = `${options.directory}/${directoryName(place)}`
      await makeRoom(options.fs, target, partition)
      made.push(target)
      await importPartition(options, partition, target, imported)
    }
  } catch (error) {
    for (const target of made) await options.fs.removeTree(target)
    throw error
  }
  const { partitions } = imported.row
  for (let i = 0; i < partitions.length; i++) {
    partitions[i] ??= newPartitionRow([options.config.nodeId])
  }
  imported.changes.push({ kind: 'topic', key: name, value: imported.row })
  return imported
}

function checkNames({ name, existing, partitions }: WantedTopic): void {
  try {
    checkTopicName(name)
  } catch (error) {
    if (error instanceof KafkaError) throw new StorageError(error.message)
    throw error
  }
  const ids = partitions.flatMap(({ topicId }) => topicId ?? [])
  const other = ids.find(id => id !== (existing?.id ?? ids[0]))
  if (other === undefined) return
  throw new StorageError(
    existing === undefined
      ? `the partitions of topic ${name} are of two topics, ${ids[0]} and ${other}: choose one`
      : `there is another topic ${name} (${existing.id}): delete it, or choose another directory`,
  )
}

/** What an earlier attempt has left belongs to no topic; an empty partition may be replaced. */
async function makeRoom(fs: Fs, target: string, { topic, partition }: KafkaPartition) {
  try {
    const { nextOffset, damage } = await inspectLog(fs, target)
    if (nextOffset > 0 || damage.length > 0) {
      throw new StorageError(`partition ${partition} of topic ${topic} is there already`)
    }
  } catch (error) {
    if (isSystemError(error) && isMissing(error)) return
    throw error
  }
  await fs.removeTree(target)
}

async function importPartition(
  { fs, config, forgetsProducers }: ImportOptions,
  source: KafkaPartition,
  target: string,
  imported: ImportedTopic,
): Promise<void> {
  const { topic, partition } = source
  const producers = new PartitionProducers(config)
  const epochs = [...source.epochs]
  const visit = (header: BatchHeader, batch: Buffer): void => {
    const { partitionLeaderEpoch: epoch, baseOffset, producerId } = header
    producers.replay(batch, 0, header, Math.max(0, header.maxTimestamp))
    if (epoch > (epochs.at(-1)?.epoch ?? -1)) epochs.push({ epoch, startOffset: baseOffset })
    imported.maxProducerId = Math.max(imported.maxProducerId, producerId)
  }
  const copied = await copyKafkaLog(fs, source, target, visit)
  const change = producers.takeChange(copied.nextOffset)
  const known = change.producers.producers
  // Of some, retention has left nothing but what the snapshot tells.
  const others = await readProducerSnapshot(fs, source.directory)
  const isNew = ({ producerId }: ProducerRow): boolean =>
    !known.some(producer => producer.producerId === producerId)
  const all = [...known, ...others.filter(isNew)]
  const open = all.filter(({ transactionStart }) => transactionStart !== null)
  if (forgetsProducers && open.length > 0) throw new StorageError(openText(source, open))
  imported.maxProducerId = all.reduce(
    (max, { producerId }) => Math.max(max, producerId),
    imported.maxProducerId,
  )
  const aborted = change.aborted.reduce((sum, [, row]) => sum + row!.transactions.length, 0)
  imported.partitions.push({ topic, partition, ...copied, aborted, open: open.length })
  imported.row.partitions[partition] = partitionRow(epochs, copied.nextOffset, config)
  const rows = forgetsProducers ? [] : all.map(row => ({ ...row, coordinatorEpoch: unmarked }))
  imported.changes.push(
    ...producersChanges(producersKey(imported.row.id, partition), {
      ...change,
      producers: { endOffset: copied.nextOffset, producers: rows },
    }),
  )
}

/** Their ids may be given here again: nobody could end them. */
function openText({ topic, partition }: KafkaPartition, open: readonly ProducerRow[]): string {
  const ids = open.map(({ producerId }) => producerId).join(', ')
  return (
    `partition ${partition} of topic ${topic} has open transactions (of producer ${ids}), which` +
    ' cannot go on here: end them in Apache Kafka, or import into an empty data directory'
  )
}

/** Another broker leads from here on, which is a new epoch (KIP-101). */
function partitionRow(
  epochs: PartitionRow['epochs'],
  endOffset: number,
  { nodeId }: Config,
): PartitionRow {
  const row = newPartitionRow([nodeId])
  return withNewEpoch(epochs.length === 0 ? row : { ...row, epochs }, endOffset)
}

function acceptedConfigs(configs: ReadonlyMap<string, string>, config: Config) {
  const overrides: Record<string, string> = {}
  const refused: string[] = []
  for (const [name, value] of configs) {
    try {
      Object.assign(overrides, checkTopicConfigs({ [name]: value }, config))
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      refused.push(`${name}=${value}: ${error.message}`)
    }
  }
  return { overrides, refused }
}
