/** What of groups users may see, take part in, and change. */
import { offsetCommit } from '../../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../../../protocol/apis/16-list-groups.ts'
import { deleteGroups } from '../../../../protocol/apis/42-delete-groups.ts'
import { offsetDelete } from '../../../../protocol/apis/47-offset-delete.ts'
import { consumerGroupHeartbeat } from '../../../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../../../protocol/apis/69-consumer-group-describe.ts'
import { errorName } from '../../../../protocol/errors.ts'
import { becomeMember, join, joining } from '../../group.ts'
import { guarded, type Need } from '../../guarded.ts'
import type { Session, Topic } from '../../session.ts'
import { awaitShareState } from '../../share-state.ts'
import { twoTopics } from './topics.ts'

const read: Need = ['read', 'group', 'g']
const describe: Need = ['describe', 'group', 'g']
const remove: Need = ['delete', 'group', 'g']
const readTopic: Need = ['read', 'topic']
const describeTopic: Need = ['describe', 'topic']
const describeOther: Need = ['describe', 'topic', 'b']

function committed({ name, id }: Topic) {
  const partition = { partitionIndex: 0, committedOffset: 3, committedMetadata: '' }
  return { name, topicId: id, partitions: [partition] }
}

/** The group g has offsets of two topics. */
async function twoOffsets(s: Session<never>): Promise<[Topic, Topic]> {
  const topics = await twoTopics(s)
  const request = { groupId: s.name('g'), topics: topics.map(committed) }
  const answer = await s.get(offsetCommit, request)
  for (const { partitions } of answer.topics) {
    const { errorCode } = partitions[0]!
    if (errorCode !== 0) throw new Error(`commit: ${errorName(errorCode)}`)
  }
  return topics
}

const offsets = [
  ...guarded(
    offsetCommit,
    'of two topics',
    [read, readTopic],
    async s => {
      const unknown = { name: s.name('unknown'), id: 'AAAAAAAAAAAAAAAAAAAAZQ' }
      return { groupId: s.name('g'), topics: [...(await twoTopics(s)), unknown].map(committed) }
    },
    { since: 2 },
  ),
  ...guarded(
    offsetFetch,
    'of two topics',
    [describe, describeTopic],
    async s => {
      const topics = (await twoOffsets(s)).map(({ name, id: topicId }) => {
        return { name, topicId, partitionIndexes: [0] }
      })
      const groupId = s.name('g')
      return {
        groupId,
        topics,
        groups: [
          { groupId, topics },
          { groupId: s.name('h'), topics },
        ],
      }
    },
    { since: 1 },
  ),
  ...guarded(
    offsetFetch,
    'of all topics',
    [describe, describeTopic],
    async s => {
      await twoOffsets(s)
      const groupId = s.name('g')
      return { groupId, topics: null, groups: [{ groupId, topics: null }] }
    },
    { since: 2 },
  ),
  ...guarded(offsetDelete, 'of two topics', [remove, readTopic], async s => {
    const partitions = [{ partitionIndex: 0 }]
    const topics = (await twoOffsets(s)).map(({ name }) => ({ name, partitions }))
    return { groupId: s.name('g'), topics: [...topics, { name: s.name('unknown'), partitions }] }
  }),
]

const classic = [
  ...guarded(findCoordinator, 'of a group', [describe], s => {
    return { key: s.name('g'), keyType: 0, coordinatorKeys: [s.name('g'), s.name('h')] }
  }),
  ...guarded(
    findCoordinator,
    'of a transactional id',
    [['describe', 'transactionalId', 't']],
    s => {
      return { key: s.name('t'), keyType: 1, coordinatorKeys: [s.name('t'), s.name('u')] }
    },
    { since: 1 },
  ),
  ...guarded(
    findCoordinator,
    'of a share partition',
    [['clusterAction', 'cluster']],
    async s => {
      await awaitShareState(s, await s.topic())
      const key = `${s.name('g')}:b2RyYWRlay1vcmFjbGUtMQ:0`
      return { key, keyType: 2, coordinatorKeys: [key] }
    },
    { since: 6 },
  ),
  ...guarded(joinGroup, 'as a member', [read], async s => {
    await s.ask(joining(s.name('g'), { groupInstanceId: s.version < 5 ? null : 'i' }))
  }),
  ...guarded(joinGroup, 'with what is wrong', [read], s => {
    return joining(s.name('g'), { protocols: [], sessionTimeoutMs: 1 })
  }),
  ...guarded(joinGroup, 'an empty group id', [read], () => joining('')),
  ...guarded(syncGroup, 'as the leader', [read], async s => {
    const { memberId, generationId } = await join(s, s.name('g'))
    const names = { protocolType: 'consumer', protocolName: 'range' }
    const assignments = [{ memberId, assignment: Buffer.from('mine') }]
    return { groupId: s.name('g'), generationId, memberId, assignments, ...names }
  }),
  ...guarded(syncGroup, 'without a protocol', [read], s => {
    return { groupId: s.name('g'), generationId: 1, memberId: 'm', assignments: [] }
  }),
  ...guarded(heartbeat, 'as a member', [read], async s => {
    return { groupId: s.name('g'), ...(await becomeMember(s, s.name('g'))) }
  }),
  ...guarded(leaveGroup, 'as a member', [read], async s => {
    const { memberId } = await becomeMember(s, s.name('g'))
    return { groupId: s.name('g'), memberId, members: [{ memberId }, { memberId: 'none' }] }
  }),
  ...guarded(describeGroups, 'two groups', [describe], async s => {
    await becomeMember(s, s.name('g'))
    const groups = [s.name('g'), s.name('h')]
    return { groups, includeAuthorizedOperations: true }
  }),
  ...guarded(describeGroups, 'by who may read', [read], async s => {
    await becomeMember(s, s.name('g'))
    return { groups: [s.name('g')], includeAuthorizedOperations: true }
  }),
  ...guarded(listGroups, 'by the group', [describe], async s => {
    await becomeMember(s, s.name('g'))
    await becomeMember(s, s.name('h'))
    return { typesFilter: [], statesFilter: [] }
  }),
  ...guarded(listGroups, 'by the cluster', [['describe', 'cluster']], async s => {
    await becomeMember(s, s.name('g'))
    return { typesFilter: [], statesFilter: [] }
  }),
  ...guarded(deleteGroups, 'two groups', [remove], async s => {
    await twoOffsets(s)
    return { groupsNames: [s.name('g'), s.name('h')] }
  }),
  ...guarded(deleteGroups, 'the same twice', [remove], async s => {
    await twoOffsets(s)
    return { groupsNames: [s.name('g'), s.name('g')] }
  }),
]

function beat(s: Session<never>, subscribedTopicNames: string[] | null) {
  return {
    groupId: s.name('g'),
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames,
    topicPartitions: [],
  }
}

/** A member of the group that has two topics. */
async function memberOfTwo(s: Session<never>): Promise<void> {
  const names = (await twoTopics(s)).map(({ name }) => name)
  await s.until(async () => {
    const { errorCode, assignment } = await s.get(consumerGroupHeartbeat, beat(s, names))
    if (errorCode !== 0) throw new Error(`heartbeat: ${errorName(errorCode)}`)
    return assignment?.topicPartitions.length === 2
  })
}

const consumers = [
  ...guarded(consumerGroupHeartbeat, 'of topics', [read, describeTopic, describeOther], async s => {
    const names = (await twoTopics(s)).map(({ name }) => name)
    await s.ask({ ...beat(s, names), memberId: 'm' })
  }),
  ...guarded(consumerGroupHeartbeat, 'without topics', [read], s => beat(s, null)),
  ...guarded(consumerGroupHeartbeat, 'of an unknown topic', [read], s => {
    return beat(s, [s.name('unknown')])
  }),
  ...guarded(
    consumerGroupDescribe,
    'a group',
    [describe, describeTopic, describeOther],
    async s => {
      await memberOfTwo(s)
      return { groupIds: [s.name('g'), s.name('h')], includeAuthorizedOperations: true }
    },
  ),
]

export const securedGroupsScenarios = [...offsets, ...classic, ...consumers]
