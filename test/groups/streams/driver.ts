import type { GroupEvent } from '../../../src/groups/history.ts'
import { groupConfig, type Config } from '../../../src/config.ts'
import type { Overrides } from '../../../src/config/effective.ts'
import {
  heartbeat,
  leave,
  type HeartbeatAnswer,
  type HeartbeatRequest,
} from '../../../src/groups/streams/heartbeat.ts'
import { loadStreamsGroup } from '../../../src/groups/streams/load.ts'
import { StreamsGroup } from '../../../src/groups/streams/streams-group.ts'
import type { TaskIds } from '../../../src/groups/streams/tasks.ts'
import type { Topology } from '../../../src/groups/streams/topology.ts'
import type { KnownTopic, Step } from '../../../src/groups/step.ts'
import type { StreamsGroupRow, StreamsMemberRow } from '../../../storage/metadata-store.ts'
import { defaults, stepAt } from '../steps.ts'
import { subtopology, topology } from './topologies.ts'

export type Answer = HeartbeatAnswer['response']

/** Copies the topic 'in', of which there is a task for each partition. */
export const copying: Topology = topology(subtopology('0', { sourceTopics: ['in'] }))

/** Without waiting for anything, unless a test wants it. */
const impatient: Overrides = {
  'streams.initial.rebalance.delay.ms': '0',
  'streams.assignment.interval.ms': '0',
}

/** A group whose time, topics and requests a test determines. */
export class GroupDriver {
  nowMs = 1_000
  /** Why the group has rebalanced. */
  readonly told: GroupEvent[] = []
  group = new StreamsGroup('g')
  configs: Overrides = impatient
  /** Rows as they were stored last. */
  readonly rows = { group: undefined as StreamsGroupRow | undefined, members: new Map() }
  /** What the last step stored. */
  stored: string[] = []
  readonly #topics = new Map<string, KnownTopic>()
  readonly #config: Config
  #version = 0

  constructor(topics: Record<string, number> = { in: 4 }, config: Partial<Config> = {}) {
    this.#config = { ...defaults, ...config }
    for (const [name, count] of Object.entries(topics)) this.setTopic(name, count)
  }

  setTopic(name: string, count: number): void {
    this.#topics.set(name, { name, id: name, partitions: { length: count } })
    this.#version++
  }

  step<Result>(rule: (step: Step) => Result): Result {
    const topics = this.#topics
    const step = stepAt(this.nowMs, {
      config: this.#config,
      groupConfig: () => groupConfig(this.configs, this.#config),
      topics: {
        version: this.#version,
        get: name => topics.get(name),
        getById: name => topics.get(name),
        all: () => [...topics.values()],
      },
    })
    const result = rule(step)
    this.told.push(...(step.events ?? []))
    this.#store(step)
    return result
  }

  #store({ storesGroup, changedMembers }: Step): void {
    this.stored = [...(storesGroup ? ['group'] : []), ...changedMembers]
    if (storesGroup) this.rows.group = copy(this.group.row())
    for (const memberId of changedMembers) {
      const row = this.group.memberRow(memberId)
      if (row === null) this.rows.members.delete(memberId)
      else this.rows.members.set(memberId, copy(row))
    }
  }

  /** By default a member of a process of its own, at the start of an application that copies. */
  join(memberId: string, changed: Partial<HeartbeatRequest> = {}): Answer {
    const joining = { memberEpoch: 0, rebalanceTimeoutMs: 30_000, processId: `p-${memberId}` }
    const owned = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
    return this.heartbeat(memberId, { ...joining, ...owned, topology: copying, ...changed })
  }

  /** With the present epoch and nothing else, by default. */
  heartbeat(memberId: string, changed: Partial<HeartbeatRequest> = {}): Answer {
    const request: HeartbeatRequest = {
      groupId: 'g',
      memberId,
      memberEpoch: this.group.members.get(memberId)?.memberEpoch ?? 0,
      endpointInformationEpoch: 0,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: -1,
      topology: null,
      activeTasks: null,
      standbyTasks: null,
      warmupTasks: null,
      processId: null,
      userEndpoint: null,
      clientTags: null,
      taskOffsets: null,
      taskEndOffsets: null,
      shutdownApplication: false,
      ...changed,
    }
    const client = { clientId: 'client', clientHost: '/127.0.0.1' }
    return this.step(step => {
      const isLeaving = request.memberEpoch === -1
      const { response } = isLeaving
        ? leave(this.group, request, step)
        : heartbeat(this.group, request, client, step)
      return response
    })
  }

  /** Says that the member owns these partitions of subtopology '0', and nothing else. */
  owns(memberId: string, ...partitions: number[]): Answer {
    const activeTasks = partitions.length === 0 ? [] : taskIds(...partitions)
    return this.heartbeat(memberId, { activeTasks, standbyTasks: [], warmupTasks: [] })
  }

  leave(memberId: string): Answer {
    return this.heartbeat(memberId, { memberEpoch: -1 })
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

  /** Goes on with what was stored. */
  restart(): void {
    const members = this.rows.members as Map<string, StreamsMemberRow>
    this.group = loadStreamsGroup('g', this.rows.group!, members)
    this.step(step => this.group.resume(step))
  }

  /** The partitions of subtopology '0' that the member has. */
  active(memberId: string): number[] {
    return [...(this.group.members.get(memberId)?.assigned.active.get('0')?.keys() ?? [])]
  }
}

export function taskIds(...partitions: number[]): TaskIds[] {
  return [{ subtopologyId: '0', partitions }]
}

/** What a store keeps of a row. */
function copy<Row>(row: Row): Row {
  return JSON.parse(JSON.stringify(row)) as Row
}
