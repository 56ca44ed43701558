/** What a client needs to know of a topic before it writes or reads it. */
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import type { Client, Metadata } from './client.ts'

export type TopicMetadata = Metadata['topics'][number]

export interface TopicQuestion {
  /** The broker may create it, where its configs let it (auto.create.topics.enable). */
  readonly create: boolean
}

/** A broker that creates a topic does so within this time, or never. */
const creationMs = 5000

/**
 * A topic whose partitions have leaders. Errors: KafkaError; UNKNOWN_TOPIC_OR_PARTITION says what
 * to do about it.
 */
export async function existingTopic(
  client: Client,
  topic: string,
  { create }: TopicQuestion,
): Promise<TopicMetadata> {
  const untilMs = client.clock.monotonic() + creationMs
  for (;;) {
    try {
      return await onceThere(client, topic, create)
    } catch (error) {
      if (!(error instanceof KafkaError) || error.error !== 'UNKNOWN_TOPIC_OR_PARTITION')
        throw error
      const mayCome = create && client.clock.monotonic() < untilMs && (await createsTopics(client))
      if (!mayCome) throw unknownTopic(topic, create)
      await client.pause(50)
    }
  }
}

async function onceThere(client: Client, topic: string, create: boolean): Promise<TopicMetadata> {
  const question = { topics: [topic], allowAutoTopicCreation: create }
  const { topics } = await client.metadata(question, answer => {
    const [found] = answer.topics
    if (found === undefined) throw topicError(topic, errors.UNKNOWN_TOPIC_OR_PARTITION)
    if (found.errorCode !== errors.NONE) throw topicError(topic, found.errorCode)
  })
  return topics[0]!
}

const brokerResource = 4

/** Whether a broker creates topics that it is asked for; true where it does not tell. */
async function createsTopics(client: Client): Promise<boolean> {
  const { brokers } = await client.metadata({ topics: [] })
  const { nodeId } = brokers[0]!
  const configurationKeys = ['auto.create.topics.enable']
  const resource = { resourceType: brokerResource, resourceName: `${nodeId}`, configurationKeys }
  const { results } = await client.send(
    describeConfigs,
    { resources: [resource] },
    { to: { node: nodeId } },
  )
  return results[0]?.configs[0]?.value !== 'false'
}

/** What a broker says of a topic, in words for people. */
export function topicError(topic: string, code: number): KafkaError {
  const error = errorName(code)
  return new KafkaError(error, `${topic}: ${new KafkaError(error).message}`)
}

function unknownTopic(topic: string, create: boolean): KafkaError {
  const why = create ? ', and the broker creates none by itself' : ''
  return new KafkaError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `there is no topic ${topic}${why}: create it with odradek topic create ${topic}`,
  )
}
