import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import type { Client, Destination } from '../client/client.ts'
import { checkAnswer } from './broker-answers.ts'

/** What configs belong to, by Kafka's ConfigResource.Type. */
export interface ConfigResource {
  readonly type: number
  readonly name: string
  /** For people: 'topic orders'. */
  readonly subject: string
}

export const resourceTypes = {
  topic: 2,
  broker: 4,
  logger: 8,
  'client-metrics': 16,
  group: 32,
} as const

const operations = { set: 0, delete: 1 } as const

export function topicResource(name: string): ConfigResource {
  return { type: resourceTypes.topic, name, subject: `topic ${name}` }
}

/** A value of null is the default again. Throws a KafkaError. */
export async function alterConfigs(
  client: Client,
  { type: resourceType, name: resourceName, subject }: ConfigResource,
  set: readonly (readonly [name: string, value: string | null])[],
): Promise<void> {
  const configs = set.map(([name, value]) => {
    return { name, value, configOperation: value === null ? operations.delete : operations.set }
  })
  await client.send(
    incrementalAlterConfigs,
    { resources: [{ resourceType, resourceName, configs }], validateOnly: false },
    {
      to: ownerOf({ type: resourceType, name: resourceName }),
      check: ({ responses }) => {
        for (const each of responses) checkAnswer(subject, each.errorCode, each.errorMessage)
      },
    },
  )
}

/** What belongs to one broker is its own to tell and to change (Kafka: KafkaAdminClient). */
export function ownerOf({ type, name }: Pick<ConfigResource, 'type' | 'name'>): Destination {
  const isOfBroker = type === resourceTypes.broker || type === resourceTypes.logger
  return isOfBroker && name !== '' ? { node: Number(name) } : 'any'
}
