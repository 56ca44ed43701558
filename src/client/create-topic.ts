/** Topics that a command makes for itself, or for what it brings. */
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { Client } from './client.ts'

export interface NewTopic {
  readonly name: string
  /** -1 for the broker's default. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

const timeoutMs = 30_000
/** The first version in which the broker has defaults for both numbers (KIP-464). */
const versionWithDefaults = 4

/** Resolves when the topic's partitions have leaders. Errors: KafkaError. */
export async function createTopic(client: Client, topic: NewTopic): Promise<void> {
  const { name, partitions, replicationFactor } = topic
  const configs = Object.entries(topic.configs).map(([key, value]) => ({ name: key, value }))
  const wanted = { name, numPartitions: partitions, replicationFactor, assignments: [], configs }
  await client.send(
    createTopics,
    { topics: [wanted], timeoutMs },
    {
      to: 'controller',
      minVersion: partitions < 0 || replicationFactor < 0 ? versionWithDefaults : 1,
      check({ topics: [answer] }) {
        if (answer!.errorCode === errors.NONE) return
        const error = errorName(answer!.errorCode)
        const reason = answer!.errorMessage ?? new KafkaError(error).message
        throw new KafkaError(error, `topic ${name} cannot be created: ${reason}`)
      },
    },
  )
  await client.retrying(async () => {
    const { topics } = await client.metadata({ topics: [name] })
    const isLed = topics[0]?.partitions.every(({ leaderId }) => leaderId >= 0) ?? false
    if (isLed && topics[0]!.partitions.length > 0) return
    throw new KafkaError('LEADER_NOT_AVAILABLE', `topic ${name} has no leaders yet`)
  })
}

/** Errors: KafkaError. */
export async function deleteTopic(client: Client, name: string): Promise<void> {
  const body = { topics: [{ name, topicId: zeroUuid }], topicNames: [name], timeoutMs }
  await client.send(deleteTopics, body, {
    to: 'controller',
    check({ responses: [answer] }) {
      if (answer!.errorCode !== errors.NONE) throw new KafkaError(errorName(answer!.errorCode))
    },
  })
}
