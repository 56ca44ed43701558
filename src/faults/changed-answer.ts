/** Answers that say something else than what is so. */
import { errors } from '../../protocol/errors.ts'
import type { Context } from '../handler.ts'
import { namedTopic, partitionIndex } from '../request-facts.ts'
import type { FaultRule } from './spec.ts'

type Struct = Readonly<Record<string, unknown>>

/** Of a record batch of the message format v2: where its CRC lies (Kafka: DefaultRecordBatch). */
const crcOffset = 17

/**
 * The answer to a Fetch with a bit of the first batch's CRC turned; undefined where there is no
 * batch to turn it in. The log stays as it is.
 */
export function corrupted(answer: unknown, rule: FaultRule, context: Context): unknown {
  if (!isStruct(answer)) return undefined
  let isDone = false
  const responses = listOf(answer['responses']).map(topic => {
    const partitions = listOf(topic['partitions']).map(partition => {
      const records = partition['records']
      if (isDone || !isMeant(rule, topic, partition, context) || !Array.isArray(records)) {
        return partition
      }
      const damaged = damagedRecords(records as Buffer[])
      if (damaged === undefined) return partition
      isDone = true
      return { ...partition, records: damaged }
    })
    return { ...topic, partitions }
  })
  return isDone ? { ...answer, responses } : undefined
}

function damagedRecords(records: readonly Buffer[]): Buffer[] | undefined {
  const [first, ...others] = records
  if (first === undefined || first.length <= crcOffset) return undefined
  const copy = Buffer.from(first)
  copy[crcOffset]! ^= 1
  return [copy, ...others]
}

/**
 * Metadata as they were before the last change: another node leads each partition, in the epoch
 * before; where there is only one node, the topic was not there yet.
 */
export function staleMetadata(answer: unknown, rule: FaultRule, context: Context): unknown {
  if (!isStruct(answer)) return answer
  const topics = listOf(answer['topics']).map(topic => {
    if (rule.topic?.(nameOf(topic, context)) === false) return topic
    const { nodeIds } = context.cluster
    if (nodeIds.length === 1) {
      return { ...topic, errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }
    }
    const partitions = listOf(topic['partitions']).map(partition => {
      if (rule.partition !== undefined && partitionIndex(partition) !== rule.partition) {
        return partition
      }
      return { ...partition, ...earlierLeader(partition, nodeIds) }
    })
    return { ...topic, partitions }
  })
  return { ...answer, topics }
}

function earlierLeader(partition: Struct, nodeIds: readonly number[]): Struct {
  const place = nodeIds.indexOf(partition['leaderId'] as number)
  const leaderId = nodeIds[(place + nodeIds.length - 1) % nodeIds.length]
  const leaderEpoch = Math.max(0, (partition['leaderEpoch'] as number) - 1)
  return { leaderId, leaderEpoch }
}

function isMeant(rule: FaultRule, topic: Struct, partition: Struct, context: Context): boolean {
  return (
    rule.topic?.(nameOf(topic, context)) !== false &&
    (rule.partition === undefined || rule.partition === partitionIndex(partition))
  )
}

function nameOf(topic: Struct, { topics }: Context): string {
  const { name, topicId } = namedTopic(topic)
  return name || (topicId === undefined ? '' : (topics.getById(topicId)?.name ?? ''))
}

function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null
}

const listOf = (value: unknown): readonly Struct[] => (Array.isArray(value) ? value : [])
