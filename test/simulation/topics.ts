/** The topics of a simulation, and what may become of their records. */
import { inputTopic, outputTopic } from './actors.ts'
import type { TopicRules } from './history.ts'

const retentionMs = 4000

export interface TopicPlan {
  rules: TopicRules
  partitions: number
  /** Of all schedules, in so many. */
  share: number
  configs: Record<string, string | number>
}

function plan(name: string, partitions: number, share: number, rest = {}, configs = {}): TopicPlan {
  const rules = { name, isCompacted: false, retentionMs: Infinity, isBrief: false, ...rest }
  return { rules, partitions, share, configs: { 'segment.ms': 1500, ...configs } }
}

export const plans: readonly TopicPlan[] = [
  plan(inputTopic, 2, 1),
  plan(outputTopic, 2, 1),
  plan(
    'compacted',
    1,
    0.5,
    { isCompacted: true },
    {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': 0.01,
      'delete.retention.ms': 1000,
      'segment.ms': 300,
    },
  ),
  plan('retained', 1, 0.5, { retentionMs }, { 'retention.ms': retentionMs }),
  plan('brief', 1, 0.4, { isBrief: true }),
]
