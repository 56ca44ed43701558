/** `odradek export`: topics, their records and the offsets of groups as lines of JSON. */
import { allCommittedOffsets, type CommittedOffset } from '../client/group-offsets.ts'
import type { Client } from '../client/client.ts'
import { offsetsOf } from '../client/places.ts'
import { Reader } from '../client/reader.ts'
import { CommittedPositions, groupLine, recordLine, topicLine } from '../seeds/write.ts'
import { declare } from './command.ts'
import { connectionOptions, withClient, type ConnectionFlags } from './connection.ts'
import { readGroups } from './groups.ts'
import type { Schema } from './json-schema.ts'
import { matchingNames } from './name-patterns.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'
import { readTopics, topicOverrides, type TopicMetadata } from './topics.ts'

/** The lines are those of seeds, whatever --json says: docs/seeds.md has their forms. */
const line: Schema<never> = { json: { type: 'object' } }

export const exportCommand = declare<never, ConnectionFlags>({
  name: 'export',
  summary: 'Print topics, their records and the offsets of groups, for import or as a seed.',
  arguments: [['[topic...]', "names or patterns like 'orders-*'; all topics if there is none"]],
  options: connectionOptions,
  examples: [
    ['export > all.jsonl', 'everything'],
    ["export 'orders-*' -b kafka:9092 > orders.jsonl", 'some topics of another Kafka'],
  ],
  output: line,
  streams: true,
  run: ({ args, options, terminal }) => run(args, options, terminal),
})

async function* run(
  patterns: readonly string[],
  options: ConnectionFlags,
  terminal: Terminal,
): AsyncGenerator<never, void> {
  await withClient(options, async client => {
    const topics = await wantedTopics(client, patterns)
    const names = topics.map(({ name }) => name)
    const groups = await groupsOf(client, names)
    await writeTopics(client, topics, terminal)
    await writeRecords(client, topics, groups, terminal)
    await writeGroups(groups, terminal)
  })
  // Lines are bytes by the time that they are known: nothing is left to be shown.
  yield* []
}

async function wantedTopics(client: Client, patterns: readonly string[]): Promise<TopicMetadata[]> {
  const all = await readTopics(client, null)
  const own = all.filter(({ isInternal }) => !isInternal).map(({ name }) => name)
  const names = patterns.length === 0 ? own : matchingNames(patterns, own, 'topic')
  return names.length === 0 ? [] : readTopics(client, names)
}

/** What a group has committed in the topics, and what becomes of it while records go by. */
interface ExportedGroup {
  readonly group: string
  readonly committed: readonly CommittedOffset[]
  readonly positions: ReadonlyMap<string, CommittedPositions<CommittedOffset>>
}

async function groupsOf(client: Client, topics: readonly string[]): Promise<ExportedGroup[]> {
  const exported: ExportedGroup[] = []
  for (const { group, type } of await readGroups(client)) {
    // What a share group has in flight is nobody's offset.
    if (type === 'share') continue
    const all = await allCommittedOffsets(client, group)
    const committed = all.filter(({ topic }) => topics.includes(topic)).toSorted(byPlace)
    if (committed.length === 0) continue
    const byTopic = Map.groupBy(committed, ({ topic }) => topic)
    const positions = new Map(
      Array.from(byTopic, ([topic, own]) => [topic, new CommittedPositions(own)] as const),
    )
    exported.push({ group, committed, positions })
  }
  return exported
}

function byPlace(a: CommittedOffset, b: CommittedOffset): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}

async function writeTopics(
  client: Client,
  topics: readonly TopicMetadata[],
  terminal: Terminal,
): Promise<void> {
  if (topics.length === 0) return
  const overrides = await topicOverrides(
    client,
    topics.map(({ name }) => name),
  )
  const lines = topics.map(({ name, partitions }) => {
    const own = Object.entries(overrides.get(name) ?? {})
    const configs = Object.fromEntries(
      own.filter((entry): entry is [string, string] => entry[1] !== null),
    )
    return topicLine({ name, partitions: partitions.length, configs })
  })
  await writeLines(lines, terminal)
}

/** Topic by topic, as readers of committed records see them now. */
async function writeRecords(
  client: Client,
  topics: readonly TopicMetadata[],
  groups: readonly ExportedGroup[],
  terminal: Terminal,
): Promise<void> {
  const options = { committed: true, markers: false, say: (text: string) => terminal.say(text) }
  let count = 0
  for (const { name: topic, partitions: own } of topics) {
    const partitions = own.map(({ partitionIndex }) => ({ topic, partition: partitionIndex }))
    const starts = await offsetsOf(client, partitions, 'start', options)
    const ends = await offsetsOf(client, partitions, 'end', options)
    const reader = new Reader(client, options)
    partitions.forEach((each, i) => reader.add({ ...each, offset: starts[i]!, end: ends[i]! }))
    for await (const records of reader.read()) {
      const lines = records.map(record => {
        const { partition } = record.from
        for (const { positions } of groups) positions.get(topic)?.see(partition, record.offset)
        return recordLine(topic, partition, record)
      })
      await writeLines(lines, terminal)
      count += lines.length
      terminal.progress(`exported ${count} records`)
    }
  }
}

async function writeGroups(groups: readonly ExportedGroup[], terminal: Terminal): Promise<void> {
  const lines = groups.map(({ group, committed, positions }) => {
    const offsets = committed.map(each => {
      return { ...each, offset: positions.get(each.topic)!.of(each) }
    })
    return groupLine({ group, offsets })
  })
  await writeLines(lines, terminal)
}

async function writeLines(lines: readonly string[], terminal: Terminal): Promise<void> {
  if (lines.length === 0) return
  await terminal.write(Buffer.from(lines.map(each => `${printable(each)}\n`).join('')))
}
