/** What clients may do in share groups and streams groups, by ACLs; on Apache Kafka the same. */
import { beforeAll, describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { shareGroupDescribe } from '../../protocol/apis/77-share-group-describe.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { shareFetch } from '../../protocol/apis/78-share-fetch.ts'
import { shareAcknowledge } from '../../protocol/apis/79-share-acknowledge.ts'
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from '../../protocol/apis/92-delete-share-group-offsets.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { batchOf } from '../handlers/batches.ts'
import { produceTo } from '../handlers/requests.ts'
import { newShareGroup } from '../handlers/share-groups.ts'
import {
  describeGroups,
  internalTopic,
  newGroup as newStreamsGroup,
  StreamsThread,
  subtopology,
} from '../handlers/streams-groups.ts'
import { differs, named, newTopic, settle, uniqueName, type TestTopic } from '../handlers/wire.ts'
import { errorsIn, useGuardedBroker } from './guarded-broker.ts'
import { newState, type GuardedState } from './guarded-state.ts'

const broker = useGuardedBroker()
const topicDenied = 'TOPIC_AUTHORIZATION_FAILED'
const groupDenied = 'GROUP_AUTHORIZATION_FAILED'
let state: GuardedState

beforeAll(async () => {
  state = await newState(broker.root)
})

describe('share groups', () => {
  it('take nobody who may not know all topics', async () => {
    const { topic } = state
    const groupId = uniqueName()
    const join = async (memberId: string, ...subscribedTopicNames: string[]) => {
      const request = { groupId, memberId, memberEpoch: 0, subscribedTopicNames }
      return named(await broker.alice.request(shareGroupHeartbeat, 1, request)).error
    }
    await broker.allow(`describe topic ${topic.name}`)
    expect(await join('', topic.name)).toBe(groupDenied)
    await broker.allow(`read group ${groupId}`)
    expect(await join('', topic.name, 'other')).toBe('INVALID_REQUEST')
    expect(await join('m', topic.name, 'other')).toBe(topicDenied)
    expect(await join('m', topic.name)).toBe('NONE')
  })

  it('are told only with all their topics', async () => {
    const { shareGroup, topic } = state
    const told = async () => {
      const request = { groupIds: [shareGroup], includeAuthorizedOperations: true }
      return named((await broker.alice.request(shareGroupDescribe, 1, request)).groups[0]!)
    }
    expect(await told()).toMatchObject({ error: groupDenied, errorMessage: null, members: [] })
    await broker.allow(`delete group ${shareGroup}`)
    const errorMessage =
      'The group has described topic(s) that the client is not authorized to describe.'
    expect(await told()).toMatchObject({ error: topicDenied, errorMessage, members: [] })
    await broker.allow(`write topic ${topic.name}`)
    const authorizedOperations = 2 ** 6 + 2 ** 8
    expect(await told()).toMatchObject({ error: 'NONE', authorizedOperations })
  })

  describe('fetching', () => {
    const nothing = { maxWaitMs: 0, minBytes: 0, maxRecords: 10, batchSize: 10 }

    async function filled(groupId: string): Promise<TestTopic> {
      const topic = await newTopic(broker.root)
      await produceTo(broker.root, topic, batchOf(['a secret']))
      const partitions = [{ partitionIndex: 0, startOffset: 0 }]
      const topics = [{ topicName: topic.name, partitions }]
      await broker.root.request(alterShareGroupOffsets, 0, { groupId, topics })
      return topic
    }

    it('gets records of what may be read, and gives back of that alone', async () => {
      const { groupId } = await newShareGroup(broker.root)
      const [mine, other] = [await filled(groupId), await filled(groupId)]
      const session = { groupId, memberId: uniqueName() }
      let shareSessionEpoch = 0
      const ask = async (acknowledges = false) => {
        const batches = acknowledges
          ? [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }]
          : []
        const partitions = [{ partitionIndex: 0, acknowledgementBatches: batches }]
        const topics = [mine, other].map(({ id }) => ({ topicId: id, partitions }))
        const request = { ...session, ...nothing, shareSessionEpoch, forgottenTopicsData: [] }
        const answer = await broker.alice.request(shareFetch, 2, { ...request, topics })
        if (answer.errorCode === 0) shareSessionEpoch++
        const told = [mine, other].map(({ id }) => {
          return answer.responses.find(({ topicId }) => topicId === id)?.partitions[0]
        })
        return { error: named(answer).error, told: told.map(each => each && named(each)) }
      }
      await broker.allow(`read topic ${mine.name}`)
      expect(await ask()).toEqual({ error: groupDenied, told: [undefined, undefined] })
      await broker.allow(`read group ${groupId}`)
      let first = await ask()
      await settle(async () => {
        if (first.told[0]?.acquiredRecords.length === 1) return true
        first = await ask()
        return false
      })
      expect(first.told.map(each => each?.error)).toEqual(['NONE', topicDenied])
      expect(first.told[0]!.acquiredRecords).toHaveLength(1)
      expect(first.told[1]).toMatchObject({ acquiredRecords: [] })
      const second = await ask(true)
      expect(second.told.map(each => errorsIn(each))).toEqual([
        [],
        second.told[1]!.error === topicDenied ? [topicDenied] : [],
      ])
      expect(second.told[1]!.acknowledgeErrorCode).toBe(29)
    })

    it('acknowledges only what may be read', async () => {
      const { groupId } = await newShareGroup(broker.root)
      const [mine, other] = [await filled(groupId), await filled(groupId)]
      const session = { groupId, memberId: uniqueName() }
      await broker.allow(`read group ${groupId}`, `read topic ${mine.name}`)
      const opening = { ...session, ...nothing, shareSessionEpoch: 0, forgottenTopicsData: [] }
      const interest = [{ partitionIndex: 0, acknowledgementBatches: [] }]
      const topicsOfInterest = [{ topicId: mine.id, partitions: interest }]
      await broker.alice.request(shareFetch, 2, { ...opening, topics: topicsOfInterest })
      const batches = [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes: [1] }]
      const wrong = [{ firstOffset: 1, lastOffset: 0, acknowledgeTypes: [1] }]
      const partition = (partitionIndex: number, acknowledgementBatches: typeof batches) => {
        return { partitionIndex, acknowledgementBatches }
      }
      const topics = [
        { topicId: mine.id, partitions: [partition(0, batches)] },
        {
          topicId: other.id,
          partitions: [partition(0, batches), partition(1, wrong), partition(7, batches)],
        },
      ]
      const request = { ...session, shareSessionEpoch: 1, topics }
      const answer = await broker.alice.request(shareAcknowledge, 2, request)
      const told = new Map(
        answer.responses.flatMap(({ topicId, partitions }) =>
          partitions.map(each => [`${topicId} ${each.partitionIndex}`, named(each).error] as const),
        ),
      )
      expect(told.get(`${mine.id} 0`)).not.toBe(topicDenied)
      expect(told.get(`${other.id} 0`)).toBe(topicDenied)
      expect(told.get(`${other.id} 1`)).toBe('INVALID_REQUEST')
      expect(told.get(`${other.id} 7`)).toBe(topicDenied)
    })
  })

  it('do not ask for rights to topics that there are not', async () => {
    const { groupId } = await newShareGroup(broker.root)
    await broker.allow(`read group ${groupId}`)
    const session = { groupId, memberId: uniqueName() }
    const topics = [
      {
        topicId: 'AAAAAAAAAAAAAAAAAAAADQ',
        partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }],
      },
    ]
    const fetching = { maxWaitMs: 0, minBytes: 0, maxRecords: 1, batchSize: 1 }
    const request = { ...session, ...fetching, shareSessionEpoch: 0, forgottenTopicsData: [] }
    const answer = await broker.alice.request(shareFetch, 2, { ...request, topics })
    // Apache Kafka fails to make a resource without a name.
    const expected = differs({ here: 'UNKNOWN_TOPIC_ID', kafka: 'UNKNOWN_SERVER_ERROR' })
    expect(errorsIn(answer)).toEqual([expected])
  })

  it('tell of offsets in topics that may be described', async () => {
    const { shareGroup: groupId, topic } = state
    const told = async (topics: { topicName: string; partitions: number[] }[] | null) => {
      const request = { groups: [{ groupId, topics }] }
      const { groups } = await broker.alice.request(describeShareGroupOffsets, 1, request)
      return named(groups[0]!)
    }
    const asked = [{ topicName: topic.name, partitions: [0] }]
    expect(await told(asked)).toMatchObject({ error: groupDenied, errorMessage: null, topics: [] })
    await broker.allow(`describe group ${groupId}`)
    expect(await told(null)).toMatchObject({ error: 'NONE', topics: [] })
    const { topics } = await told(asked)
    expect(topics).toMatchObject([{ topicName: topic.name, topicId: zeroUuid }])
    expect(named(topics[0]!.partitions[0]!)).toMatchObject({
      error: topicDenied,
      errorMessage: expect.any(String),
      startOffset: -1,
      leaderEpoch: 0,
      lag: -1,
    })
    await broker.allow(`describe topic ${topic.name}`)
    expect((await told(null)).topics).toMatchObject([{ topicId: topic.id }])
  })

  it('have offsets altered in topics that may be read', async () => {
    const groupId = uniqueName()
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    const partitions = [{ partitionIndex: 0, startOffset: 0 }]
    const alter = async () => {
      const topics = [mine, other].map(({ name }) => ({ topicName: name, partitions }))
      const answer = await broker.alice.request(alterShareGroupOffsets, 0, { groupId, topics })
      const told = new Map(answer.responses.map(each => [each.topicName, each]))
      return { ...named(answer), told: [mine, other].map(({ name }) => told.get(name)) }
    }
    await broker.allow(`read topic ${mine.name}`)
    expect(await alter()).toMatchObject({ error: groupDenied, responses: [] })
    await broker.allow(`read group ${groupId}`)
    const { told } = await alter()
    expect(told.map(errorsIn)).toEqual([[], [topicDenied]])
    // As in Kafka, of all answers this one does not hide the id.
    expect(told[1]).toMatchObject({ topicId: other.id })
    expect(told[1]!.partitions[0]!.errorMessage).toEqual(expect.any(String))
  })

  it('have offsets deleted in topics that may be read', async () => {
    const { groupId } = await newShareGroup(broker.root)
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    const partitions = [{ partitionIndex: 0, startOffset: 0 }]
    const altered = [mine, other].map(({ name }) => ({ topicName: name, partitions }))
    await broker.root.request(alterShareGroupOffsets, 0, { groupId, topics: altered })
    const topics = [mine, other].map(({ name }) => ({ topicName: name }))
    const remove = async () =>
      named(await broker.alice.request(deleteShareGroupOffsets, 0, { groupId, topics }))
    await broker.allow(`read topic ${mine.name}`, `read group ${groupId}`)
    expect(await remove()).toMatchObject({ error: groupDenied, responses: [] })
    await broker.allow(`delete group ${groupId}`)
    const { responses } = await remove()
    const told = new Map(responses.map(each => [each.topicName, named(each)]))
    expect(told.get(mine.name)).toMatchObject({ error: 'NONE', topicId: mine.id })
    expect(told.get(other.name)).toMatchObject({
      error: topicDenied,
      topicId: zeroUuid,
      errorMessage: expect.any(String),
    })
  })
})

describe('streams groups', () => {
  it('take nobody who may not know all topics, if these may be', async () => {
    const { topic } = state
    const groupId = await newStreamsGroup(broker.root)
    const join = (...sourceTopics: string[]) =>
      new StreamsThread(broker.alice, groupId, [subtopology('0', { sourceTopics })]).join()
    await broker.allow(`describe topic ${topic.name}`)
    expect((await join('__consumer_offsets')).error).toBe(groupDenied)
    await broker.allow(`read group ${groupId}`)
    expect((await join('__consumer_offsets', 'other')).error).toBe('STREAMS_INVALID_TOPOLOGY')
    expect((await join('a/b', 'other')).error).toBe('STREAMS_INVALID_TOPOLOGY')
    expect((await join(topic.name, 'other')).error).toBe(topicDenied)
    expect((await join(topic.name)).error).toBe('NONE')
  })

  it('get internal topics only if all of them may be created', async () => {
    const { topic } = state
    const groupId = await newStreamsGroup(broker.root)
    const [mine, other] = [`mine-${uniqueName()}`, uniqueName()]
    const reads = subtopology('0', {
      sourceTopics: [topic.name],
      stateChangelogTopics: [internalTopic(mine), internalTopic(other)],
    })
    await broker.allow(`read group ${groupId}`, 'describe topic *', 'create topic mine-…')
    const thread = new StreamsThread(broker.alice, groupId, [reads])
    const { error, status } = await thread.join()
    expect(error).toBe('NONE')
    expect(status).toHaveLength(1)
    expect(status![0]).toMatchObject({
      statusCode: 3,
      statusDetail: expect.stringMatching(`; Unauthorized to CREATE on topics ${other}\\.$`),
    })
    const exists = async (name: string) => {
      const request = { topics: [{ name }], allowAutoTopicCreation: false }
      return (await broker.root.request(metadata, 12, request)).topics[0]!.errorCode === 0
    }
    expect([await exists(mine), await exists(other)]).toEqual([false, false])
    await broker.allow(`create topic ${other}`)
    await thread.heartbeat()
    await settle(async () => (await exists(mine)) && exists(other))
    expect([await exists(mine), await exists(other)]).toEqual([true, true])
  })

  it('are told only with all their topics', async () => {
    const { streamsGroup, topic } = state
    const told = async () => (await describeGroups(broker.alice, [streamsGroup], true))[0]
    expect(await told()).toMatchObject({ error: groupDenied, errorMessage: null, members: [] })
    await broker.allow(`delete group ${streamsGroup}`)
    expect(await told()).toMatchObject({
      error: topicDenied,
      errorMessage:
        'The described group uses topics that the client is not authorized to describe.',
      members: [],
      topology: null,
    })
    await broker.allow(`write topic ${topic.name}`)
    expect(await told()).toMatchObject({ error: 'NONE', authorizedOperations: 2 ** 6 + 2 ** 8 })
  })
})
