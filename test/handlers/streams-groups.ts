/** What the tests of streams groups share: applications, and their members. */
import { randomUUID } from 'node:crypto'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { streamsGroupDescribe } from '../../protocol/apis/89-streams-group-describe.ts'
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import type { RawClient } from '../raw-client.ts'
import { ConfigClient, resource, SET } from './configs.ts'
import { named, settle, uniqueName, type Named } from './wire.ts'

export type Request = Input<typeof streamsGroupHeartbeat.request>
export type Answer = Named<Infer<typeof streamsGroupHeartbeat.response>>
export type Described = Named<Infer<typeof streamsGroupDescribe.response>['groups'][number]>
type Subtopology = NonNullable<Request['topology']>['subtopologies'][number]

export function subtopology(subtopologyId: string, changed: Partial<Subtopology>): Subtopology {
  return {
    subtopologyId,
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...changed,
  }
}

/** An internal topic, which the broker is to create as it sees fit. */
export function internalTopic(name: string) {
  return { name, partitions: 0, replicationFactor: 0, topicConfigs: [] }
}

/** The id of a group that nobody else knows, and that has a coordinator. */
export async function newGroupId(client: RawClient): Promise<string> {
  const groupId = uniqueName()
  await settle(async () => {
    const request = { keyType: 0, coordinatorKeys: [groupId] }
    const { coordinators } = await client.request(findCoordinator, 4, request)
    const [described] = await describeGroups(client, [groupId])
    const { error } = described!
    return coordinators[0]!.errorCode === 0 && error === 'GROUP_ID_NOT_FOUND'
  })
  return groupId
}

/** A group whose members need not wait for each other. */
export async function newGroup(
  client: RawClient,
  configs: Record<string, string> = {},
): Promise<string> {
  const groupId = await newGroupId(client)
  const all = {
    'streams.initial.rebalance.delay.ms': '0',
    'streams.assignment.interval.ms': '0',
    ...configs,
  }
  const changes = Object.entries(all).map(([name, value]) => [name, SET, value] as const)
  const clients = new ConfigClient(() => client)
  await clients.change(resource.group, groupId, changes)
  await settle(async () => {
    const told = await clients.set(resource.group, groupId, [8])
    return Object.keys(told).length === changes.length
  })
  return groupId
}

/** One thread of an application of Kafka Streams. */
export class StreamsThread {
  readonly memberId = randomUUID()
  readonly processId = randomUUID()
  memberEpoch = 0
  readonly #client: RawClient
  readonly #groupId: string
  readonly #subtopologies: Subtopology[]

  constructor(client: RawClient, groupId: string, subtopologies: Subtopology[]) {
    this.#client = client
    this.#groupId = groupId
    this.#subtopologies = subtopologies
  }

  join(changed: Partial<Request> = {}): Promise<Answer> {
    return this.heartbeat({
      memberEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      processId: this.processId,
      clientTags: [],
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      topology: { epoch: 0, subtopologies: this.#subtopologies },
      ...changed,
    })
  }

  /** With nothing but the epoch, by default: nothing has changed. */
  async heartbeat(changed: Partial<Request> = {}): Promise<Answer> {
    const answer = await this.#client.request(streamsGroupHeartbeat, 0, {
      groupId: this.#groupId,
      memberId: this.memberId,
      memberEpoch: this.memberEpoch,
      endpointInformationEpoch: 0,
      ...changed,
    })
    if (answer.errorCode === 0) this.memberEpoch = answer.memberEpoch
    return named(answer)
  }

  leave(): Promise<Answer> {
    return this.heartbeat({ memberEpoch: -1 })
  }
}

export async function describeGroups(
  client: RawClient,
  groupIds: string[],
  includeAuthorizedOperations = false,
): Promise<Described[]> {
  const request = { groupIds, includeAuthorizedOperations }
  const { groups } = await client.request(streamsGroupDescribe, 0, request)
  return groups.map(named)
}
