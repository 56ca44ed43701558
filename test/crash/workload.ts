/** Who does what to which topics while the broker is killed. */
import type { RawClient } from '../raw-client.ts'
import { CommitsHistory } from './commits-history.ts'
import { copiedTopics, Copier } from './copier.ts'
import { PartitionHistory, type PartitionRules } from './partition-history.ts'
import { createTopic, newProducerId, type TopicPartition } from './requests.ts'
import { Stream } from './stream.ts'
import { TopicsHistory } from './topics-history.ts'

/** Segments are this short, so that rolls are under way at every moment. */
const segmentMs = '15'
const retentionBytes = 60_000
const retentionMs = 500
const keys = 40

interface TopicPlan {
  name: string
  partitions: number
  configs: Readonly<Record<string, string>>
  rules: PartitionRules
  keys?: number
  /** DeleteRecords is asked for now and then. */
  isTrimmed: boolean
}

const keepAll: PartitionRules = {
  isCompacted: false,
  forgetsTombstones: false,
  retentionBytes: Infinity,
  retentionMs: Infinity,
}

const compaction = { 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': '0' }

const plans: readonly TopicPlan[] = [
  { name: 'kept', partitions: 2, configs: {}, rules: keepAll, isTrimmed: true },
  {
    name: 'by-size',
    partitions: 1,
    configs: { 'retention.bytes': String(retentionBytes) },
    rules: { ...keepAll, retentionBytes },
    isTrimmed: false,
  },
  {
    name: 'by-age',
    partitions: 1,
    configs: { 'retention.ms': String(retentionMs) },
    rules: { ...keepAll, retentionMs },
    isTrimmed: false,
  },
  {
    name: 'compacted',
    partitions: 1,
    configs: { 'cleanup.policy': 'compact', ...compaction },
    rules: { ...keepAll, isCompacted: true, forgetsTombstones: true },
    keys,
    isTrimmed: false,
  },
  {
    name: 'compacted-by-size',
    partitions: 1,
    // Tombstones stay for a day.
    configs: {
      'cleanup.policy': 'compact,delete',
      'min.cleanable.dirty.ratio': '0',
      'retention.bytes': String(retentionBytes),
    },
    rules: { ...keepAll, isCompacted: true, retentionBytes },
    keys,
    isTrimmed: true,
  },
]

export interface WatchedPartition extends TopicPartition {
  history: PartitionHistory
  streams: readonly Stream[]
  isTrimmed: boolean
  /** A group that reads it. */
  group: string
  commits: CommitsHistory
}

export interface Workload {
  partitions: readonly WatchedPartition[]
  /** Those that come and go. */
  topics: TopicsHistory
  copier: Copier
  producerIds: Set<number>
  random: () => number
}

/** Creates the topics, and a plain and an idempotent producer for each partition. */
export async function createWorkload(client: RawClient, random: () => number): Promise<Workload> {
  const partitions: WatchedPartition[] = []
  const producerIds = new Set<number>()
  for (const plan of plans) {
    const configs = { 'segment.ms': segmentMs, ...plan.configs }
    await createTopic(client, plan.name, plan.partitions, configs)
    const producerId = await newProducerId(client)
    producerIds.add(producerId)
    for (let partition = 0; partition < plan.partitions; partition++) {
      const at = { topic: plan.name, partition }
      const name = `${plan.name}-${partition}`
      const history = new PartitionHistory(name, plan.rules)
      const common = { at, history, random, ...(plan.keys ? { keys: plan.keys } : {}) }
      const streams = [
        new Stream({ ...common, name: 'plain' }),
        new Stream({ ...common, name: 'idempotent', producerId }),
      ]
      const group = `readers-of-${name}`
      const commits = new CommitsHistory(group)
      partitions.push({ ...at, history, streams, isTrimmed: plan.isTrimmed, group, commits })
    }
  }
  const copier = await Copier.create(client, random)
  return { partitions, topics: new TopicsHistory(), copier, producerIds, random }
}

/** Of those that are always there. */
export const watchedTopics: ReadonlySet<string> = new Set([
  ...plans.map(({ name }) => name),
  ...copiedTopics,
])
