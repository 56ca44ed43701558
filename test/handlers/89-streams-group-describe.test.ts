import { describe, expect, it } from 'vitest'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import {
  describeGroups,
  internalTopic,
  newGroup,
  newGroupId,
  StreamsThread,
  subtopology,
} from './streams-groups.ts'
import { differs, latest, newTopic, settle, useBroker } from './wire.ts'

const wire = useBroker()

/** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS, as Kafka 4.3 answers. */
const allowed = 3400
const omitted = -(2 ** 31)

/** A group with one member, which knows all topics of its application. */
async function stable() {
  const { name: source } = await newTopic(wire.client, { partitions: 2 })
  const { name: changelog } = await newTopic(wire.client, { partitions: 2 })
  const groupId = await newGroup(wire.client)
  const stateChangelogTopics = [internalTopic(changelog)]
  const parts = [subtopology('0', { sourceTopics: [source], stateChangelogTopics })]
  const thread = new StreamsThread(wire.client, groupId, parts)
  await thread.join({
    rackId: 'rack',
    clientTags: [{ key: 'zone', value: 'z' }],
    userEndpoint: { host: 'localhost', port: 8080 },
  })
  await settle(async () => (await describeGroups(wire.client, [groupId]))[0]!.error === 'NONE')
  return { groupId, thread, source, changelog }
}

describe('StreamsGroupDescribe', () => {
  it('tells of a group, its topology and its members', async () => {
    const { groupId, thread, source, changelog } = await stable()
    await thread.heartbeat()
    // Kafka describes what was the case when it last stored something.
    const partitions = differs({ here: 2, kafka: 0 })
    const assignment = {
      activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
      standbyTasks: [],
      warmupTasks: [],
    }
    expect(await describeGroups(wire.client, [groupId])).toEqual([
      {
        error: 'NONE',
        errorMessage: null,
        groupId,
        groupState: 'Stable',
        groupEpoch: 2,
        assignmentEpoch: 2,
        topology: {
          epoch: 0,
          subtopologies: [
            {
              subtopologyId: '0',
              sourceTopics: [source],
              repartitionSinkTopics: [],
              stateChangelogTopics: [
                { name: changelog, partitions, replicationFactor: 0, topicConfigs: [] },
              ],
              repartitionSourceTopics: [],
            },
          ],
        },
        members: [
          {
            memberId: thread.memberId,
            memberEpoch: 2,
            instanceId: null,
            rackId: 'rack',
            clientId: expect.any(String),
            clientHost: '/127.0.0.1',
            topologyEpoch: 0,
            processId: thread.processId,
            userEndpoint: { host: 'localhost', port: 8080 },
            clientTags: [{ key: 'zone', value: 'z' }],
            taskOffsets: [],
            taskEndOffsets: [],
            assignment,
            targetAssignment: assignment,
            isClassic: false,
          },
        ],
        authorizedOperations: omitted,
      },
    ])
  })

  it('a group that its members have left is empty, and keeps its topology', async () => {
    const { groupId, thread } = await stable()
    await thread.leave()
    await settle(async () => {
      return (await describeGroups(wire.client, [groupId]))[0]!.groupState === 'Empty'
    })
    expect(await describeGroups(wire.client, [groupId])).toMatchObject([
      {
        groupState: 'Empty',
        groupEpoch: 3,
        assignmentEpoch: 2,
        members: [],
        topology: { epoch: 0 },
      },
    ])
  })

  it('authorised operations, when asked for', async () => {
    const { groupId } = await stable()
    expect(await describeGroups(wire.client, [groupId], true)).toMatchObject([
      { authorizedOperations: allowed },
    ])
  })

  it('no such group: GROUP_ID_NOT_FOUND; one without an id: INVALID_GROUP_ID', async () => {
    const groupId = await newGroupId(wire.client)
    const nothing = {
      groupState: '',
      groupEpoch: 0,
      assignmentEpoch: 0,
      members: [],
      topology: null,
    }
    expect(await describeGroups(wire.client, [groupId])).toMatchObject([
      { ...nothing, error: 'GROUP_ID_NOT_FOUND', errorMessage: `Group ${groupId} not found.` },
    ])
    expect(await describeGroups(wire.client, [''])).toMatchObject([
      { ...nothing, error: 'INVALID_GROUP_ID', errorMessage: null },
    ])
  })

  it('the group is listed with its type', async () => {
    const { groupId } = await stable()
    const { groups } = await wire.client.request(listGroups, latest(listGroups), {
      statesFilter: ['stable'],
      typesFilter: ['Streams'],
    })
    expect(groups.find(group => group.groupId === groupId)).toEqual({
      groupId,
      protocolType: 'streams',
      groupState: 'Stable',
      groupType: 'streams',
    })
  })
})
