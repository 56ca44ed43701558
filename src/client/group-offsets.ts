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
  const body = { groupId, topics, groups: [{ groupId, topics }], requireStable: true }
  const answer = await client.send(offsetFetch, body, {
    to: { group: groupId },
    maxVersion: lastVersionWithNames,
    minVersion: 1,
    check(found) {
      const [group = found] = found.groups
      if (group.errorCode !== errors.NONE) throw new KafkaError(errorName(group.errorCode))
      const [failed] = group.topics
        .flatMap(({ partitions: each }) => each)
        .filter(({ errorCode }) => errorCode !== errors.NONE)
      if (failed) throw new KafkaError(errorName(failed.errorCode))
    },
  })
  const [group = answer] = answer.groups
  const committed = new Map(
    group.topics.flatMap(({ name: topic, partitions: each }) =>
      each.map(({ partitionIndex: partition, committedOffset }) => [
        partitionKey({ topic, partition }),
        committedOffset,
      ]),
    ),
  )
  return partitions.map(each => {
    const offset = committed.get(partitionKey(each)) ?? -1
    return offset < 0 ? undefined : offset
  })
}

/** Errors: KafkaError. */
export async function commitOffsets(
  client: Client,
  { groupId, generationId, memberId }: Membership,
  offsets: readonly (TopicPartition & { offset: number })[],
): Promise<void> {
  const topics = Array.from(
    Map.groupBy(offsets, ({ topic }) => topic),
    ([name, own]) => ({
      name,
      partitions: own.map(({ partition, offset }) => {
        return { partitionIndex: partition, committedOffset: offset, committedMetadata: '' }
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
