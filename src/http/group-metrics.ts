import { lagOf } from '../groups/offsets/lag.ts'
import type { Services } from '../handler.ts'
import { gauge, type Family } from './metrics-text.ts'

export function groupMetrics({ groups, topics }: Services): Family[] {
  const ids = groups.list({ states: [], types: [] }).map(({ groupId }) => groupId)
  const partitions = ids.flatMap(consumergroup =>
    lagOf(groups.offsets.of(consumergroup), topics).map(
      ({ topic, partition, committedOffset, lag }) => ({
        labels: { consumergroup, topic, partition },
        committedOffset,
        lag,
      }),
    ),
  )
  const lagSums = new Map<string, { consumergroup: string; topic: string; lag: number }>()
  for (const { labels, lag } of partitions) {
    const { consumergroup, topic } = labels
    const key = JSON.stringify([consumergroup, topic])
    const sum = lagSums.get(key)?.lag ?? 0
    lagSums.set(key, { consumergroup, topic, lag: sum + lag })
  }
  return [
    gauge(
      'kafka_consumergroup_members',
      'Members of a group.',
      ids.map(consumergroup => ({
        labels: { consumergroup },
        value: groups.get(consumergroup)?.size ?? 0,
      })),
    ),
    gauge(
      'kafka_consumergroup_current_offset',
      'What a group has committed.',
      partitions.map(({ labels, committedOffset: value }) => ({ labels, value })),
    ),
    gauge(
      'kafka_consumergroup_lag',
      'Records between what a group has committed and the end of a partition.',
      partitions.map(({ labels, lag: value }) => ({ labels, value })),
    ),
    gauge(
      'kafka_consumergroup_lag_sum',
      'The same of all partitions of a topic.',
      Array.from(lagSums.values(), ({ lag: value, ...labels }) => ({ labels, value })),
    ),
  ]
}
