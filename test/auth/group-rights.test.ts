/** What clients may do in groups and learn of them, by ACLs; on Apache Kafka the same. */
import { beforeAll, describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../protocol/apis/16-list-groups.ts'
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { offsetDelete } from '../../protocol/apis/47-offset-delete.ts'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../protocol/apis/69-consumer-group-describe.ts'
import { joining } from '../handlers/consumer-groups.ts'
import { latest, named, newTopic, settle, uniqueName, versionsOf } from '../handlers/wire.ts'
import { errorsIn, useGuardedBroker } from './guarded-broker.ts'
import { newState, type GuardedState } from './guarded-state.ts'

const broker = useGuardedBroker({ 'group.initial.rebalance.delay.ms': '0' })
const topicDenied = 'TOPIC_AUTHORIZATION_FAILED'
const groupDenied = 'GROUP_AUTHORIZATION_FAILED'
const notAsked = -(2 ** 31)
const unknownId = 'AAAAAAAAAAAAAAAAAAAADQ'
let state: GuardedState

beforeAll(async () => {
  state = await newState(broker.root)
})

describe('OffsetCommit', () => {
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }]

  it.each(versionsOf(offsetCommit))('v%i commits what may be read', async version => {
    const groupId = uniqueName()
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    const missing = { name: uniqueName(), id: unknownId }
    const request = {
      groupId,
      memberId: '',
      topics: [other, mine, missing].map(({ name, id }) => ({ name, topicId: id, partitions })),
    }
    const errors = async () => {
      const { topics } = await broker.alice.request(offsetCommit, version, request)
      const told = new Map(
        topics.map(({ name, topicId, partitions: [answer] }) => [
          version >= 10 ? topicId : name,
          named(answer!).error,
        ]),
      )
      return [other, mine, missing].map(({ name, id }) => told.get(version >= 10 ? id : name))
    }
    await broker.allow(`read topic ${mine.name}`)
    expect(await errors()).toEqual([groupDenied, groupDenied, groupDenied])
    await broker.allow(`read group ${groupId}`)
    const unknown = version >= 10 ? 'UNKNOWN_TOPIC_ID' : topicDenied
    expect(await errors()).toEqual([topicDenied, 'NONE', unknown])
  })
})

describe('OffsetFetch', () => {
  it.each(versionsOf(offsetFetch, { until: 7 }))('v%i refuses the group', async version => {
    const { consumerGroup: groupId, topic } = state
    const topics = [{ name: topic.name, partitionIndexes: [0] }]
    await broker.allow(`read topic ${topic.name}`)
    const answer = await broker.alice.request(offsetFetch, version, { groupId, topics })
    // Older clients look at partitions only.
    if (version < 2) expect(errorsIn(answer)).toEqual([groupDenied])
    else expect(named(answer)).toMatchObject({ error: groupDenied, topics: [] })
  })

  it.each(versionsOf(offsetFetch, { since: 8 }))('v%i refuses groups one by one', async version => {
    const { consumerGroup, topic } = state
    await broker.allow(`describe group ${consumerGroup}`, `describe topic ${topic.name}`)
    const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
    const groups = [uniqueName(), consumerGroup].map(groupId => ({ groupId, topics }))
    const answer = await broker.alice.request(offsetFetch, version, { groups, requireStable: true })
    expect(answer.groups.map(named)).toMatchObject([
      { error: groupDenied, topics: [] },
      { error: 'NONE', topics: [{ partitions: [{ errorCode: 0, committedOffset: 1 }] }] },
    ])
  })

  it.each(versionsOf(offsetFetch, { since: 2 }))('v%i hides topics', async version => {
    const { consumerGroup: groupId, topic } = state
    await broker.allow(`describe group ${groupId}`)
    const fetched = async (
      which: { name: string; topicId: string; partitionIndexes: number[] }[] | null,
    ) => {
      const request =
        version < 8 ? { groupId, topics: which } : { groups: [{ groupId, topics: which }] }
      const answer = await broker.alice.request(offsetFetch, version, request)
      return version < 8 ? answer.topics : answer.groups[0]!.topics
    }
    const asked = { name: topic.name, topicId: topic.id, partitionIndexes: [0] }
    const [refused] = await fetched([asked])
    expect(named(refused!.partitions[0]!)).toMatchObject({
      error: topicDenied,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: '',
    })
    expect(await fetched(null)).toEqual([])
    await broker.allow(`describe topic ${topic.name}`)
    expect(await fetched(null)).toMatchObject([{ partitions: [{ committedOffset: 1 }] }])
  })

  it('says of an id first that there is no such topic', async () => {
    const { consumerGroup: groupId } = state
    await broker.allow(`describe group ${groupId}`)
    const topics = [{ topicId: unknownId, partitionIndexes: [0] }]
    const answer = await broker.alice.request(offsetFetch, 10, { groups: [{ groupId, topics }] })
    expect(errorsIn(answer)).toEqual(['UNKNOWN_TOPIC_ID'])
  })
})

describe('FindCoordinator', () => {
  it.each(versionsOf(findCoordinator, { until: 3 }))('v%i refuses', async version => {
    const answer = await broker.alice.request(findCoordinator, version, { key: uniqueName() })
    expect(named(answer)).toMatchObject({ error: groupDenied, nodeId: -1, host: '', port: -1 })
  })

  it('refuses keys one by one, but all that only brokers may ask for', async () => {
    const [mine, other] = [uniqueName(), uniqueName()]
    await broker.allow(`describe group ${mine}`, `describe transactionalId ${mine}`)
    const errors = async (keyType: number, coordinatorKeys: string[]) => {
      const request = { keyType, coordinatorKeys }
      const { coordinators } = await broker.alice.request(findCoordinator, 6, request)
      return coordinators.map(each => named(each).error)
    }
    expect(await errors(0, [other, mine])).toEqual([groupDenied, 'NONE'])
    expect(await errors(1, [other, mine])).toEqual([
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      'NONE',
    ])
    const clusterDenied = 'CLUSTER_AUTHORIZATION_FAILED'
    expect(await errors(2, ['no key', 'neither'])).toEqual([clusterDenied, clusterDenied])
  })
})

describe('members', () => {
  const join = {
    memberId: 'm',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
  }

  it.each(versionsOf(joinGroup))('of JoinGroup v%i are denied without an id', async version => {
    const groupId = uniqueName()
    const answer = await broker.alice.request(joinGroup, version, { groupId, ...join })
    expect(named(answer)).toMatchObject({
      error: groupDenied,
      memberId: '',
      leader: '',
      generationId: -1,
      members: [],
      protocolName: version >= 7 ? null : '',
    })
  })

  it('are told of a missing protocol before they are denied', async () => {
    const request = { groupId: uniqueName(), generationId: 1, memberId: 'm', assignments: [] }
    const errors = []
    for (const version of [4, 5]) {
      errors.push(named(await broker.alice.request(syncGroup, version, request)).error)
    }
    expect(errors).toEqual([groupDenied, 'INCONSISTENT_GROUP_PROTOCOL'])
  })
})

describe('DescribeGroups', () => {
  it('refuses groups one by one, and tells what may be done to the others', async () => {
    const [mine, other] = [uniqueName(), uniqueName()]
    await broker.allow(`delete group ${mine}`)
    const request = { groups: [mine, other], includeAuthorizedOperations: true }
    const { groups } = await broker.alice.request(describeGroups, 5, request)
    const told = new Map(groups.map(group => [group.groupId, named(group)]))
    expect(told.get(mine)).toMatchObject({
      groupState: 'Dead',
      authorizedOperations: 2 ** 6 + 2 ** 8,
    })
    const refusal = { error: groupDenied, groupState: '', authorizedOperations: notAsked }
    expect(told.get(other)).toMatchObject(refusal)
  })
})

describe('ListGroups', () => {
  const list = async () => {
    const { errorCode, groups } = await broker.alice.request(listGroups, latest(listGroups), {})
    expect(errorCode).toBe(0)
    return groups.map(({ groupId }) => groupId)
  }

  it('lists groups that may be described', async () => {
    const { consumerGroup, shareGroup } = state
    expect(await list()).toEqual([])
    await broker.allow(`read group ${consumerGroup}`)
    expect(await list()).toEqual([consumerGroup])
    await broker.allow('describe cluster kafka-cluster')
    expect(await list()).toEqual(expect.arrayContaining([consumerGroup, shareGroup]))
  })
})

it('DeleteGroups refuses groups one by one', async () => {
  const [mine, other] = [uniqueName(), uniqueName()]
  await broker.allow(`delete group ${mine}`, `all topic *`)
  const request = { groupsNames: [other, mine, other] }
  const { results } = await broker.alice.request(deleteGroups, latest(deleteGroups), request)
  expect(results.map(named)).toEqual([
    { error: 'GROUP_ID_NOT_FOUND', groupId: mine },
    { error: groupDenied, groupId: other },
  ])
})

it('OffsetDelete refuses topics one by one', async () => {
  const groupId = uniqueName()
  const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }]
  const committed = [mine, other].map(({ name }) => ({ name, partitions }))
  await broker.root.request(offsetCommit, 9, { groupId, memberId: '', topics: committed })
  await broker.allow(`delete group ${groupId}`, `read topic ${mine.name}`)
  const asked = [other, mine, { name: uniqueName() }].map(({ name }) => {
    return { name, partitions: [{ partitionIndex: 0 }] }
  })
  const answer = await broker.alice.request(offsetDelete, 0, { groupId, topics: asked })
  const told = new Map(answer.topics.map(topic => [topic.name, errorsIn(topic)]))
  expect(asked.map(({ name }) => told.get(name))).toEqual([[topicDenied], [], [topicDenied]])
})

describe('ConsumerGroupHeartbeat', () => {
  const ask = async (groupId: string, fields: object) => {
    const request = { groupId, memberId: 'm', ...joining, ...fields }
    return named(await broker.alice.request(consumerGroupHeartbeat, 1, request))
  }

  it('takes nobody who may not know all the topics that it names', async () => {
    const [groupId, mine] = [uniqueName(), await newTopic(broker.root)]
    const names = { subscribedTopicNames: [mine.name, uniqueName()] }
    await broker.allow(`describe topic ${mine.name}`)
    const refusal = { errorMessage: null, memberEpoch: 0, assignment: null }
    expect(await ask(groupId, names)).toMatchObject({ error: groupDenied, ...refusal })
    await broker.allow(`read group ${groupId}`)
    expect(await ask(groupId, names)).toMatchObject({ error: topicDenied, ...refusal })
    const few = { subscribedTopicNames: [mine.name] }
    expect(await ask(groupId, few)).toMatchObject({ error: 'NONE', memberEpoch: 2 })
  })

  it('gives those who subscribe by a pattern what they may know of', async () => {
    const [groupId, prefix] = [uniqueName(), uniqueName()]
    const mine = await newTopic(broker.root, { name: `${prefix}-mine` })
    await newTopic(broker.root, { name: `${prefix}-other` })
    await broker.allow(`read group ${groupId}`, `describe topic ${mine.name}`)
    let answer = await ask(groupId, { subscribedTopicRegex: `${prefix}.*` })
    let assigned = answer.assignment
    await settle(async () => {
      answer = await ask(groupId, { memberEpoch: answer.memberEpoch, topicPartitions: null })
      assigned = answer.assignment ?? assigned
      return (assigned?.topicPartitions.length ?? 0) > 0
    })
    expect(assigned?.topicPartitions).toEqual([{ topicId: mine.id, partitions: [0] }])
  })
})

it('ConsumerGroupDescribe tells of groups only with all their topics', async () => {
  const { consumerGroup, topic } = state
  const describeBoth = async () => {
    const request = { groupIds: [consumerGroup, uniqueName()], includeAuthorizedOperations: true }
    const { groups } = await broker.alice.request(consumerGroupDescribe, 1, request)
    const told = groups.map(named)
    return [told.find(({ groupId }) => groupId === consumerGroup), ...told]
  }
  const nothing = { groupState: '', members: [], authorizedOperations: notAsked }
  await broker.allow(`describe topic ${topic.name}`)
  for (const group of await describeBoth()) {
    expect(group).toMatchObject({ error: groupDenied, errorMessage: null, ...nothing })
  }
  await broker.allow(`read group ${consumerGroup}`)
  const [told] = await describeBoth()
  expect(told).toMatchObject({ error: 'NONE', authorizedOperations: 2 ** 3 + 2 ** 8 })
  expect(told!.members).toHaveLength(1)
  await broker.deny(`describe topic ${topic.name}`)
  const [hidden] = await describeBoth()
  const errorMessage =
    'The group has described topic(s) that the client is not authorized to describe.'
  expect(hidden).toMatchObject({ error: topicDenied, errorMessage, ...nothing })
})
