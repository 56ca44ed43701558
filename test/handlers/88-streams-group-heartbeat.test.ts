import { describe, expect, it } from 'vitest'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { leaveGroup } from '../../protocol/apis/13-leave-group.ts'
import { createPartitions } from '../../protocol/apis/37-create-partitions.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import {
  describeGroups,
  internalTopic,
  newGroup,
  newGroupId,
  StreamsThread,
  subtopology,
  type Request,
} from './streams-groups.ts'
import { latest, named, newTopic, partitionsOf, uniqueName, useBroker } from './wire.ts'

const wire = useBroker()

const tasks = (subtopologyId: string, ...partitions: number[]) => [{ subtopologyId, partitions }]
const delayedUntilThere = { timeout: 20_000 }

/** An application that copies a topic of its own, with two threads. */
async function copier(partitions: number, configs: Record<string, string> = {}) {
  const { name } = await newTopic(wire.client, { partitions })
  const groupId = await newGroup(wire.client, configs)
  const parts = [subtopology('0', { sourceTopics: [name] })]
  const thread = () => new StreamsThread(wire.client, groupId, parts)
  return { groupId, source: name, one: thread(), two: thread(), thread }
}

describe('StreamsGroupHeartbeat', () => {
  it('the first member gets all tasks, in epoch 2', async () => {
    const { one } = await copier(3)
    expect(await one.join()).toEqual({
      error: 'NONE',
      errorMessage: null,
      throttleTimeMs: 0,
      memberId: one.memberId,
      memberEpoch: 2,
      heartbeatIntervalMs: 5000,
      acceptableRecoveryLag: 0,
      taskOffsetIntervalMs: 0,
      status: [],
      activeTasks: tasks('0', 0, 1, 2),
      standbyTasks: [],
      warmupTasks: [],
      endpointInformationEpoch: 0,
      partitionsByUserEndpoint: null,
    })
  })

  it('what has not changed is not told again', async () => {
    const { one } = await copier(1)
    await one.join()
    expect(await one.heartbeat()).toMatchObject({
      memberEpoch: 2,
      activeTasks: null,
      standbyTasks: null,
      warmupTasks: null,
      status: [],
    })
  })

  it('a second member gets tasks that the first one has given up', async () => {
    const { one, two } = await copier(4)
    await one.join()
    expect(await two.join()).toMatchObject({ memberEpoch: 3, activeTasks: [] })
    expect(await one.heartbeat()).toMatchObject({ memberEpoch: 2, activeTasks: tasks('0', 0, 1) })
    expect(await two.heartbeat()).toMatchObject({ memberEpoch: 3, activeTasks: null })
    const owned = { activeTasks: tasks('0', 0, 1), standbyTasks: [], warmupTasks: [] }
    expect(await one.heartbeat(owned)).toMatchObject({ memberEpoch: 3, activeTasks: null })
    expect(await two.heartbeat()).toMatchObject({ activeTasks: tasks('0', 2, 3) })
  })

  it('the tasks of a member that leaves go to the others', async () => {
    const { one, two } = await copier(2)
    await one.join()
    await two.join()
    expect(await one.leave()).toMatchObject({ error: 'NONE', memberEpoch: -1, status: [] })
    expect(await two.heartbeat()).toMatchObject({ activeTasks: tasks('0', 0, 1) })
  })

  it('a member that joins again keeps its tasks', async () => {
    const { one } = await copier(2)
    await one.join()
    expect(await one.join()).toMatchObject({ memberEpoch: 2, activeTasks: tasks('0', 0, 1) })
  })

  it('internal topics are created, with what the application wants of them', async () => {
    const { name: source } = await newTopic(wire.client, { partitions: 3 })
    const [repartition, changelog] = [`${source}-repartition`, `${source}-changelog`]
    const groupId = await newGroup(wire.client)
    const compacted = [{ key: 'cleanup.policy', value: 'compact' }]
    const thread = new StreamsThread(wire.client, groupId, [
      subtopology('0', { sourceTopics: [source], repartitionSinkTopics: [repartition] }),
      subtopology('1', {
        repartitionSourceTopics: [internalTopic(repartition)],
        stateChangelogTopics: [{ ...internalTopic(changelog), topicConfigs: compacted }],
      }),
    ])
    const { status, activeTasks } = await thread.join()
    expect(activeTasks).toEqual([])
    expect(status).toMatchObject([
      { statusCode: 3, statusDetail: expect.stringMatching(/^Internal topics are missing: /) },
    ])
    await expect
      .poll(async () => (await thread.heartbeat()).activeTasks, delayedUntilThere)
      .toEqual([...tasks('0', 0, 1, 2), ...tasks('1', 0, 1, 2)])
    expect(await partitionsOf(wire.client, repartition)).toBe(3)
    expect(await partitionsOf(wire.client, changelog)).toBe(3)
    const { results } = await wire.client.request(describeConfigs, latest(describeConfigs), {
      resources: [
        { resourceType: 2, resourceName: changelog, configurationKeys: ['cleanup.policy'] },
      ],
    })
    expect(results[0]!.configs[0]!.value).toBe('compact')
  })

  it('standby tasks, as many as the group is set to', async () => {
    const configs = { 'streams.num.standby.replicas': '1' }
    const { source, groupId } = await copier(2, configs)
    const changelog = (await newTopic(wire.client, { partitions: 2 })).name
    const stateChangelogTopics = [internalTopic(changelog)]
    const parts = [subtopology('0', { sourceTopics: [source], stateChangelogTopics })]
    const [one, two] = [1, 2].map(() => new StreamsThread(wire.client, groupId, parts)) as [
      StreamsThread,
      StreamsThread,
    ]
    await one.join()
    expect(await two.join()).toMatchObject({ activeTasks: [], standbyTasks: tasks('0', 0) })
    expect(await one.heartbeat()).toMatchObject({ activeTasks: tasks('0', 0), standbyTasks: [] })
    const owned = { activeTasks: tasks('0', 0), standbyTasks: [], warmupTasks: [] }
    await one.heartbeat(owned)
    await two.heartbeat()
    expect(await one.heartbeat()).toMatchObject({ standbyTasks: tasks('0', 1) })
  })

  it('tells while a source topic is missing, and goes on when it is there', async () => {
    const groupId = await newGroup(wire.client)
    const source = uniqueName()
    const parts = [subtopology('0', { sourceTopics: [source] })]
    const thread = new StreamsThread(wire.client, groupId, parts)
    expect(await thread.join()).toMatchObject({
      activeTasks: [],
      status: [{ statusCode: 1, statusDetail: `Source topics ${source} are missing.` }],
    })
    expect(await describeGroups(wire.client, [groupId])).toMatchObject([{ groupState: 'NotReady' }])
    await newTopic(wire.client, { name: source, partitions: 2 })
    await expect
      .poll(async () => (await thread.heartbeat()).activeTasks, delayedUntilThere)
      .toEqual(tasks('0', 0, 1))
  })

  it('new partitions are new tasks', async () => {
    const { one, source } = await copier(1)
    await one.join()
    await wire.client.request(createPartitions, latest(createPartitions), {
      topics: [{ name: source, count: 3, assignments: null }],
      timeoutMs: 30_000,
      validateOnly: false,
    })
    await expect
      .poll(async () => (await one.heartbeat()).activeTasks, delayedUntilThere)
      .toEqual(tasks('0', 0, 1, 2))
  })

  it('tells that topics which are joined have different numbers of partitions', async () => {
    const [a, b] = [
      await newTopic(wire.client, { partitions: 1 }),
      await newTopic(wire.client, { partitions: 2 }),
    ]
    const group = { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }
    const sourceTopics = [a.name, b.name]
    const parts = [subtopology('0', { sourceTopics, copartitionGroups: [group] })]
    const thread = new StreamsThread(wire.client, await newGroup(wire.client), parts)
    const { status } = await thread.join()
    const counts = [`${a.name}=1`, `${b.name}=2`].toSorted().join(', ')
    const statusDetail = `Following topics do not have the same number of partitions: [{${counts}}]`
    expect(status).toEqual([{ statusCode: 2, statusDetail }])
  })

  it('tells a member that runs an older topology', async () => {
    const { one, two, source } = await copier(1)
    const subtopologies = [subtopology('0', { sourceTopics: [source] })]
    await one.join({ topology: { epoch: 3, subtopologies } })
    expect((await two.join({ topology: { epoch: 2, subtopologies } })).status).toEqual([
      {
        statusCode: 0,
        statusDetail: "The member's topology epoch 2 is behind the group's topology epoch 3.",
      },
    ])
  })

  it('another topology of the same epoch, or a later one: INVALID_REQUEST', async () => {
    const { one, two, source } = await copier(1)
    await one.join()
    const other = [subtopology('other', { sourceTopics: [source] })]
    const refused = {
      error: 'INVALID_REQUEST',
      errorMessage: 'Topology updates are not supported yet.',
    }
    expect(await two.join({ topology: { epoch: 0, subtopologies: other } })).toMatchObject(refused)
    expect(await two.join({ topology: { epoch: 1, subtopologies: other } })).toMatchObject(refused)
  })

  it('a member asks all others to stop, also when it leaves', async () => {
    const { one, two } = await copier(1)
    await one.join()
    await two.join()
    await two.heartbeat({ memberEpoch: -1, shutdownApplication: true })
    const statusDetail =
      `Streams group member ${two.memberId} encountered a fatal error` +
      ' and requested a shutdown for the entire application.'
    const { status } = await one.heartbeat()
    expect(status).toEqual([{ statusCode: 4, statusDetail }])
  })

  it('where the partitions are, for interactive queries', async () => {
    const { one, two, source } = await copier(2)
    const userEndpoint = (port: number) => ({ host: 'localhost', port })
    await one.join({ userEndpoint: userEndpoint(1) })
    const { endpointInformationEpoch } = await one.heartbeat()
    expect(endpointInformationEpoch).toBe(0)
    const answer = await two.join({ userEndpoint: userEndpoint(2) })
    expect(answer.endpointInformationEpoch).toBe(1)
    const byPort = answer.partitionsByUserEndpoint!.toSorted(
      (a, b) => a.userEndpoint.port - b.userEndpoint.port,
    )
    expect(byPort).toEqual([
      {
        userEndpoint: userEndpoint(1),
        activePartitions: [{ topic: source, partitions: [0, 1] }],
        standbyPartitions: [],
      },
      { userEndpoint: userEndpoint(2), activePartitions: [], standbyPartitions: [] },
    ])
    expect(await two.heartbeat({ endpointInformationEpoch: 1 })).toMatchObject({
      partitionsByUserEndpoint: null,
    })
  })

  it('waits for more members where the group is set so', async () => {
    const { one } = await copier(1, { 'streams.initial.rebalance.delay.ms': '500' })
    const statusDetail = 'Assignment delayed due to the configured initial rebalance delay.'
    expect(await one.join()).toMatchObject({
      memberEpoch: 1,
      activeTasks: [],
      status: [{ statusCode: 5, statusDetail }],
    })
    await expect
      .poll(async () => (await one.heartbeat()).activeTasks, delayedUntilThere)
      .toEqual(tasks('0', 0))
  })

  it('does not assign again before its time', async () => {
    const { one, two } = await copier(2, { 'streams.assignment.interval.ms': '15000' })
    await one.join()
    const statusDetail = 'Assignment delayed due to the configured assignment interval.'
    expect(await two.join()).toMatchObject({
      memberEpoch: 2,
      activeTasks: [],
      status: [{ statusCode: 5, statusDetail }],
    })
  })
})

/** A classic member joins. */
function joinClassic(groupId: string) {
  return wire.client.request(joinGroup, 3, {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  })
}

describe('beside classic members', () => {
  it('streams members let no classic member in, until the last one has left', async () => {
    const { one, groupId } = await copier(1)
    await one.join()
    expect(named(await joinClassic(groupId)).error).toBe('INCONSISTENT_GROUP_PROTOCOL')
    await one.leave()
    expect(named(await joinClassic(groupId))).toMatchObject({ error: 'NONE', generationId: 1 })
  })

  it('streams members are not let in by classic members, until the last one has left', async () => {
    const { one, groupId } = await copier(1)
    const { memberId } = await joinClassic(groupId)
    expect(await one.join()).toMatchObject({
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Group ${groupId} is not a streams group.`,
    })
    await wire.client.request(leaveGroup, 2, { groupId, memberId })
    expect(await one.join()).toMatchObject({ error: 'NONE', memberEpoch: 2 })
  })
})

describe('StreamsGroupHeartbeat refuses', () => {
  const empty = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
  const taskOffsets = [{ subtopologyId: '0', partition: 0, offset: 0 }]

  it.each<[string, Partial<Request>, string]>([
    ['no member id', { memberId: '' }, "MemberId can't be empty."],
    ['no group id', { groupId: '' }, "GroupId can't be empty."],
    ['a blank rack', { rackId: ' ' }, "RackId can't be empty."],
    ['static members', { instanceId: 'i' }, 'Static membership is not yet supported.'],
    ['task offsets', { taskOffsets }, 'TaskOffsets are not supported yet.'],
    ['task end offsets', { taskEndOffsets: [] }, 'TaskEndOffsets are not supported yet.'],
    [
      'warm-up tasks',
      { ...empty, warmupTasks: tasks('0', 0) },
      'WarmupTasks are not supported yet.',
    ],
    [
      'no rebalance timeout',
      { rebalanceTimeoutMs: -1 },
      'RebalanceTimeoutMs must be provided in first request.',
    ],
    [
      'tasks of a member that joins',
      { ...empty, activeTasks: tasks('0', 0) },
      'ActiveTasks must be empty when (re-)joining.',
    ],
    [
      'no list of tasks of a member that joins',
      { standbyTasks: null },
      'StandbyTasks must be empty when (re-)joining.',
    ],
    ['no topology', { topology: null }, 'Topology must be non-null when (re-)joining.'],
    ['a topology later on', { memberEpoch: 1 }, 'Topology can only be provided when (re-)joining.'],
    [
      'some lists of tasks without the others',
      { memberEpoch: 1, topology: null, standbyTasks: null },
      'If one task-type is non-null, all must be non-null.',
    ],
    [
      'the epoch of a static member',
      { memberEpoch: -2, topology: null },
      "InstanceId can't be null.",
    ],
    [
      'an epoch that is none',
      { memberEpoch: -3, topology: null },
      'MemberEpoch is -3, but must be greater than or equal to -2.',
    ],
  ])('%s: INVALID_REQUEST', async (_, changed, errorMessage) => {
    const thread = new StreamsThread(wire.client, uniqueName(), [])
    expect(await thread.join(changed)).toMatchObject({ error: 'INVALID_REQUEST', errorMessage })
  })

  it('regular expressions for source topics: INVALID_REQUEST', async () => {
    const parts = [subtopology('0', { sourceTopicRegex: ['a.*'] })]
    const thread = new StreamsThread(wire.client, uniqueName(), parts)
    expect(await thread.join()).toMatchObject({
      error: 'INVALID_REQUEST',
      errorMessage: 'Regular expressions for source topics are not supported yet.',
    })
  })

  it.each([
    [
      'internal topics of brokers',
      '__consumer_offsets',
      'Use of Kafka internal topics __consumer_offsets in a Kafka Streams topology is prohibited.',
    ],
    ['names that no topic has', 'a b', 'Topic names a b are not valid topic names.'],
  ])('%s: STREAMS_INVALID_TOPOLOGY', async (_, name, errorMessage) => {
    const parts = [subtopology('0', { sourceTopics: [name] })]
    const thread = new StreamsThread(wire.client, uniqueName(), parts)
    const refused = { error: 'STREAMS_INVALID_TOPOLOGY', errorMessage }
    expect(await thread.join()).toMatchObject(refused)
  })

  it('a changelog with a number of partitions: STREAMS_INVALID_TOPOLOGY', async () => {
    const stateChangelogTopics = [{ ...internalTopic('c'), partitions: 3 }]
    const parts = [subtopology('0', { sourceTopics: ['s'], stateChangelogTopics })]
    const thread = new StreamsThread(wire.client, uniqueName(), parts)
    expect(await thread.join()).toMatchObject({
      error: 'STREAMS_INVALID_TOPOLOGY',
      errorMessage: 'Changelog topic c must have an undefined partition count, but it is set to 3.',
    })
  })

  it('members of a group that does not exist: GROUP_ID_NOT_FOUND', async () => {
    const groupId = await newGroupId(wire.client)
    const thread = new StreamsThread(wire.client, groupId, [])
    expect(await thread.heartbeat({ memberEpoch: 1 })).toMatchObject({
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Streams group ${groupId} not found.`,
    })
    expect(await thread.leave()).toMatchObject({
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Group ${groupId} not found.`,
    })
  })

  it('who is no member: UNKNOWN_MEMBER_ID', async () => {
    const { one, two, groupId } = await copier(1)
    await one.join()
    const refused = {
      error: 'UNKNOWN_MEMBER_ID',
      errorMessage: `Member ${two.memberId} is not a member of group ${groupId}.`,
    }
    expect(await two.heartbeat({ memberEpoch: 1 })).toMatchObject(refused)
    expect(await two.leave()).toMatchObject(refused)
  })

  it.each([
    ['greater', 9],
    ['smaller', 1],
  ])('a %s member epoch: FENCED_MEMBER_EPOCH', async (compared, memberEpoch) => {
    const { one } = await copier(1)
    await one.join()
    expect(await one.heartbeat({ memberEpoch })).toMatchObject({
      error: 'FENCED_MEMBER_EPOCH',
      errorMessage:
        `The streams group member has a ${compared} member epoch (${memberEpoch}) than the one` +
        ' known by the group coordinator (2).' +
        ' The member must abandon all its partitions and rejoin.',
    })
  })

  it.each([
    ['x', 0, 'Subtopology x does not exist in the topology.'],
    ['0', 1, 'Task 1 for subtopology 0 is invalid. Number of tasks for this subtopology: 1'],
  ])('the task %s_%i: INVALID_REQUEST', async (subtopologyId, partition, errorMessage) => {
    const { one } = await copier(1)
    await one.join()
    const owned = { ...empty, activeTasks: tasks(subtopologyId, partition) }
    expect(await one.heartbeat(owned)).toMatchObject({ error: 'INVALID_REQUEST', errorMessage })
  })
})
