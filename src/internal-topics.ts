/** Topics that brokers keep for themselves, as Kafka creates them (AutoTopicCreationManager). */
import type { Config } from './config.ts'
import { placeReplicas } from './replicas.ts'
import type { NewTopic } from './topics.ts'

export const offsetsTopicName = '__consumer_offsets'
export const transactionsTopicName = '__transaction_state'

/** Undefined for a topic that is like those of clients. */
export function newInternalTopic(
  name: string,
  config: Config,
  nodeIds: readonly number[],
): NewTopic | undefined {
  // The leader of a partition coordinates those whose records are in it.
  const replicas = (count: number, factor: number): number[][] =>
    placeReplicas(nodeIds, { count, factor: Math.min(factor, nodeIds.length), start: 0 })
  if (name === offsetsTopicName) {
    return {
      name,
      replicas: replicas(config.offsetsTopicNumPartitions, config.offsetsTopicReplicationFactor),
      overrides: {
        'cleanup.policy': 'compact',
        'compression.type': 'producer',
        'segment.bytes': String(config.offsetsTopicSegmentBytes),
      },
    }
  }
  if (name === transactionsTopicName) {
    const factor = Math.min(config.transactionStateLogReplicationFactor, nodeIds.length)
    return {
      name,
      replicas: replicas(config.transactionStateLogNumPartitions, factor),
      overrides: {
        'cleanup.policy': 'compact',
        'compression.type': 'uncompressed',
        'min.insync.replicas': String(Math.min(config.transactionStateLogMinIsr, factor)),
        'segment.bytes': String(config.transactionStateLogSegmentBytes),
        'unclean.leader.election.enable': 'false',
      },
    }
  }
  return undefined
}
