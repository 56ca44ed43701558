/** Topics that brokers keep for themselves, as Kafka creates them (AutoTopicCreationManager). */
import type { Config } from './config.ts'
import { placeReplicas } from './replicas.ts'
import type { NewTopic } from './topics.ts'

export const offsetsTopicName = '__consumer_offsets'

/** Undefined for a topic that is like those of clients. */
export function newInternalTopic(
  name: string,
  config: Config,
  nodeIds: readonly number[],
): NewTopic | undefined {
  if (name !== offsetsTopicName) return undefined
  const count = config.offsetsTopicNumPartitions
  const factor = Math.min(config.offsetsTopicReplicationFactor, nodeIds.length)
  return {
    name,
    // The leader of a partition coordinates the groups whose records are in it.
    replicas: placeReplicas(nodeIds, { count, factor, start: 0 }),
    overrides: {
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
      'segment.bytes': String(config.offsetsTopicSegmentBytes),
    },
  }
}
