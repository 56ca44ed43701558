/** group.evict.on.disconnect, over real connections, of the groups whose members only heartbeat. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { streamsGroupHeartbeat } from '../../protocol/apis/88-streams-group-heartbeat.ts'
import { streamsGroupDescribe } from '../../protocol/apis/89-streams-group-describe.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { subtopology } from '../handlers/streams-groups.ts'
import { newTopic, type TestTopic } from '../handlers/wire.ts'
import { RawClient, requestFrame } from '../raw-client.ts'

interface Member {
  memberId: string
  memberEpoch: number
  /** How many it has. */
  partitions: number
}

/** Requests of and about the group g. */
interface Protocol {
  /** A heartbeat of one that comes, as a frame. */
  join(memberId: string, topic: TestTopic): Buffer
  /** One of a member that has nothing new to say. */
  heartbeat(memberId: string, memberEpoch: number): Buffer
  members(client: RawClient): Promise<Member[]>
}

const asked = { groupIds: ['g'], includeAuthorizedOperations: false }

function count(assigned: readonly { partitions: readonly number[] }[]): number {
  return assigned.reduce((sum, { partitions }) => sum + partitions.length, 0)
}

const consumerFrame = (memberId: string, memberEpoch: number, more = {}): Buffer =>
  requestFrame(consumerGroupHeartbeat, 1, { groupId: 'g', memberId, memberEpoch, ...more }, 1)

const consumerGroups: Protocol = {
  join: (memberId, { name }) =>
    consumerFrame(memberId, 0, {
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: [name],
      topicPartitions: [],
    }),
  heartbeat: consumerFrame,
  async members(client) {
    const { groups } = await client.request(consumerGroupDescribe, 1, asked)
    return groups[0]!.members.map(({ memberId, memberEpoch, assignment }) => {
      return { memberId, memberEpoch, partitions: count(assignment.topicPartitions) }
    })
  },
}

const shareFrame = (memberId: string, memberEpoch: number, more = {}): Buffer =>
  requestFrame(shareGroupHeartbeat, 1, { groupId: 'g', memberId, memberEpoch, ...more }, 1)

const shareGroups: Protocol = {
  join: (memberId, { name }) => shareFrame(memberId, 0, { subscribedTopicNames: [name] }),
  heartbeat: shareFrame,
  async members(client) {
    const { groups } = await client.request(shareGroupDescribe, 1, asked)
    return groups[0]!.members.map(({ memberId, memberEpoch, assignment }) => {
      return { memberId, memberEpoch, partitions: count(assignment.topicPartitions) }
    })
  },
}

const streamsFrame = (memberId: string, memberEpoch: number, more = {}): Buffer => {
  const request = { groupId: 'g', memberId, memberEpoch, endpointInformationEpoch: 0, ...more }
  return requestFrame(streamsGroupHeartbeat, 0, request, 1)
}

const streamsGroups: Protocol = {
  join: (memberId, { name }) =>
    streamsFrame(memberId, 0, {
      rebalanceTimeoutMs: 60_000,
      processId: `process of ${memberId}`,
      clientTags: [],
      activeTasks: [],
      standbyTasks: [],
      warmupTasks: [],
      topology: { epoch: 0, subtopologies: [subtopology('0', { sourceTopics: [name] })] },
    }),
  heartbeat: streamsFrame,
  async members(client) {
    const { groups } = await client.request(streamsGroupDescribe, 0, asked)
    return groups[0]!.members.map(({ memberId, memberEpoch, assignment }) => {
      return { memberId, memberEpoch, partitions: count(assignment.activeTasks) }
    })
  },
}

let broker: StartedBroker
let admin: RawClient
let client: RawClient
let topic: TestTopic

beforeEach(async () => {
  broker = await startBroker({
    config: {
      'group.consumer.assignment.interval.ms': 0,
      'group.share.assignment.interval.ms': 0,
      'group.streams.assignment.interval.ms': 0,
    },
  })
  admin = await RawClient.connect(broker.bootstrapServers)
  client = await RawClient.connect(broker.bootstrapServers)
  topic = await newTopic(admin, { partitions: 2 })
})
afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await admin[Symbol.asyncDispose]()
  await broker.close()
})

describe.each([
  ['consumer', consumerGroups],
  ['share', shareGroups],
  ['streams', streamsGroups],
])('a member of a %s group', (_, { join, heartbeat, members }) => {
  async function member(memberId: string): Promise<Member | undefined> {
    return (await members(admin)).find(each => each.memberId === memberId)
  }

  it('is gone with its connection, and another one gets what it had', async () => {
    await client.exchange(join('one', topic))
    expect(await member('one')).toMatchObject({ partitions: 2 })
    await admin.exchange(join('other', topic))
    await client[Symbol.asyncDispose]()
    while ((await member('one')) !== undefined) await setImmediate()
    for (let other = await member('other'); other!.partitions < 2;) {
      await admin.exchange(heartbeat('other', other!.memberEpoch))
      other = await member('other')
    }
  })

  it('stays while it is known on another connection', async () => {
    await client.exchange(join('one', topic))
    await client.exchange(join('other', topic))
    const { memberEpoch } = (await member('one'))!
    await admin.exchange(heartbeat('one', memberEpoch))
    await client[Symbol.asyncDispose]()
    while ((await member('other')) !== undefined) await setImmediate()
    expect(await member('one')).toBeDefined()
  })

  it('is gone, too, when it ends the connection before it is answered', async () => {
    await admin.exchange(join('other', topic))
    const answered = client.exchange(join('one', topic))
    client.end()
    await answered
    while ((await member('one')) !== undefined) await setImmediate()
    expect(await member('other')).toBeDefined()
  })
})
