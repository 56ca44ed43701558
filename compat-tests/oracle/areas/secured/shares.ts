/** What users may do in share groups and streams groups. */
import { shareGroupHeartbeat } from '../../../../protocol/apis/76-share-group-heartbeat.ts'
import { shareGroupDescribe } from '../../../../protocol/apis/77-share-group-describe.ts'
import { shareFetch } from '../../../../protocol/apis/78-share-fetch.ts'
import { shareAcknowledge } from '../../../../protocol/apis/79-share-acknowledge.ts'
import * as beginnings from '../../../../protocol/apis/83-initialize-share-group-state.ts'
import { readShareGroupState } from '../../../../protocol/apis/84-read-share-group-state.ts'
import { writeShareGroupState } from '../../../../protocol/apis/85-write-share-group-state.ts'
import { deleteShareGroupState } from '../../../../protocol/apis/86-delete-share-group-state.ts'
import * as summaries from '../../../../protocol/apis/87-read-share-group-state-summary.ts'
import { streamsGroupHeartbeat } from '../../../../protocol/apis/88-streams-group-heartbeat.ts'
import { streamsGroupDescribe } from '../../../../protocol/apis/89-streams-group-describe.ts'
import * as described from '../../../../protocol/apis/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from '../../../../protocol/apis/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from '../../../../protocol/apis/92-delete-share-group-offsets.ts'
import { errorName, errors } from '../../../../protocol/errors.ts'
import { guarded, type Need } from '../../guarded.ts'
import type { Session, Topic } from '../../session.ts'
import { append, batchOf } from '../../log.ts'
import { awaitShareState } from '../../share-state.ts'
import { coordinated } from '../streams-groups.ts'
import { twoTopics } from './topics.ts'

const { describeShareGroupOffsets } = described
const { initializeShareGroupState } = beginnings
const { readShareGroupStateSummary } = summaries

const read: Need = ['read', 'group', 'g']
const describe: Need = ['describe', 'group', 'g']
const readTopic: Need = ['read', 'topic']
const describeTopic: Need = ['describe', 'topic']
const describeOther: Need = ['describe', 'topic', 'b']
const clusterAction: Need[] = [['clusterAction', 'cluster']]

function joining(s: Session<never>, topics: readonly Topic[]) {
  const subscribedTopicNames = topics.map(({ name }) => name)
  return { groupId: s.name('g'), memberId: 'm', memberEpoch: 0, subscribedTopicNames }
}

/** The group g has begun with two topics. */
async function begun(s: Session<never>): Promise<[Topic, Topic]> {
  const topics = await twoTopics(s)
  for (const topic of topics) await awaitShareState(s, topic)
  const groupId = s.name('g')
  const partitions = [{ partitionIndex: 0, startOffset: 0 }]
  const request = { groupId, topics: topics.map(({ name }) => ({ topicName: name, partitions })) }
  await s.until(async () => {
    const { errorCode, responses } = await s.get(alterShareGroupOffsets, request)
    if (errorCode !== 0) throw new Error(`alter: ${errorName(errorCode)}`)
    return responses.every(topic => topic.partitions[0]!.errorCode === errors.NONE)
  })
  await s.until(async () => {
    const { groups } = await s.get(describeShareGroupOffsets, {
      groups: [{ groupId, topics: null }],
    })
    return groups[0]!.topics.length === topics.length
  })
  return topics
}

/** A member of the group that has both topics. */
async function memberOfTwo(s: Session<never>): Promise<void> {
  const topics = await begun(s)
  let memberEpoch = 0
  await s.until(async () => {
    const answer = await s.get(shareGroupHeartbeat, { ...joining(s, topics), memberEpoch })
    if (answer.errorCode !== 0) throw new Error(`heartbeat: ${errorName(answer.errorCode)}`)
    memberEpoch = answer.memberEpoch
    return answer.assignment?.topicPartitions.length === 2
  })
}

function sharing(s: Session<never>, topics: readonly Topic[]) {
  const partitions = [{ partitionIndex: 0, acknowledgementBatches: [] }]
  return {
    groupId: s.name('g'),
    memberId: 'AAAAAAAAAAAAAAAAAAAAbQ',
    shareSessionEpoch: 0,
    topics: topics.map(({ id }) => ({ topicId: id, partitions })),
  }
}

const anotherMember = 'AAAAAAAAAAAAAAAAAAAAcQ'
const limits = { maxWaitMs: 500, minBytes: 1, maxBytes: 1000, maxRecords: 10, batchSize: 10 }

const shares = [
  ...guarded(shareGroupHeartbeat, 'of topics', [read, describeTopic, describeOther], async s => {
    await s.ask(joining(s, await begun(s)))
  }),
  ...guarded(shareGroupHeartbeat, 'of an unknown topic', [read], s => {
    return joining(s, [{ name: s.name('unknown'), id: '' }])
  }),
  ...guarded(shareGroupDescribe, 'a group', [describe, describeTopic, describeOther], async s => {
    await memberOfTwo(s)
    return { groupIds: [s.name('g'), s.name('h')], includeAuthorizedOperations: true }
  }),
  ...guarded(shareFetch, 'of a topic', [read, readTopic], async s => {
    const [topic] = await begun(s)
    await append(s, topic, batchOf(['for another']))
    // Kafka reads the state in the background; whoever asks meanwhile gets nothing.
    const fetching = { ...sharing(s, [topic]), ...limits, forgottenTopicsData: [] }
    await s.until(async () => {
      const { responses } = await s.get(shareFetch, { ...fetching, memberId: anotherMember })
      return (responses[0]?.partitions[0]?.acquiredRecords.length ?? 0) > 0
    })
    await append(s, topic, batchOf(['for the user']))
    return fetching
  }),
  ...guarded(
    shareFetch,
    'without rights to a second topic',
    [read, ['read', 'topic', 'c']],
    async s => {
      return { ...sharing(s, await begun(s)), ...limits, forgottenTopicsData: [] }
    },
  ),
  ...guarded(shareAcknowledge, 'of two topics', [read, readTopic], async s => {
    return sharing(s, await begun(s))
  }),
  ...guarded(shareAcknowledge, 'in a session', [read, readTopic], async s => {
    return { ...sharing(s, await begun(s)), shareSessionEpoch: 1 }
  }),
  ...guarded(describeShareGroupOffsets, 'of two topics', [describe, describeTopic], async s => {
    const topics = (await begun(s)).map(({ name: topicName }) => ({ topicName, partitions: [0] }))
    const [groupId, other] = [s.name('g'), s.name('h')]
    return {
      groups: [
        { groupId, topics },
        { groupId: other, topics },
      ],
    }
  }),
  ...guarded(describeShareGroupOffsets, 'of all topics', [describe, describeTopic], async s => {
    await begun(s)
    return { groups: [{ groupId: s.name('g'), topics: null }] }
  }),
  ...guarded(alterShareGroupOffsets, 'of two topics', [read, readTopic], async s => {
    const partitions = [{ partitionIndex: 0, startOffset: 0 }]
    const topics = (await begun(s)).map(({ name: topicName }) => ({ topicName, partitions }))
    return { groupId: s.name('g'), topics }
  }),
  ...guarded(
    deleteShareGroupOffsets,
    'of two topics',
    [['delete', 'group', 'g'], readTopic],
    async s => {
      const topics = (await begun(s)).map(({ name: topicName }) => ({ topicName }))
      return { groupId: s.name('g'), topics }
    },
  ),
]

/** Share groups' state, which is the brokers'. */
function states<Partition>(partition: Partition) {
  return async <In, Out>(s: Session<In, Out>) => {
    const [{ id: topicId }] = await begun(s)
    return { groupId: s.name('g'), topics: [{ topicId, partitions: [partition] }] }
  }
}

const epochs = { partition: 0, stateEpoch: 0, leaderEpoch: 0, startOffset: 0 }

const ofBrokers = [
  ...guarded(initializeShareGroupState, 'by a broker', clusterAction, states(epochs)),
  ...guarded(readShareGroupState, 'by a broker', clusterAction, states(epochs)),
  ...guarded(
    writeShareGroupState,
    'by a broker',
    clusterAction,
    states({ ...epochs, stateBatches: [] }),
  ),
  ...guarded(deleteShareGroupState, 'by a broker', clusterAction, states(epochs)),
  ...guarded(readShareGroupStateSummary, 'by a broker', clusterAction, states(epochs)),
]

function copying(s: Session<never>, source: string, internals: readonly string[] = []) {
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: [source],
    sourceTopicRegex: [],
    stateChangelogTopics: internals.map(name => {
      return { name, partitions: 0, replicationFactor: 0, topicConfigs: [] }
    }),
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  return {
    groupId: s.name(),
    memberId: 'm',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    topology: { epoch: 0, subtopologies: [subtopology] },
    processId: 'p',
    clientTags: [],
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
  }
}

const readOwn: Need = ['read', 'group']
const changelog: Need = ['describe', 'topic', 'log']
const streams = [
  ...guarded(streamsGroupHeartbeat, 'of a topic', [readOwn, describeTopic], async s => {
    const { name } = await s.topic()
    await coordinated(s)
    await s.ask(copying(s, name))
  }),
  ...guarded(
    streamsGroupHeartbeat,
    'with a topic to be created',
    [readOwn, describeTopic, changelog, ['create', 'topic', 'log']],
    async s => {
      const { name } = await s.topic()
      await coordinated(s)
      await s.ask(copying(s, name, [s.name('log')]))
    },
  ),
  ...guarded(
    streamsGroupHeartbeat,
    'with a topic, created by the cluster',
    [readOwn, describeTopic, changelog, ['create', 'cluster']],
    async s => {
      const { name } = await s.topic()
      await coordinated(s)
      await s.ask(copying(s, name, [s.name('log')]))
    },
  ),
  ...guarded(streamsGroupDescribe, 'a group', [['describe', 'group'], describeTopic], async s => {
    const { name } = await s.topic()
    await coordinated(s)
    await s.until(async () => {
      return (await s.get(streamsGroupHeartbeat, copying(s, name))).errorCode === 0
    })
    return { groupIds: [s.name(), s.name('h')], includeAuthorizedOperations: true }
  }),
]

export const securedSharesScenarios = [...shares, ...ofBrokers, ...streams]
