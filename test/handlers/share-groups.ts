/** Share groups for the tests of handlers, here and on Apache Kafka. */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { named, settle, uniqueName, type Named, type TestTopic } from './wire.ts'

interface Heartbeat {
  memberId?: string
  memberEpoch?: number
  rackId?: string | null
  subscribedTopicNames?: string[] | null
}

/** A group id that nobody knows, at a broker that coordinates it. */
export async function newShareGroup(client: RawClient): Promise<TestShareGroup> {
  const group = new TestShareGroup(client, uniqueName())
  await settle(async () => {
    const request = { keyType: 0, coordinatorKeys: [group.groupId] }
    const { coordinators } = await client.request(findCoordinator, 6, request)
    return coordinators[0]!.errorCode === errors.NONE
  })
  await settle(async () => {
    const { error } = await group.heartbeat({ memberEpoch: 1 })
    return error === 'GROUP_ID_NOT_FOUND'
  })
  return group
}

type OffsetsAnswer = Infer<typeof describeShareGroupOffsets.response>['groups'][number]['topics']

type Answer = Named<Infer<typeof shareGroupHeartbeat.response>>

export class TestShareGroup {
  readonly groupId: string
  readonly #client: RawClient

  constructor(client: RawClient, groupId: string) {
    this.#client = client
    this.groupId = groupId
  }

  /** By default of member m, which joins. */
  async heartbeat(heartbeat: Heartbeat): Promise<Answer> {
    const request = { memberId: 'm', memberEpoch: 0, ...heartbeat }
    return named(
      await this.#client.request(shareGroupHeartbeat, 1, { groupId: this.groupId, ...request }),
    )
  }

  /** Joins, and heartbeats until it is assigned all of the topic; the epoch of the member. */
  async member(topic: TestTopic, partitions = 1, memberId = 'm'): Promise<number> {
    const subscribedTopicNames = [topic.name]
    for (let memberEpoch = 0; ;) {
      const answer = await this.heartbeat({ memberId, memberEpoch, subscribedTopicNames })
      if (answer.error !== 'NONE') throw new Error(answer.error)
      memberEpoch = answer.memberEpoch
      if (answer.assignment?.topicPartitions[0]?.partitions.length === partitions) {
        return memberEpoch
      }
    }
  }

  leave(memberId = 'm'): Promise<Answer> {
    return this.heartbeat({ memberId, memberEpoch: -1 })
  }

  async describe() {
    const { groups } = await this.#client.request(shareGroupDescribe, 1, {
      groupIds: [this.groupId],
      includeAuthorizedOperations: false,
    })
    return named(groups[0]!)
  }

  /** Of one topic; null for all that the group knows. */
  async offsets(topic: TestTopic | null, partitions = [0], version = 1): Promise<OffsetsAnswer> {
    const topics = topic && [{ topicName: topic.name, partitions }]
    const { groups } = await this.#client.request(describeShareGroupOffsets, version, {
      groups: [{ groupId: this.groupId, topics }],
    })
    return groups[0]!.topics
  }

  /** Of partitions from 0 on. */
  async alterOffsets(topic: TestTopic, ...startOffsets: number[]): Promise<string[]> {
    const partitions = startOffsets.map((startOffset, partitionIndex) => {
      return { partitionIndex, startOffset }
    })
    const { errorCode, responses } = await this.#client.request(alterShareGroupOffsets, 0, {
      groupId: this.groupId,
      topics: [{ topicName: topic.name, partitions }],
    })
    if (errorCode !== errors.NONE) return [errorName(errorCode)]
    return responses[0]!.partitions.map(partition => errorName(partition.errorCode))
  }
}
