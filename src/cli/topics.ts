/** What commands know of topics: from Metadata, ListOffsets and DescribeConfigs. */
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Client, Metadata } from '../client/client.ts'
import { findOffsets, partitionKey, type OffsetAt } from '../client/offsets.ts'
import { resourceTypes } from './altered-configs.ts'
import { checkAnswer } from './broker-answers.ts'

export type TopicMetadata = Metadata['topics'][number] & { name: string }

/** Those of these names, or all; sorted. Throws a KafkaError for one that there is not. */
export async function readTopics(
  client: Client,
  names: readonly string[] | null,
): Promise<TopicMetadata[]> {
  const { topics } = await client.metadata({ topics: names })
  for (const { name, errorCode } of topics) {
    const isOffline = errorCode === errors.LEADER_NOT_AVAILABLE
    if (!isOffline) checkAnswer(`topic ${name}`, errorCode)
  }
  return topics
    .filter((topic): topic is TopicMetadata => topic.name !== null)
    .map(topic => ({
      ...topic,
      partitions: topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** By 'topic/partition'; null where a partition has no leader that answers. */
export async function offsetsOf(
  client: Client,
  topics: readonly TopicMetadata[],
  at: OffsetAt,
): Promise<Map<string, number | null>> {
  const partitions = topics.flatMap(({ name, partitions: own }) =>
    own.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  )
  const found = await findOffsets(client, partitions, at)
  return new Map(
    partitions.map(each => {
      const answer = found.get(partitionKey(each))
      const isKnown = answer !== undefined && !(answer instanceof KafkaError)
      return [partitionKey(each), isKnown ? answer.offset : null]
    }),
  )
}

const topicSource = 1

/** What is set on topics themselves, by topic. */
export async function topicOverrides(
  client: Client,
  names: readonly string[],
): Promise<Map<string, Record<string, string | null>>> {
  const resources = names.map(resourceName => {
    return { resourceType: resourceTypes.topic, resourceName, configurationKeys: null }
  })
  const { results } = await client.send(describeConfigs, { resources }, { minVersion: 1 })
  return new Map(
    results.map(({ resourceName, errorCode, errorMessage, configs }) => {
      checkAnswer(`topic ${resourceName}`, errorCode, errorMessage)
      const own = configs.filter(({ configSource }) => configSource === topicSource)
      const entries = own.map(({ name, value }) => [name, value] as const)
      return [resourceName, Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))]
    }),
  )
}
