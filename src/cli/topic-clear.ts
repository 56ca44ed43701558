import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Client } from '../client/client.ts'
import { partitionKey } from '../client/offsets.ts'
import { alterConfigs, topicResource } from './altered-configs.ts'
import { checkAnswer } from './broker-answers.ts'
import { offsetsOf, topicOverrides, type TopicMetadata } from './topics.ts'

const timeoutMs = 30_000
const highWatermark = -1
const policy = 'cleanup.policy'

/** Moves the start of every partition to its end; resolves when nothing is left to be read. */
export async function clearTopics(
  client: Client,
  topics: readonly TopicMetadata[],
): Promise<{ topic: string; partitions: number; records: number }[]> {
  const cleared = []
  for (const topic of topics) {
    const starts = await offsetsOf(client, [topic], 'start')
    const ends = await clearTopic(client, topic)
    let records = 0
    for (const [key, end] of ends) records += end - (starts.get(key) ?? end)
    cleared.push({ topic: topic.name, partitions: topic.partitions.length, records })
  }
  return cleared
}

/**
 * A topic that is compacted only lets nobody delete (ReplicaManager.deleteRecordsOnLocalLog): its
 * policy says otherwise for the moment.
 */
async function clearTopic(client: Client, topic: TopicMetadata): Promise<Map<string, number>> {
  try {
    return await deleteAll(client, topic)
  } catch (error) {
    if (!(error instanceof KafkaError && error.code === errors.POLICY_VIOLATION)) throw error
  }
  const configs = (await topicOverrides(client, [topic.name])).get(topic.name)
  await alterConfigs(client, topicResource(topic.name), [[policy, 'compact,delete']])
  try {
    return await deleteAll(client, topic)
  } finally {
    await alterConfigs(client, topicResource(topic.name), [[policy, configs?.[policy] ?? null]])
  }
}

/** The offset at which each partition begins now. */
async function deleteAll(
  client: Client,
  { name, partitions }: TopicMetadata,
): Promise<Map<string, number>> {
  const starts = new Map<string, number>()
  for (const { partitionIndex } of partitions) {
    const answer = await client.send(
      deleteRecords,
      {
        topics: [{ name, partitions: [{ partitionIndex, offset: highWatermark }] }],
        timeoutMs,
      },
      {
        to: { topic: name, partition: partitionIndex },
        check: ({ topics }) => {
          const code = topics[0]?.partitions[0]?.errorCode ?? errors.NONE
          checkAnswer(`topic ${name}, partition ${partitionIndex}`, code)
        },
      },
    )
    const start = answer.topics[0]!.partitions[0]!.lowWatermark
    starts.set(partitionKey({ topic: name, partition: partitionIndex }), start)
  }
  return starts
}
