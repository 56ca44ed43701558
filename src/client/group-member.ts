/** A member of a consumer group of the classic protocol: it joins, is given partitions, commits. */
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../protocol/consumer-protocol.ts'
import { errorName, errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import type { Timer } from '../clock.ts'
import type { Client } from './client.ts'
import { commitOffsets, committedOffsets, type Membership } from './group-offsets.ts'
import type { TopicPartition } from './offsets.ts'
import { rangeAssignments } from './range-assignor.ts'

export interface GroupEvents {
  /** Partitions with where to go on; undefined where nothing was committed. */
  assigned(partitions: readonly (TopicPartition & { offset: number | undefined })[]): Promise<void>
  /** Before others may get them; what was read is to be committed. */
  revoked(): Promise<void>
  /** It is a member no more, and cannot become one. */
  failed(error: Error): void
}

const sessionTimeoutMs = 10_000
const rebalanceTimeoutMs = 60_000
const heartbeatMs = 1000
const protocolName = 'range'
/** A rebalance may take as long as the slowest member. */
const joinTimeoutMs = rebalanceTimeoutMs + 10_000

/** The group has gone on without us: join again, as a new member where it does not know us. */
const rejoin: readonly ErrorName[] = [
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'MEMBER_ID_REQUIRED',
]

type Joined = Infer<typeof joinGroup.response>

export class GroupMember {
  readonly #client: Client
  readonly #groupId: string
  readonly #topics: readonly string[]
  readonly #events: GroupEvents
  #memberId = ''
  #generationId = -1
  #timer: Timer | undefined
  #hasLeft = false

  constructor(client: Client, groupId: string, topics: readonly string[], events: GroupEvents) {
    this.#client = client
    this.#groupId = groupId
    this.#topics = topics
    this.#events = events
  }

  /** Resolves when partitions were given. Errors: KafkaError. */
  async join(): Promise<void> {
    for (;;) {
      try {
        const joined = await this.#join()
        this.#memberId = joined.memberId
        this.#generationId = joined.generationId
        const partitions = await this.#sync(joined)
        const offsets = await committedOffsets(this.#client, this.#groupId, partitions)
        await this.#events.assigned(partitions.map((each, i) => ({ ...each, offset: offsets[i] })))
        return this.#beatLater()
      } catch (error) {
        this.#checkRejoin(error)
      }
    }
  }

  /** The next offsets to read. Errors: KafkaError. */
  async commit(offsets: readonly (TopicPartition & { offset: number })[]): Promise<void> {
    if (offsets.length > 0) await commitOffsets(this.#client, this.#membership, offsets)
  }

  /** The group need not wait for it to be missed. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    this.#timer?.cancel()
    if (this.#memberId === '') return
    const [groupId, memberId] = [this.#groupId, this.#memberId]
    const body = { groupId, memberId, members: [{ memberId }] }
    await this.#client.send(leaveGroup, body, { to: { group: groupId } })
  }

  get #membership(): Membership {
    return {
      groupId: this.#groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
    }
  }

  #join(): Promise<Joined> {
    const { topics } = { topics: this.#topics }
    const body = {
      groupId: this.#groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      protocolType: 'consumer',
      protocols: [{ name: protocolName, metadata: encodeSubscription({ topics: [...topics] }) }],
    }
    return this.#client.send(joinGroup, body, {
      to: { group: this.#groupId },
      timeoutMs: joinTimeoutMs,
      check: ({ errorCode, memberId }) => {
        // The broker wants to know that it can be reached before it counts on the member (KIP-394).
        if (errorCode === errors.MEMBER_ID_REQUIRED) this.#memberId = memberId
        this.#check(errorCode)
      },
    })
  }

  async #sync(joined: Joined): Promise<TopicPartition[]> {
    const { memberId, generationId, leader } = joined
    const isLeader = leader === memberId && !joined.skipAssignment
    const { assignment } = await this.#client.send(
      syncGroup,
      {
        groupId: this.#groupId,
        generationId,
        memberId,
        protocolType: joined.protocolType ?? 'consumer',
        protocolName: joined.protocolName ?? protocolName,
        assignments: isLeader ? await this.#assignments(joined) : [],
      },
      {
        to: { group: this.#groupId },
        timeoutMs: joinTimeoutMs,
        check: ({ errorCode }) => this.#check(errorCode),
      },
    )
    if (assignment.length === 0) return []
    return decodeAssignment(assignment).assignedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map(partition => ({ topic, partition })),
    )
  }

  /** What its leader thinks out for the whole group. */
  async #assignments({ members }: Joined) {
    const subscriptions = members.map(({ memberId, metadata }) => {
      return { memberId, topics: decodeSubscription(metadata).topics }
    })
    const names = [...new Set(subscriptions.flatMap(({ topics }) => topics))]
    const { topics } = await this.#client.metadata({ topics: names })
    const counts = new Map(topics.map(({ name, partitions }) => [name!, partitions.length]))
    return Array.from(rangeAssignments(subscriptions, counts), ([memberId, own]) => {
      const assignedPartitions = Array.from(own, ([topic, partitions]) => ({ topic, partitions }))
      const assignment = encodeAssignment({ assignedPartitions, userData: null }, 0)
      return { memberId, assignment }
    })
  }

  #beatLater(): void {
    if (this.#hasLeft) return
    this.#timer = this.#client.clock.after(heartbeatMs, () => void this.#beat())
  }

  async #beat(): Promise<void> {
    try {
      await this.#client.send(heartbeat, this.#membership, {
        to: { group: this.#groupId },
        check: ({ errorCode }) => this.#check(errorCode),
      })
      this.#beatLater()
    } catch (error) {
      await this.#rebalance(error)
    }
  }

  async #rebalance(error: unknown): Promise<void> {
    if (this.#hasLeft) return
    try {
      this.#checkRejoin(error)
      await this.#events.revoked()
      await this.join()
    } catch (failure) {
      if (!this.#hasLeft) this.#events.failed(failure as Error)
    }
  }

  #check(errorCode: number): void {
    if (errorCode !== errors.NONE) {
      const error = errorName(errorCode)
      throw new KafkaError(error, `group ${this.#groupId}: ${new KafkaError(error).message}`)
    }
  }

  /** Throws the error if joining again does not help. */
  #checkRejoin(error: unknown): void {
    const isRejoin = error instanceof KafkaError && rejoin.includes(error.error)
    if (!isRejoin || this.#hasLeft) throw error
    if (error.error === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
  }
}
