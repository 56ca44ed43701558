import { errors, KafkaError, type ErrorName } from '../../../protocol/errors.ts'
import { zeroUuid } from '../../../protocol/wire.ts'
import type { SharePartitionKey, ShareStates } from '../../share-partitions/share-states.ts'
import type { KnownTopic, Step } from '../step.ts'
import type { ShareGroup } from './share-group.ts'

export interface NewOffsets {
  topicName: string
  partitions: readonly { partitionIndex: number; startOffset: number }[]
}

interface Result {
  errorCode: number
  errorMessage: string | null
}

export interface AlteredTopic {
  topicName: string
  topicId: string
  partitions: (Result & { partitionIndex: number })[]
}

export interface DeletedTopic extends Result {
  topicName: string
  topicId: string
}

const success: Result = { errorCode: errors.NONE, errorMessage: null }

/** Throws NON_EMPTY_GROUP: members have records in flight, which offsets must not pull away. */
export function checkEmpty(group: ShareGroup): void {
  if (group.size > 0) throw new KafkaError('NON_EMPTY_GROUP')
}

/**
 * Has a group begin anew at these offsets. Everything has happened when this returns; what it
 * returns resolves when it is stored. Unknown topics come first, as in Kafka.
 */
export function alterOffsets(
  group: ShareGroup,
  wanted: readonly NewOffsets[],
  states: ShareStates,
  { topics }: Step,
): Promise<AlteredTopic[]> {
  const named = wanted.map(({ topicName, partitions }) => {
    return { topicName, partitions, topic: topics.get(topicName) }
  })
  const answers = named.map(({ topicName, partitions, topic }) => {
    return alterTopic(group, { topicName, partitions }, topic, states)
  })
  const isKnown = (index: number): number => (named[index]!.topic === undefined ? 0 : 1)
  const order = [...named.keys()].toSorted((a, b) => isKnown(a) - isKnown(b))
  return Promise.all(order.map(index => answers[index]!))
}

async function alterTopic(
  { groupId, epoch }: ShareGroup,
  { topicName, partitions }: NewOffsets,
  topic: KnownTopic | undefined,
  states: ShareStates,
): Promise<AlteredTopic> {
  const answers = partitions.map(async ({ partitionIndex, startOffset }) => {
    const isKnown = topic !== undefined && isPartition(partitionIndex, topic)
    if (!isKnown) return { partitionIndex, ...refusal('UNKNOWN_TOPIC_OR_PARTITION') }
    const key = { groupId, topicId: topic.id, partition: partitionIndex }
    return { partitionIndex, ...(await resultOf(states.initialize(key, epoch, startOffset))) }
  })
  return { topicName, topicId: topic?.id ?? zeroUuid, partitions: await Promise.all(answers) }
}

function isPartition(index: number, { partitions }: KnownTopic): boolean {
  return index >= 0 && index < partitions.length
}

/**
 * Has a group forget topics: it begins anew with them when a member subscribes. As with
 * `alterOffsets`, what this returns resolves when it is stored. Unknown topics come last.
 */
export async function deleteOffsets(
  { groupId }: ShareGroup,
  topicNames: readonly string[],
  states: ShareStates,
  { topics }: Step,
): Promise<DeletedTopic[]> {
  const byTopic = Map.groupBy(states.ofGroup(groupId), ({ topicId }) => topicId)
  const answers = topicNames.map(topicName => {
    const topic = topics.get(topicName)
    return deleteTopic(topicName, byTopic.get(topic?.id ?? '') ?? [], topic !== undefined, states)
  })
  const all = await Promise.all(answers)
  return all.toSorted((a, b) => Number(a.topicId === zeroUuid) - Number(b.topicId === zeroUuid))
}

async function deleteTopic(
  topicName: string,
  keys: readonly SharePartitionKey[],
  exists: boolean,
  states: ShareStates,
): Promise<DeletedTopic> {
  const topicId = keys[0]?.topicId
  if (topicId === undefined) {
    const detail = exists ? 'There is no offset information to delete.' : undefined
    return { topicName, topicId: zeroUuid, ...refusal('UNKNOWN_TOPIC_OR_PARTITION', detail) }
  }
  const results = await Promise.all(keys.map(key => resultOf(states.delete(key))))
  const failed = results.find(({ errorCode }) => errorCode !== errors.NONE)
  return { topicName, topicId, ...(failed ?? success) }
}

async function resultOf(storing: Promise<void>): Promise<Result> {
  try {
    await storing
    return success
  } catch (error) {
    if (error instanceof KafkaError) return refusal(error.error, error.message)
    return refusal('COORDINATOR_NOT_AVAILABLE', String(error))
  }
}

function refusal(error: ErrorName, message?: string): Result {
  const { code: errorCode, message: errorMessage } = new KafkaError(error, message)
  return { errorCode, errorMessage }
}
