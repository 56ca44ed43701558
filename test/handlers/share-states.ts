/** What is asked of the share coordinator, of one partition, in few words. */
import { initializeShareGroupState } from '../../protocol/apis/83-initialize-share-group-state.ts'
import { readShareGroupState } from '../../protocol/apis/84-read-share-group-state.ts'
import { writeShareGroupState } from '../../protocol/apis/85-write-share-group-state.ts'
import { deleteShareGroupState } from '../../protocol/apis/86-delete-share-group-state.ts'
import * as summaries from '../../protocol/apis/87-read-share-group-state-summary.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { errors } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, named, settle, uniqueName, type TestTopic, type Wire } from './wire.ts'

export interface SharePartition {
  groupId: string
  topicId: string
  partition: number
}

type Write = Input<typeof writeShareGroupState.request>['topics'][number]['partitions'][number]

/** Something to be stored, where nothing is said of it. */
const noUpdate = {
  stateEpoch: -1,
  leaderEpoch: -1,
  startOffset: -1,
  deliveryCompleteCount: 0,
  stateBatches: [],
}

export async function initialize(
  client: RawClient,
  { groupId, topicId, partition }: SharePartition,
  { stateEpoch = 0, startOffset = 0 } = {},
) {
  const topics = [{ topicId, partitions: [{ partition, stateEpoch, startOffset }] }]
  const { results } = await client.request(initializeShareGroupState, 0, { groupId, topics })
  return named(results[0]!.partitions[0]!)
}

export async function read(
  client: RawClient,
  { groupId, topicId, partition }: SharePartition,
  leaderEpoch = -1,
) {
  const topics = [{ topicId, partitions: [{ partition, leaderEpoch }] }]
  const { results } = await client.request(readShareGroupState, 0, { groupId, topics })
  return named(results[0]!.partitions[0]!)
}

export async function write(
  client: RawClient,
  { groupId, topicId, partition }: SharePartition,
  update: Partial<Write> = {},
  version = latest(writeShareGroupState),
) {
  const topics = [{ topicId, partitions: [{ ...noUpdate, ...update, partition }] }]
  const { results } = await client.request(writeShareGroupState, version, { groupId, topics })
  return named(results[0]!.partitions[0]!)
}

export async function remove(client: RawClient, { groupId, topicId, partition }: SharePartition) {
  const topics = [{ topicId, partitions: [{ partition }] }]
  const { results } = await client.request(deleteShareGroupState, 0, { groupId, topics })
  return named(results[0]!.partitions[0]!)
}

export async function summary(
  client: RawClient,
  { groupId, topicId, partition }: SharePartition,
  version = latest(summaries.readShareGroupStateSummary),
) {
  const topics = [{ topicId, partitions: [{ partition, leaderEpoch: -1 }] }]
  const { results } = await client.request(summaries.readShareGroupStateSummary, version, {
    groupId,
    topics,
  })
  return named(results[0]!.partitions[0]!)
}

/** A partition of a topic, if need be of a new one, and a group that nobody knows. */
export async function newShare(
  wire: Pick<Wire, 'client' | 'newTopic'>,
  topic?: TestTopic,
): Promise<SharePartition> {
  const { id: topicId } = topic ?? (await wire.newTopic())
  const share = { groupId: uniqueName(), topicId, partition: 0 }
  await coordinated(wire.client, share)
  return share
}

/** Waits for a share coordinator that knows the topic: Apache Kafka makes one of its own first. */
async function coordinated(client: RawClient, share: SharePartition): Promise<void> {
  const { groupId, topicId, partition } = share
  await settle(async () => {
    const { coordinators } = await client.request(findCoordinator, latest(findCoordinator), {
      keyType: 2,
      coordinatorKeys: [`${groupId}:${topicId}:${partition}`],
    })
    if (coordinators[0]!.errorCode !== errors.NONE) return false
    return (await remove(client, share)).error === 'NONE'
  })
}

/** Each must be refused with the error. */
export const unknownPartitions = [
  [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZQ' }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [{ partition: 1 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [{ partition: -1 }, 'INVALID_REQUEST'],
] as const
