import type { GroupEvent } from '../../../src/groups/history.ts'
import { toTopicPartitions } from '../../../src/groups/assignment.ts'
import { groupConfig, type Config } from '../../../src/config.ts'
import {
  checkHeartbeat,
  heartbeat,
  leave,
  type HeartbeatAnswer,
  type HeartbeatRequest,
} from '../../../src/groups/share/heartbeat.ts'
import { loadShareGroup } from '../../../src/groups/share/load.ts'
import { ShareGroup } from '../../../src/groups/share/share-group.ts'
import type { GroupTopics, KnownTopic, Step } from '../../../src/groups/step.ts'
import { defaults, stepAt } from '../steps.ts'

/** Topics that a test creates, deletes, and gives partitions. */
export class TestTopics implements GroupTopics {
  version = 0
  readonly #byName = new Map<string, KnownTopic>()

  constructor(topics: Record<string, number> = {}) {
    for (const [name, partitions] of Object.entries(topics)) this.set(name, partitions)
  }

  set(name: string, partitions: number, id = `${name}-id`): void {
    this.#byName.set(name, { name, id, partitions: { length: partitions } })
    this.version++
  }

  delete(name: string): void {
    this.#byName.delete(name)
    this.version++
  }

  get(name: string): KnownTopic | undefined {
    return this.#byName.get(name)
  }

  getById(id: string): KnownTopic | undefined {
    return this.all().find(topic => topic.id === id)
  }

  all(): KnownTopic[] {
    return [...this.#byName.values()]
  }
}

interface DriverOptions {
  topics?: Record<string, number>
  config?: Partial<Config>
  /** What is set on the group, by Kafka's name. */
  groupConfigs?: Record<string, string>
}

/** A share group whose time and requests a test determines. */
export class ShareDriver {
  nowMs = 1_000
  /** Why the group has rebalanced. */
  readonly told: GroupEvent[] = []
  group = new ShareGroup('g')
  readonly topics: TestTopics
  /** How often the group's own row had to be stored. */
  stores = 0
  /** Members whose rows had to be stored or removed by the last step. */
  changed: string[] = []
  readonly #config: Config
  readonly #groupConfigs: Record<string, string>

  constructor({ topics = { t: 2 }, config = {}, groupConfigs = {} }: DriverOptions = {}) {
    this.topics = new TestTopics(topics)
    this.#config = { ...defaults, ...config }
    this.#groupConfigs = groupConfigs
  }

  step<Result>(rule: (step: Step) => Result): Result {
    const step = stepAt(this.nowMs, {
      config: this.#config,
      topics: this.topics,
      groupConfig: () => groupConfig(this.#groupConfigs, this.#config),
    })
    const result = rule(step)
    this.told.push(...(step.events ?? []))
    if (step.storesGroup) this.stores++
    this.changed = [...step.changedMembers]
    return result
  }

  heartbeat(
    memberId: string,
    memberEpoch: number,
    more: Partial<HeartbeatRequest & { clientId: string }> = {},
  ): HeartbeatAnswer {
    const { clientId = 'client', ...rest } = more
    const request: HeartbeatRequest = {
      groupId: 'g',
      memberId,
      memberEpoch,
      rackId: null,
      subscribedTopicNames: null,
      ...rest,
    }
    checkHeartbeat(request)
    return this.step(step => {
      return heartbeat(this.group, request, { clientId, clientHost: '/127.0.0.1' }, step)
    })
  }

  join(memberId: string, ...subscribedTopicNames: string[]): HeartbeatAnswer {
    return this.heartbeat(memberId, 0, {
      subscribedTopicNames: subscribedTopicNames.length === 0 ? ['t'] : subscribedTopicNames,
    })
  }

  /** A heartbeat in the epoch that the member has. */
  beat(memberId: string, more: Partial<HeartbeatRequest> = {}): HeartbeatAnswer {
    return this.heartbeat(memberId, this.group.members.get(memberId)!.epoch, more)
  }

  leave(memberId: string): HeartbeatAnswer {
    return this.step(step => {
      const request = { groupId: 'g', memberEpoch: -1, rackId: null, subscribedTopicNames: null }
      return leave(this.group, { ...request, memberId }, step)
    })
  }

  /** Lets time pass, with everything that is due meanwhile. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms
    while (this.group.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.group.wakeAtMs)
      this.step(step => this.group.expire(step))
    }
    this.nowMs = untilMs
  }

  /** The coordinator stops, and starts again with what was stored. */
  restart(): void {
    const { group } = this
    const members = new Map(
      [...group.storedMembers()].map(memberId => [memberId, group.memberRow(memberId)!]),
    )
    this.group = loadShareGroup('g', JSON.parse(JSON.stringify(group.row())), members)
    this.step(step => this.group.resume(step))
  }

  /** What a member has, as replies tell it. */
  topicPartitions(memberId: string): { topicId: string; partitions: number[] }[] {
    return toTopicPartitions(this.group.members.get(memberId)!.assigned)
  }

  /** What a member has, by topic id. */
  assigned(memberId: string): Record<string, number[]> {
    return partitionsOf(this.group.members.get(memberId)!.assigned)
  }
}

export function partitionsOf(
  assignment: ReadonlyMap<string, ReadonlySet<number>>,
): Record<string, number[]> {
  return Object.fromEntries(
    [...assignment].map(([topicId, partitions]) => {
      return [topicId, [...partitions].toSorted((a, b) => a - b)]
    }),
  )
}
