/** What lies in a log directory of Apache Kafka (`log.dirs`), or in the folder of one partition. */
import { basename, dirname, resolve } from 'node:path'
import { isMissing, type Fs } from '../../storage/file/fs.ts'
import { parseProperties } from '../config/properties-file.ts'

export interface KafkaPartition {
  topic: string
  partition: number
  directory: string
  /** Kafka's text form of a uuid; undefined where Kafka was older than 2.8. */
  topicId: string | undefined
  startOffset: number
  recoveryPoint: number
  /** As Kafka has noted them, oldest first; may be empty. */
  epochs: { epoch: number; startOffset: number }[]
}

export interface KafkaDirectory {
  clusterId: string | undefined
  /** Kafka has ended as it should. */
  isClean: boolean
  /** By topic and partition. */
  partitions: KafkaPartition[]
  /** The folders of what Kafka keeps for itself: __consumer_offsets, __transaction_state. */
  offsets: string[]
  transactions: string[]
  controllerLog: string | undefined
}

/** `topic-partition`; what is being deleted or moved has a longer name. */
const partitionName = /^([\w.-]{1,249})-(\d{1,9})$/

const internalTopics = ['__share_group_state', '__remote_log_metadata']

/** Rejects with what the operating system says. */
export async function readKafkaDirectory(fs: Fs, path: string): Promise<KafkaDirectory> {
  const names = await fs.readdir(path)
  const isPartition = names.includes('leader-epoch-checkpoint') || names.some(isLog)
  const root = isPartition ? dirname(resolve(path)) : path
  const siblings = isPartition ? await fs.readdir(root) : names
  const [startOffsets, recoveryPoints] = [
    await readOffsets(fs, `${root}/log-start-offset-checkpoint`),
    await readOffsets(fs, `${root}/recovery-point-offset-checkpoint`),
  ]
  const found: KafkaDirectory = {
    clusterId: await readClusterId(fs, root),
    isClean: siblings.includes('.kafka_cleanshutdown'),
    partitions: [],
    offsets: [],
    transactions: [],
    controllerLog: siblings.includes('__cluster_metadata-0')
      ? `${root}/__cluster_metadata-0`
      : undefined,
  }
  for (const name of isPartition ? [basename(resolve(path))] : names) {
    const [, topic, index] = partitionName.exec(name) ?? []
    if (topic === undefined || topic === '__cluster_metadata' || internalTopics.includes(topic)) {
      continue
    }
    const directory = `${root}/${name}`
    if (topic === '__consumer_offsets' || topic === '__transaction_state') {
      found[topic === '__consumer_offsets' ? 'offsets' : 'transactions'].push(directory)
      continue
    }
    const key = `${topic} ${Number(index)}`
    found.partitions.push({
      topic,
      partition: Number(index),
      directory,
      topicId: await readTopicId(fs, directory),
      startOffset: startOffsets.get(key) ?? 0,
      recoveryPoint: recoveryPoints.get(key) ?? 0,
      epochs: await readEpochs(fs, directory),
    })
  }
  found.partitions.sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
  return found
}

function isLog(name: string): boolean {
  return /^\d{20}\.log$/.test(name)
}

/** Kafka's checkpoints: a version, a count, and lines (CheckpointFile). */
async function readLines(fs: Fs, path: string): Promise<string[][]> {
  const text = await readIfThere(fs, path)
  const lines = text?.split('\n').slice(2) ?? []
  return lines.filter(line => line !== '').map(line => line.split(' '))
}

/** By `topic partition`. */
async function readOffsets(fs: Fs, path: string): Promise<Map<string, number>> {
  const lines = await readLines(fs, path)
  return new Map(
    lines.map(([topic, partition, offset]) => [`${topic} ${partition}`, Number(offset)]),
  )
}

async function readEpochs(fs: Fs, directory: string): Promise<KafkaPartition['epochs']> {
  const lines = await readLines(fs, `${directory}/leader-epoch-checkpoint`)
  return lines.map(([epoch, offset]) => ({ epoch: Number(epoch), startOffset: Number(offset) }))
}

async function readTopicId(fs: Fs, directory: string): Promise<string | undefined> {
  const text = await readIfThere(fs, `${directory}/partition.metadata`)
  return /^topic_id: *([\w-]{22})$/m.exec(text ?? '')?.[1]
}

async function readClusterId(fs: Fs, root: string): Promise<string | undefined> {
  const text = await readIfThere(fs, `${root}/meta.properties`)
  return parseProperties(text ?? '').find(({ key }) => key === 'cluster.id')?.value
}

async function readIfThere(fs: Fs, path: string): Promise<string | undefined> {
  try {
    return (await fs.readFile(path)).toString()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
