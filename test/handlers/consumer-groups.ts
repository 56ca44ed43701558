import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { latest, named, settle, uniqueName, type Named } from './wire.ts'

type HeartbeatRequest = Input<typeof consumerGroupHeartbeat.request>
type HeartbeatAnswer = Infer<typeof consumerGroupHeartbeat.response>

/** What a member says when it joins: that it owns nothing. */
export const joining = { memberEpoch: 0, rebalanceTimeoutMs: 60_000, topicPartitions: [] }

/** A consumer group of a test, and the requests of its members. */
export class TestConsumerGroup {
  readonly groupId = uniqueName()
  readonly #client: RawClient

  private constructor(client: RawClient) {
    this.#client = client
  }

  /** Apache Kafka's coordinator is there when somebody has asked for it. */
  static async create(client: RawClient): Promise<TestConsumerGroup> {
    const group = new TestConsumerGroup(client)
    const asked = { keyType: 0, coordinatorKeys: [group.groupId] }
    await settle(async () => {
      const { coordinators } = await client.request(findCoordinator, latest(findCoordinator), asked)
      if (coordinators[0]!.errorCode !== errors.NONE) return false
      const { error } = await group.heartbeat({ memberId: 'nobody', memberEpoch: -1 })
      return error === 'GROUP_ID_NOT_FOUND'
    })
    return group
  }

  async heartbeat(
    request: Partial<HeartbeatRequest>,
    version = latest(consumerGroupHeartbeat),
  ): Promise<Named<HeartbeatAnswer>> {
    const { groupId } = this
    const full = { groupId, memberId: '', memberEpoch: 0, ...request }
    return named(await this.#client.request(consumerGroupHeartbeat, version, full))
  }

  /** The one group of the answer. */
  async describe(version = latest(consumerGroupDescribe), includeAuthorizedOperations = false) {
    const { groups } = await this.#client.request(consumerGroupDescribe, version, {
      groupIds: [this.groupId],
      includeAuthorizedOperations,
    })
    return named(groups[0]!)
  }
}
