/** What commands know of groups of all types, from the APIs that each has. */
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Client } from '../client/client.ts'
import { byTopic, findOffsets, partitionKey, type TopicPartition } from '../client/offsets.ts'
import { answered, checkAnswer } from './broker-answers.ts'
import { describers, type GroupFacts } from './group-members.ts'
import { matchingNames } from './name-patterns.ts'

export const groupTypes = ['classic', 'consumer', 'share', 'streams'] as const

export type GroupType = (typeof groupTypes)[number]

export interface ListedGroup {
  group: string
  type: GroupType
  state: string
}

/** Of all coordinators, sorted. */
export async function readGroups(client: Client): Promise<ListedGroup[]> {
  const { brokers } = await client.metadata({ topics: [] })
  const answers = await Promise.all(
    brokers.map(({ nodeId }) =>
      client.send(
        listGroups,
        {},
        { to: { node: nodeId }, check: ({ errorCode }) => checkAnswer('groups', errorCode) },
      ),
    ),
  )
  return answers
    .flatMap(({ groups }) => groups)
    .map(each => ({ group: each.groupId, type: typeOf(each.groupType), state: each.groupState }))
    .toSorted((a, b) => (a.group < b.group ? -1 : 1))
}

/** Throws a KafkaError for a group that there is not. */
export async function meantGroups(
  client: Client,
  patterns: readonly string[],
): Promise<ListedGroup[]> {
  const known = await readGroups(client)
  const names = matchingNames(
    patterns,
    known.map(({ group }) => group),
    'group',
  )
  return names.map(name => {
    const found = known.find(({ group }) => group === name)
    if (found === undefined) throw answered(`group ${name}`, errors.GROUP_ID_NOT_FOUND)
    return found
  })
}

/** Brokers before KIP-848 know one type, and do not name it. */
function typeOf(text: string): GroupType {
  return groupTypes.find(type => type === text.toLowerCase()) ?? 'classic'
}

/** What a group has read of a partition; what is not known is null. */
export interface GroupOffset {
  topic: string
  partition: number
  committed: number | null
  end: number | null
  lag: number | null
}

export interface GroupDescription extends GroupFacts {
  group: string
  type: GroupType
  offsets: GroupOffset[]
}

/** Throws a KafkaError where there is no such group. */
export async function describeGroup(
  client: Client,
  { group, type }: Pick<ListedGroup, 'group' | 'type'>,
): Promise<GroupDescription> {
  const facts = await describers[type](client, group)
  const assigned = facts.members.flatMap(({ assignment }) =>
    assignment.flatMap(({ topic, partitions }) =>
      partitions.map(partition => ({ topic, partition })),
    ),
  )
  const isShare = type === 'share'
  const committed = isShare
    ? await shareOffsets(client, group)
    : await committedOffsets(client, group)
  const partitions = new Map<string, TopicPartition>()
  for (const each of [...committed.values(), ...(isShare ? [] : assigned)]) {
    partitions.set(partitionKey(each), { topic: each.topic, partition: each.partition })
  }
  const all = Array.from(partitions.values()).toSorted(byTopic)
  const ends = await findOffsets(client, all, 'end')
  const offsets = all.map(each => {
    const own = committed.get(partitionKey(each))
    const found = ends.get(partitionKey(each))
    const end = found === undefined || found instanceof KafkaError ? null : found.offset
    const offset = own?.offset ?? null
    const lag = own?.lag ?? (end === null || offset === null ? null : Math.max(end - offset, 0))
    return { ...each, committed: offset, end, lag }
  })
  return { group, type, ...facts, offsets }
}

/** Null where a part is not known. */
export function totalLag(offsets: readonly GroupOffset[]): number | null {
  const known = offsets.filter(({ lag }) => lag !== null)
  return known.length === 0 ? null : known.reduce((total, { lag }) => total + lag!, 0)
}

interface Committed extends TopicPartition {
  readonly offset: number
  /** Where the broker counts it. */
  readonly lag?: number
}

/** By 'topic/partition'. */
export async function committedOffsets(
  client: Client,
  group: string,
): Promise<Map<string, Committed>> {
  const answer = await client.send(
    offsetFetch,
    // Versions below 8 ask for one group, above for several.
    {
      groupId: group,
      topics: null,
      groups: [{ groupId: group, topics: null }],
      requireStable: false,
    },
    {
      to: { group },
      minVersion: 2,
      // From 10 on topics have ids.
      maxVersion: 9,
      check: ({ groups, errorCode }) =>
        checkAnswer(`group ${group}`, groups[0]?.errorCode ?? errorCode),
    },
  )
  const topics = answer.groups[0]?.topics ?? answer.topics
  const committed = topics.flatMap(({ name: topic, partitions }) =>
    partitions
      .filter(({ committedOffset }) => committedOffset >= 0)
      .map(each => ({ topic, partition: each.partitionIndex, offset: each.committedOffset })),
  )
  return new Map(committed.map(each => [partitionKey(each), each]))
}

/** Where share groups begin: what they have acknowledged behind it is not counted. */
async function shareOffsets(client: Client, group: string): Promise<Map<string, Committed>> {
  const { groups } = await client.send(
    describeShareGroupOffsets,
    { groups: [{ groupId: group, topics: null }] },
    {
      to: { group },
      check: ({ groups: [own] }) =>
        checkAnswer(`group ${group}`, own?.errorCode ?? 0, own?.errorMessage),
    },
  )
  const committed = (groups[0]?.topics ?? []).flatMap(({ topicName: topic, partitions }) =>
    partitions
      .filter(({ startOffset }) => startOffset >= 0)
      .map(each => ({
        topic,
        partition: each.partitionIndex,
        offset: each.startOffset,
        ...(each.lag < 0 ? {} : { lag: each.lag }),
      })),
  )
  return new Map(committed.map(each => [partitionKey(each), each]))
}
