import { encodeAssignment } from '../../../protocol/consumer-protocol.ts'
import { errorName } from '../../../protocol/errors.ts'
import { Writer } from '../../../protocol/wire.ts'
import { createConfig, groupConfig } from '../../../src/config.ts'
import { silentLogger } from '../../../src/logger.ts'
import { GroupCoordinator } from '../../../src/groups/coordinator.ts'
import { decodeAssignment } from '../../../protocol/consumer-protocol.ts'
import type {
  HeartbeatAnswer,
  HeartbeatRequest,
} from '../../../src/groups/consumer/heartbeat-request.ts'
import type { JoinRequest } from '../../../src/groups/classic/join.ts'
import type { JoinAnswer } from '../../../src/groups/classic/member.ts'
import type { SyncRequest } from '../../../src/groups/classic/sync.ts'
import { ShareStates } from '../../../src/share-partitions/share-states.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'
import { HeldStore } from '../held-store.ts'
import { TestTopics } from './driver.ts'

const client = {
  clientId: 'app',
  clientHost: '/127.0.0.1',
  requiresKnownMemberId: false,
  canSkipAssignment: true,
}

type Partitions = Readonly<Record<string, readonly number[]>>

/** A subscription of version 1: with what the member owns. */
export function subscription(topics: readonly string[], owned: Partitions = {}): Buffer {
  const writer = new Writer()
  const text = (value: string): void => {
    writer.int16(value.length)
    writer.raw(Buffer.from(value))
  }
  writer.int16(1)
  writer.int32(topics.length)
  topics.forEach(text)
  writer.int32(-1)
  writer.int32(Object.keys(owned).length)
  for (const [topic, partitions] of Object.entries(owned)) {
    text(topic)
    writer.int32(partitions.length)
    for (const partition of partitions) writer.int32(partition)
  }
  return Buffer.concat(writer.finish())
}

/** 'foo-0 foo-1' of an assignment's bytes. */
function shown(assignment: Buffer): string {
  if (assignment.length === 0) return ''
  return decodeAssignment(assignment)
    .assignedPartitions.flatMap(({ topic, partitions }) => partitions.map(p => `${topic}-${p}`))
    .toSorted()
    .join(' ')
}

/** A coordinator whose group 'g' has members of both protocols. */
export class MixedGroup {
  readonly clock = new ManualClock()
  readonly topics: TestTopics
  readonly #store = new HeldStore()
  readonly #settings: Readonly<Record<string, string>>
  #groups: GroupCoordinator

  constructor(
    topics: Readonly<Record<string, number>> = { foo: 4 },
    settings: Readonly<Record<string, string>> = {},
  ) {
    this.topics = new TestTopics(topics)
    this.#settings = { 'group.consumer.assignment.interval.ms': '0', ...settings }
    this.#groups = this.#create()
  }

  async restart(): Promise<void> {
    this.#groups = this.#create()
    this.#groups.load(await this.#store.load())
  }

  /** 'consumer Stable', 'classic PreparingRebalance', or undefined. */
  get state(): string | undefined {
    const [group] = this.#groups.list({ states: [], types: [] })
    return group && `${group.groupType} ${group.groupState}`
  }

  join(options: Partial<JoinRequest> = {}, as = client): Promise<JoinAnswer> {
    return this.#groups.classic.join(
      {
        groupId: 'g',
        memberId: '',
        groupInstanceId: null,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription(['foo']) }],
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 60_000,
        ...options,
      },
      as,
    )
  }

  /** Joins again and says what it owns. */
  rejoin(memberId: string, owned: Partitions): Promise<JoinAnswer> {
    const metadata = subscription(['foo'], owned)
    return this.join({ memberId, protocols: [{ name: 'range', metadata }] })
  }

  /** 'foo-0 foo-1', or the error. A leader brings the assignments. */
  async sync(
    memberId: string,
    generationId: number,
    {
      assignments = {},
      ...rest
    }: Partial<Omit<SyncRequest, 'assignments'>> & {
      assignments?: Readonly<Record<string, Partitions>>
    } = {},
  ): Promise<string> {
    const encoded = Object.entries(assignments).map(([id, partitions]) => ({
      memberId: id,
      assignment: encodeAssignment(
        {
          assignedPartitions: Object.entries(partitions).map(([topic, indexes]) => {
            return { topic, partitions: [...indexes] }
          }),
          userData: null,
        },
        1,
      ),
    }))
    const request = {
      groupId: 'g',
      memberId,
      groupInstanceId: null,
      generationId,
      protocolType: 'consumer',
      protocolName: 'range',
      ...rest,
      assignments: encoded,
    }
    return this.#told(async () => {
      const { errorCode, assignment } = await this.#groups.classic.sync(request)
      return errorCode === 0 ? shown(assignment) : errorName(errorCode)
    })
  }

  /** The name of the error, or 'NONE'. */
  heartbeat(memberId: string, generationId: number, instanceId: string | null = null) {
    const request = { groupId: 'g', memberId, generationId, groupInstanceId: instanceId }
    return this.#told(async () => errorName(await this.#groups.classic.heartbeat(request)))
  }

  async leave(...memberIds: string[]): Promise<string[]> {
    const members = memberIds.map(memberId => ({ memberId, groupInstanceId: null }))
    return (await this.#groups.classic.leave('g', members)).map(each => errorName(each.errorCode))
  }

  async removeInstance(groupInstanceId: string): Promise<string> {
    const [left] = await this.#groups.classic.leave('g', [{ memberId: '', groupInstanceId }])
    return errorName(left!.errorCode)
  }

  /** A heartbeat of the consumer protocol. Rejects with a KafkaError. */
  beat(memberId: string, request: Partial<HeartbeatRequest>): Promise<HeartbeatAnswer> {
    const full = {
      groupId: 'g',
      memberId,
      memberEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...request,
    }
    return this.#groups.consumer.heartbeat(full, { ...client, maySee: () => true, version: 1 })
  }

  /** Joins with the consumer protocol. */
  enter(memberId: string, request: Partial<HeartbeatRequest> = {}): Promise<HeartbeatAnswer> {
    return this.beat(memberId, {
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: ['foo'],
      topicPartitions: [],
      ...request,
    })
  }

  /** Owned partitions of foo, as a member of the consumer protocol says. */
  owns(...partitions: number[]): { topicPartitions: { topicId: string; partitions: number[] }[] } {
    return { topicPartitions: [{ topicId: this.topics.get('foo')!.id, partitions }] }
  }

  /** As ConsumerGroupDescribe tells; rejects where it is no consumer group. */
  describe() {
    return this.#groups.consumer.describe('g')
  }

  /** Generation, and what each member has. */
  describeClassic(): Record<string, string> | undefined {
    const group = this.#groups.classic.describe('g')
    return (
      group &&
      Object.fromEntries(group.members.map(each => [each.memberId, shown(each.memberAssignment)]))
    )
  }

  /** A classic group of one member that has all partitions of foo, in generation 1. */
  async classicMember(options: Partial<JoinRequest> = {}): Promise<string> {
    const joined = this.join(options)
    this.clock.advance(0)
    const { memberId, generationId } = await joined
    const partitions = Array.from(
      { length: this.topics.get('foo')!.partitions.length },
      (_, index) => index,
    )
    const assignments = { [memberId]: { foo: partitions } }
    await this.sync(memberId, generationId, { assignments })
    return memberId
  }

  async #told(call: () => Promise<string>): Promise<string> {
    try {
      return await call()
    } catch (error) {
      return (error as { error: string }).error
    }
  }

  #create(): GroupCoordinator {
    const { config } = createConfig(
      Object.entries(this.#settings).map(([name, value]) => ({ name, value, origin: 'test' })),
    )
    let ids = 0
    return new GroupCoordinator({
      config,
      groupConfig: () => groupConfig({}, config),
      topics: this.topics,
      shareStates: new ShareStates([], this.#store),
      metadata: this.#store,
      clock: this.clock,
      random: { uuid: () => `uuid-${++ids}`, id: () => `id-${++ids}` },
      logger: silentLogger,
    })
  }
}
