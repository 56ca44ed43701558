/** `odradek topic`: what topics there are, and what is in them. */
import { Option } from 'commander'
import { partitionKey } from '../client/offsets.ts'
import { declare, grouped } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import {
  boolean,
  integer,
  listOf,
  mapOf,
  nullable,
  object,
  string,
  type Described,
} from './json-schema.ts'
import { matchingNames } from './name-patterns.ts'
import type { Cell } from './table.ts'
import { clearCommand, createCommand, deleteCommand, setCommand } from './topic-changes.ts'
import { offsetsOf, readTopics, topicOverrides, type TopicMetadata } from './topics.ts'

const topicList = object({
  topics: listOf(
    object({
      topic: string,
      partitions: integer,
      replicationFactor: integer,
      internal: boolean,
      /** Between first and last offset: with what compaction has removed, and markers. */
      records: nullable(integer),
    }),
  ),
})

interface ListFlags extends ConnectionFlags {
  internal?: true
}

const listCommand = declare<Described<typeof topicList>, ListFlags>({
  name: 'list',
  summary: 'List topics, and how many records each holds.',
  options: [
    new Option('--internal', 'With topics that the broker keeps for itself.'),
    ...connectionOptions,
  ],
  examples: [['topic', 'topics, partitions, records']],
  output: topicList,
  run: ({ options }) =>
    withClient(options, async client => {
      const all = await readTopics(client, null)
      const topics = all.filter(topic => options.internal || !topic.isInternal)
      const [starts, ends] = [
        await offsetsOf(client, topics, 'start'),
        await offsetsOf(client, topics, 'end'),
      ]
      return {
        topics: topics.map(topic => ({
          topic: topic.name,
          partitions: topic.partitions.length,
          replicationFactor: topic.partitions[0]?.replicaNodes.length ?? 0,
          internal: topic.isInternal,
          records: sum(partitionsOf(topic, starts, ends).map(({ records }) => records)),
        })),
      }
    }),
  text: ({ topics }, { table }) =>
    table(
      ['TOPIC', 'PARTITIONS', 'REPLICAS', 'RECORDS'],
      topics.map(each => [each.topic, each.partitions, each.replicationFactor, each.records]),
    ),
  said: ({ topics }) =>
    topics.length > 0 ? undefined : "no topics yet: 'odradek topic create orders' makes one",
})

const partition = object({
  partition: integer,
  leader: integer,
  leaderEpoch: integer,
  replicas: listOf(integer),
  inSync: listOf(integer),
  startOffset: nullable(integer),
  endOffset: nullable(integer),
  records: nullable(integer),
})

const topicDescriptions = object({
  topics: listOf(
    object({
      topic: string,
      topicId: string,
      internal: boolean,
      replicationFactor: integer,
      partitions: listOf(partition),
      configs: mapOf(nullable(string)),
    }),
  ),
})

type TopicDescription = Described<typeof topicDescriptions>['topics'][number]

const describeCommand = declare<Described<typeof topicDescriptions>, ConnectionFlags>({
  name: 'describe',
  summary: 'Print partitions, leaders, replicas, offsets, and what is set on topics.',
  arguments: [['<topic...>', "names, or patterns like 'test-*'"]],
  options: [...connectionOptions],
  examples: [['topic describe orders', 'all there is to know of it']],
  output: topicDescriptions,
  run: ({ args, options }) =>
    withClient(options, async client => {
      const known = await readTopics(client, null)
      const names = matchingNames(
        args,
        known.map(({ name }) => name),
        'topic',
      )
      const topics = await readTopics(client, names)
      const configs = await topicOverrides(client, names)
      const starts = await offsetsOf(client, topics, 'start')
      const ends = await offsetsOf(client, topics, 'end')
      return {
        topics: topics.map(topic => ({
          topic: topic.name,
          topicId: topic.topicId,
          internal: topic.isInternal,
          replicationFactor: topic.partitions[0]?.replicaNodes.length ?? 0,
          partitions: partitionsOf(topic, starts, ends),
          configs: configs.get(topic.name) ?? {},
        })),
      }
    }),
  text: ({ topics }, view) => topics.map(topic => descriptionText(topic, view.table)).join('\n\n'),
})

function descriptionText(
  { topic, topicId, partitions, replicationFactor, configs }: TopicDescription,
  table: (headers: readonly string[], rows: readonly (readonly Cell[])[]) => string,
): string {
  const total = sum(partitions.map(({ records }) => records))
  const parts = [
    table(
      ['TOPIC', 'PARTITIONS', 'REPLICAS', 'RECORDS', 'ID'],
      [[topic, partitions.length, replicationFactor, total, topicId]],
    ),
    table(
      ['PARTITION', 'LEADER', 'REPLICAS', 'IN SYNC', 'START', 'END', 'RECORDS'],
      partitions.map(each => [
        each.partition,
        each.leader < 0 ? null : each.leader,
        each.replicas.join(','),
        each.inSync.join(','),
        each.startOffset,
        each.endOffset,
        each.records,
      ]),
    ),
  ]
  const set = Object.entries(configs)
  if (set.length > 0) parts.push(table(['CONFIG', 'VALUE'], set))
  return parts.join('\n\n')
}

function partitionsOf(
  { name: topic, partitions }: TopicMetadata,
  starts: ReadonlyMap<string, number | null>,
  ends: ReadonlyMap<string, number | null>,
): Described<typeof partition>[] {
  return partitions.map(each => {
    const key = partitionKey({ topic, partition: each.partitionIndex })
    const [startOffset, endOffset] = [starts.get(key) ?? null, ends.get(key) ?? null]
    const isKnown = startOffset !== null && endOffset !== null
    return {
      partition: each.partitionIndex,
      leader: each.leaderId,
      leaderEpoch: each.leaderEpoch,
      replicas: each.replicaNodes,
      inSync: each.isrNodes,
      startOffset,
      endOffset,
      records: isKnown ? endOffset - startOffset : null,
    }
  })
}

/** Null where a part is not known. */
function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce((total, part) => (total === null || part === null ? null : total + part), 0)
}

export const topicCommand = grouped('topic', 'Topics: list, create, change, empty, delete.', [
  listCommand,
  createCommand,
  describeCommand,
  setCommand,
  clearCommand,
  deleteCommand,
])
