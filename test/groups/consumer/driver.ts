import type { GroupEvent } from '../../../src/groups/history.ts'
import { createConfig, groupConfig } from '../../../src/config.ts'
import type { Group } from '../../../src/groups/group.ts'
import { toTopicPartitions } from '../../../src/groups/assignment.ts'
import { ConsumerGroup } from '../../../src/groups/consumer/consumer-group.ts'
import type {
  HeartbeatAnswer,
  HeartbeatRequest,
} from '../../../src/groups/consumer/heartbeat-request.ts'
import { heartbeat } from '../../../src/groups/consumer/heartbeat.ts'
import { leave } from '../../../src/groups/consumer/leave.ts'
import type { ConsumerMember } from '../../../src/groups/consumer/member.ts'
import type { KnownTopic } from '../../../src/groups/step.ts'
import { Step } from '../../../src/groups/step.ts'

/** Topics as a test needs them; the id of one is its name and how often it was created. */
export class TestTopics {
  version = 0
  readonly #topics = new Map<string, KnownTopic>()
  #created = 0

  constructor(topics: Readonly<Record<string, number>>) {
    for (const [name, partitions] of Object.entries(topics)) this.set(name, partitions)
  }

  get(name: string): KnownTopic | undefined {
    return this.#topics.get(name)
  }

  getById(id: string): KnownTopic | undefined {
    return this.all().find(topic => topic.id === id)
  }

  all(): KnownTopic[] {
    return [...this.#topics.values()]
  }

  /** Creates the topic, or gives it other partitions. */
  set(name: string, partitions: number): void {
    const id = this.#topics.get(name)?.id ?? `${name}#${++this.#created}`
    this.#topics.set(name, { name, id, partitions: { length: partitions } })
    this.version++
  }

  delete(name: string): void {
    this.#topics.delete(name)
    this.version++
  }
}

export interface DriverOptions {
  topics?: Readonly<Record<string, number>>
  /** Of the broker, by Kafka's names. */
  configs?: Readonly<Record<string, string>>
  /** Of the group, by Kafka's names. */
  groupConfigs?: Readonly<Record<string, string>>
}

/** 'foo-0 foo-2 bar-1', in the order of names and partitions; '' for nothing. */
export function text(
  assigned: Parameters<typeof toTopicPartitions>[0] | HeartbeatAnswer['assignment'],
): string {
  const listed =
    assigned instanceof Map
      ? toTopicPartitions(assigned)
      : ((assigned as HeartbeatAnswer['assignment'])?.topicPartitions ?? [])
  return listed
    .flatMap(({ topicId, partitions }) => partitions.map(p => `${topicId.split('#')[0]}-${p}`))
    .toSorted()
    .join(' ')
}

/** A group whose time, topics and requests a test determines. */
export class ConsumerDriver {
  nowMs = 1000
  /** Why the group has rebalanced. */
  readonly told: GroupEvent[] = []
  readonly topics: TestTopics
  /** What rows the last step would have stored. */
  stored: { group: boolean; members: string[] } = { group: false, members: [] }
  /** What has taken the place of the group. */
  successor: Group | null | undefined
  group: ConsumerGroup
  /** What the members may know of. */
  maySee: (topic: string) => boolean = () => true
  readonly #config
  readonly #groupConfigs

  constructor({ topics = { foo: 6, bar: 3 }, configs, groupConfigs }: DriverOptions = {}) {
    this.topics = new TestTopics(topics)
    const settings = { 'group.consumer.assignment.interval.ms': '0', ...configs }
    this.#config = createConfig(
      Object.entries(settings).map(([name, value]) => ({ name, value, origin: 'test' })),
    ).config
    this.#groupConfigs = groupConfigs ?? {}
    this.group = new ConsumerGroup('g')
  }

  step<Result>(rule: (step: Step) => Result): Result {
    const step = new Step({
      nowMs: this.nowMs,
      timestamp: this.nowMs + 1_000_000,
      config: this.#config,
      topics: this.topics,
      groupConfig: () => groupConfig(this.#groupConfigs, this.#config),
    })
    const result = rule(step)
    this.told.push(...(step.events ?? []))
    this.stored = { group: step.storesGroup, members: [...step.changedMembers].toSorted() }
    if (step.successor !== undefined) this.successor = step.successor
    for (const reply of step.replies) reply()
    return result
  }

  member(memberId: string): ConsumerMember {
    return this.group.members.get(memberId)!
  }

  /** A request that says nothing but what is given; by default of the member's present epoch. */
  heartbeat(memberId: string, request: Partial<HeartbeatRequest> = {}): HeartbeatAnswer {
    const full = {
      groupId: 'g',
      memberId,
      memberEpoch: this.group.members.get(memberId)?.epoch ?? 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      subscribedTopicNames: null,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: null,
      ...request,
    }
    const { maySee } = this
    const client = { clientId: 'client', clientHost: '/127.0.0.1', maySee }
    return this.step(step =>
      full.memberEpoch < 0
        ? leave(this.group, full, step)
        : heartbeat(this.group, full, client, step),
    )
  }

  /** Subscribes to foo and bar, if nothing else is said. */
  join(memberId: string, request: Partial<HeartbeatRequest> = {}): HeartbeatAnswer {
    return this.heartbeat(memberId, {
      memberEpoch: 0,
      rebalanceTimeoutMs: 5000,
      subscribedTopicNames: request.subscribedTopicRegex === undefined ? ['foo', 'bar'] : null,
      topicPartitions: [],
      ...request,
    })
  }

  /** Says that it owns what it is assigned, and nothing else: what it gave up is gone. */
  confirm(memberId: string, request: Partial<HeartbeatRequest> = {}): HeartbeatAnswer {
    const topicPartitions = toTopicPartitions(this.member(memberId).assigned)
    return this.heartbeat(memberId, { topicPartitions, ...request })
  }

  leave(memberId: string, instanceId: string | null = null): HeartbeatAnswer {
    return this.heartbeat(memberId, { memberEpoch: -1, instanceId })
  }

  /** Heartbeats of all members until nothing changes any more. */
  settle(): void {
    for (let round = 0; round < 10; round++) {
      let isQuiet = true
      for (const memberId of this.group.members.keys()) {
        this.confirm(memberId)
        if (this.stored.group || this.stored.members.length > 0) isQuiet = false
      }
      if (isQuiet) return
    }
    throw new Error('the group does not settle')
  }

  /** What each member has, as texts. */
  assigned(): Record<string, string> {
    return Object.fromEntries(
      Array.from(this.group.members.values(), member => [member.memberId, text(member.assigned)]),
    )
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
}
