/**
 * CreatePartitions: v0–3. v2 flexible; v3 refuses clients above their quota (KIP-599). What is
 * added is durable and usable when it is answered.
 */
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import type { PartitionRow, TopicRow } from '../../storage/metadata-store.ts'
import { checkTimeLeft, maxRecordsPerRequest } from '../controller-rules.ts'
import { failureOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { repeatedKeys } from '../repeated.ts'
import { checkReplicas, newPartitionRow } from '../replicas.ts'
import { rowOf } from '../topics.ts'

type Wanted = Infer<typeof createPartitions.request>['topics'][number]

export default handle(createPartitions, {
  async run({ topics, timeoutMs, validateOnly }, context) {
    checkTimeLeft(timeoutMs)
    const repeated = repeatedKeys(topics, ({ name }) => name)
    const budget = { left: maxRecordsPerRequest }
    const results = Array.from(new Map(topics.map(topic => [topic.name, topic])).values(), wanted =>
      answer(wanted, { isRepeated: repeated.has(wanted.name), validateOnly, budget }, context),
    )
    return { results: await Promise.all(results) }
  },

  fail: (errorCode, { topics }) => ({
    results: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
})

interface Options {
  isRepeated: boolean
  validateOnly: boolean
  /** Partitions that the request may still add. */
  budget: { left: number }
}

async function answer(wanted: Wanted, options: Options, context: Context) {
  const { name } = wanted
  const { topics, logger } = context
  try {
    if (options.isRepeated) throw new KafkaError('INVALID_REQUEST', 'the topic is named twice')
    checkAllowed(context, requires.CreatePartitions.topic, name)
    const topic = topics.get(name)
    if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const change = (row: TopicRow): TopicRow => {
      const added = addedPartitions(row.partitions, wanted, options, context)
      return { ...row, partitions: [...row.partitions, ...added] }
    }
    if (options.validateOnly) change(rowOf(topic))
    else await topics.update(topic, change)
    return { name, errorCode: errors.NONE, errorMessage: null }
  } catch (error) {
    return { name, ...failureOf(error, logger, { api: 'CreatePartitions', topic: name }) }
  }
}

function addedPartitions(
  present: readonly PartitionRow[],
  wanted: Wanted,
  { budget }: Options,
  { cluster, topics, throttle }: Context,
): PartitionRow[] {
  checkCount(present.length, wanted)
  const { assignments } = wanted
  const count = wanted.count - present.length
  if (assignments !== null && assignments.length !== count) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `${count} partitions are to be added, but there are ${assignments.length} assignments`,
    )
  }
  if (count > budget.left) {
    const reason = `a request may add ${maxRecordsPerRequest} partitions in all`
    throw new KafkaError('POLICY_VIOLATION', reason)
  }
  budget.left -= count
  throttle?.mutates(count)
  const factor = present[0]!.replicas.length
  if (assignments === null) {
    return topics.place(count, factor).map(replicas => newPartitionRow(replicas))
  }
  return assignments.map(({ brokerIds }) => {
    checkReplicas(brokerIds, cluster.nodeIds, factor)
    return newPartitionRow(brokerIds, cluster.liveIds)
  })
}

function checkCount(present: number, { name, count }: Wanted): void {
  if (count === present) {
    throw new KafkaError('INVALID_PARTITIONS', `topic '${name}' has ${count} partitions already`)
  }
  if (count < present) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `topic '${name}' has ${present} partitions, and cannot go down to ${count}`,
    )
  }
}
