/** The offsets that a group has committed, and commits. */
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import type { Client } from './client.ts'
import { partitionKey, type TopicPartition } from './offsets.ts'

/** Who commits: a member in a generation, or somebody from outside. */
export interface Membership {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
}

/** Later ones name topics by their ids. */
const lastVersionWithNames = 9
/** The first that can ask for all partitions (KIP-88). */
const firstVersionWithAll = 2

export interface CommittedOffset extends TopicPartition {
  readonly offset: number
  readonly metadata: string
}

/** In the order of the partitions; undefined where nothing is committed. Errors: KafkaError. */
export async function committedOffsets(
  client: Client,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<(number | undefined)[]> {
  const topics = Array.from(
    Map.groupBy(partitions, ({ topic }) => topic),
    ([name, own]) => ({ name, partitionIndexes: own.map(({ partition }) => partition) }),
  )
  const committed = await fetchOffsets(client, groupId, topics)
  const byPartition = new Map(committed.map(each => [partitionKey(each), each.offset]))
  return partitions.map(each => byPartition.get(partitionKey(each)))
}

/** All that a group has committed. Errors: KafkaError. */
export function allCommittedOffsets(client: Client, groupId: string): Promise<CommittedOffset[]> {
  return fetchOffsets(client, groupId, null)
}

async function fetchOffsets(
  client: Client,
  groupId: string,
  topics: { name: string; partitionIndexes: number[] }[] | null,
): Promise<CommittedOffset[]> {
  const body = { groupId, topics, groups: [{ groupId, topics }], requireStable: true }
  const answer = await client.send(offsetFetch, body, {
    to: { group: groupId },
    maxVersion: lastVersionWithNames,
    minVersion: topics === null ? firstVersionWithAll : 1,
    check(found) {
      const [group = found] = found.groups
      const codes = group.topics.flatMap(({ partitions }) => partitions.map(each => each.errorCode))
      const code = [group.errorCode, ...codes].find(each => each !== errors.NONE)
      if (code !== undefined) throw new KafkaError(errorName(code))
    },
  })
  const [group = answer] = answer.groups
  return group.topics.flatMap(({ name: topic, partitions }) =>
    partitions
      .filter(({ committedOffset }) => committedOffset >= 0)
      .map(({ partitionIndex: partition, committedOffset: offset, metadata }) => {
        return { topic, partition, offset, metadata: metadata ?? '' }
      }),
  )
}

/** Errors: KafkaError. */
export async function commitOffsets(
  client: Client,
  { groupId, generationId, memberId }: Membership,
  offsets: readonly (Omit<CommittedOffset, 'metadata'> & { metadata?: string })[],
): Promise<void> {
  const topics = Array.from(
    Map.groupBy(offsets, ({ topic }) => topic),
    ([name, own]) => ({
      name,
      partitions: own.map(({ partition, offset, metadata = '' }) => {
        return { partitionIndex: partition, committedOffset: offset, committedMetadata: metadata }
      }),
    }),
  )
  const body = { groupId, generationIdOrMemberEpoch: generationId, memberId, topics }
  await client.send(offsetCommit, body, {
    to: { group: groupId },
    minVersion: 2,
    maxVersion: lastVersionWithNames,
    check({ topics: answered }) {
      const codes = answered.flatMap(({ partitions }) => partitions.map(each => each.errorCode))
      const code = codes.find(each => each !== errors.NONE)
      if (code !== undefined) throw new KafkaError(errorName(code))
    },
  })
}
