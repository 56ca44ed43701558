import type { Services } from '../handler.ts'
import type { Partition } from '../partitions/partition.ts'
import { gauge, type Family } from './metrics-text.ts'

/** Of each partition, by name and help. */
const ofPartitions: readonly (readonly [string, string, (partition: Partition) => number])[] = [
  ['kafka_topic_partition_current_offset', 'Of the next record.', each => each.highWatermark],
  ['kafka_topic_partition_oldest_offset', 'Of the first record.', each => each.startOffset],
  ['kafka_topic_partition_leader', 'Its broker; -1: none.', each => each.leader],
  ['kafka_topic_partition_replicas', 'How many there are.', each => each.row.replicas.length],
  ['kafka_topic_partition_in_sync_replica', 'How many are in sync.', each => each.row.isr.length],
  [
    'kafka_topic_partition_under_replicated_partition',
    '1 where a replica is not in sync.',
    each => Number(each.row.isr.length < each.row.replicas.length),
  ],
  [
    'kafka_topic_partition_leader_is_preferred',
    '1 where the first replica leads.',
    each => Number(each.leader === each.row.replicas[0]),
  ],
  ['kafka_log_log_size', 'Bytes of its log.', each => each.sizeBytes],
  [
    'odradek_partition_offline',
    '1 where the log failed or is damaged: it takes and gives nothing.',
    each => Number(each.failure !== undefined),
  ],
]

export function topicMetrics({ topics }: Services): Family[] {
  const all = topics.all()
  return [
    gauge(
      'odradek_offline_partitions',
      'Partitions whose log failed or is damaged: they take and give nothing.',
      topics.offline().length,
    ),
    gauge(
      'kafka_topic_partitions',
      'How many the topic has.',
      all.map(({ name: topic, partitions }) => ({ labels: { topic }, value: partitions.length })),
    ),
    ...ofPartitions.map(([name, help, valueOf]) =>
      gauge(
        name,
        help,
        all.flatMap(({ name: topic, partitions }) =>
          partitions.map(partition => ({
            labels: { topic, partition: partition.index },
            value: valueOf(partition),
          })),
        ),
      ),
    ),
  ]
}
