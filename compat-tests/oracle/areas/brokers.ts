/** What only several brokers show: who leads, who coordinates, and how that moves. */
import { produce } from '../../../protocol/apis/00-produce.ts'
import { fetch } from '../../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../../protocol/apis/02-list-offsets.ts'
import { metadata } from '../../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../../protocol/apis/15-describe-groups.ts'
import { createTopics } from '../../../protocol/apis/19-create-topics.ts'
import { deleteRecords } from '../../../protocol/apis/21-delete-records.ts'
import { offsetForLeaderEpoch } from '../../../protocol/apis/23-offset-for-leader-epoch.ts'
import { createPartitions } from '../../../protocol/apis/37-create-partitions.ts'
import { electLeaders } from '../../../protocol/apis/43-elect-leaders.ts'
import { alterReassignments } from '../../../protocol/apis/45-alter-partition-reassignments.ts'
import { listReassignments } from '../../../protocol/apis/46-list-partition-reassignments.ts'
import { describeCluster } from '../../../protocol/apis/60-describe-cluster.ts'
import { describeTopicPartitions } from '../../../protocol/apis/75-describe-topic-partitions.ts'
import { joining } from '../group.ts'
import { batchOf } from '../log.ts'
import { scenarios } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'

const three = { setting: 'three brokers' } as const
/** Connections, by the broker they go to. */
const [to1, to2, to3] = [0, 1, 2] as const

/** A topic with these replicas for its partitions; the first of each leads. */
function assigned(s: Session<never>, ...replicas: readonly number[][]): Promise<Topic> {
  return s.topic({
    assignments: replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
  })
}

function manual(...replicas: readonly number[][]) {
  const assignments = replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
  return { numPartitions: -1, replicationFactor: -1, assignments, configs: [] }
}

const leaders = [
  ...scenarios(
    produce,
    {
      'brokers: to one that does not lead': async s => {
        const { name, id } = await assigned(s, [2, 3])
        const partitionData = [{ index: 0, records: batchOf(['a']) }]
        const topicData = [{ name, topicId: id, partitionData }]
        for (const on of [to1, to2, to3]) {
          await s.ask({ acks: -1, timeoutMs: 9999, topicData }, on)
        }
      },
    },
    three,
  ),
  ...scenarios(
    fetch,
    {
      'brokers: from one that does not lead': async s => {
        const { name, id } = await assigned(s, [2, 3])
        const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 9999 }]
        const topics = [{ topic: name, topicId: id, partitions }]
        const limits = { maxWaitMs: 0, minBytes: 0, isolationLevel: 0 }
        for (const on of [to1, to2]) {
          await s.ask({ ...limits, topics, forgottenTopicsData: [] }, on)
        }
      },
    },
    three,
  ),
  ...scenarios(
    listOffsets,
    {
      'brokers: of one that does not lead': async s => {
        const { name } = await assigned(s, [2, 3])
        const partitions = [{ partitionIndex: 0, timestamp: -1 }]
        for (const on of [to1, to2, to3]) {
          await s.ask({ replicaId: -1, topics: [{ name, partitions }] }, on)
        }
      },
    },
    three,
  ),
  ...scenarios(
    offsetForLeaderEpoch,
    {
      'brokers: of one that does not lead': async s => {
        const { name } = await assigned(s, [2, 3])
        const partitions = [{ partition: 0, leaderEpoch: 0 }]
        for (const on of [to1, to2, to3]) {
          await s.ask({ replicaId: -1, topics: [{ topic: name, partitions }] }, on)
        }
      },
    },
    three,
  ),
  ...scenarios(
    deleteRecords,
    {
      'brokers: on one that does not lead': async s => {
        const { name } = await assigned(s, [2, 3])
        const topics = [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }]
        for (const on of [to1, to2, to3]) await s.ask({ topics, timeoutMs: 9999 }, on)
      },
    },
    three,
  ),
]

const places = [
  ...scenarios(
    metadata,
    {
      'brokers: of a topic with replicas': async s => {
        const { name } = await assigned(s, [1, 2], [2, 3], [3, 1])
        await s.ask({ topics: [{ name }], allowAutoTopicCreation: false }, to1)
        await s.ask({ topics: [{ name }], allowAutoTopicCreation: false }, to3)
      },
    },
    three,
  ),
  ...scenarios(
    describeTopicPartitions,
    {
      'brokers: of a topic with replicas': async s => {
        const { name } = await assigned(s, [1, 2], [2, 3], [3, 1])
        return { topics: [{ name }], responsePartitionLimit: 2000 }
      },
    },
    three,
  ),
  ...scenarios(
    describeCluster,
    { 'brokers: all of them': () => ({ includeClusterAuthorizedOperations: false }) },
    three,
  ),
  ...scenarios(
    createTopics,
    {
      'brokers: as many replicas as brokers': s => {
        const count = { numPartitions: 2, replicationFactor: 3 }
        return { topics: [{ name: s.name(), ...count, assignments: [], configs: [] }] }
      },
      'brokers: more replicas than brokers': s => {
        const count = { numPartitions: 2, replicationFactor: 4 }
        return { topics: [{ name: s.name(), ...count, assignments: [], configs: [] }] }
      },
      'brokers: assigned by hand': s => {
        return { topics: [{ name: s.name(), ...manual([3, 1], [2, 3]) }] }
      },
      'brokers: assigned with different factors': s => {
        return { topics: [{ name: s.name(), ...manual([3, 1], [2]) }] }
      },
      'brokers: assigned to an unknown one': s => {
        return { topics: [{ name: s.name(), ...manual([3, 4]) }] }
      },
      'brokers: assigned to one twice': s => {
        return { topics: [{ name: s.name(), ...manual([3, 3]) }] }
      },
    },
    three,
  ),
  ...scenarios(
    createPartitions,
    {
      'brokers: more of them, by hand': async s => {
        const { name } = await assigned(s, [1, 2])
        const assignments = [{ brokerIds: [3, 2] }]
        await s.ask({
          topics: [{ name, count: 2, assignments }],
          timeoutMs: 9999,
          validateOnly: false,
        })
        await s.usable(name, 2)
        await s.also(metadata, { topics: [{ name }], allowAutoTopicCreation: false })
      },
      'brokers: more of them, with another factor': async s => {
        const { name } = await assigned(s, [1, 2])
        const assignments = [{ brokerIds: [3] }]
        return { topics: [{ name, count: 2, assignments }], timeoutMs: 9999, validateOnly: false }
      },
    },
    three,
  ),
]

function reassigning(name: string, replicas: readonly number[] | null) {
  return { topics: [{ name, partitions: [{ partitionIndex: 0, replicas }] }], timeoutMs: 9999 }
}

/** Waits until nothing moves any more, and says where it is. */
async function arrived(s: Session<never>, { name }: Topic): Promise<void> {
  await s.until(async () => {
    return (await s.get(listReassignments, { topics: null, timeoutMs: 9999 })).topics.length === 0
  })
  await s.settled()
  await s.also(metadata, { topics: [{ name }], allowAutoTopicCreation: false })
}

const moves = [
  ...scenarios(
    alterReassignments,
    {
      'brokers: to another': async s => {
        const topic = await assigned(s, [1])
        await s.ask(reassigning(topic.name, [2]))
        await arrived(s, topic)
      },
      'brokers: to more': async s => {
        const topic = await assigned(s, [1])
        await s.ask(reassigning(topic.name, [1, 2, 3]))
        await arrived(s, topic)
      },
      'brokers: to fewer': async s => {
        const topic = await assigned(s, [1, 2, 3])
        await s.ask(reassigning(topic.name, [3]))
        await arrived(s, topic)
      },
      'brokers: to the same in another order': async s => {
        const topic = await assigned(s, [1, 2, 3])
        await s.ask(reassigning(topic.name, [3, 2, 1]))
        await arrived(s, topic)
      },
      'brokers: to one that there is not': async s => {
        const topic = await assigned(s, [1, 2])
        await s.ask(reassigning(topic.name, [1, 4]))
        await arrived(s, topic)
      },
    },
    { ...three, alone: true },
  ),
  ...scenarios(
    alterReassignments,
    {
      'brokers: to more, where no other number may be': async s => {
        const { name } = await assigned(s, [1])
        return { ...reassigning(name, [1, 2]), allowReplicationFactorChange: false }
      },
    },
    { ...three, since: 1 },
  ),
  ...scenarios(
    electLeaders,
    {
      'brokers: the preferred one': async s => {
        const topic = await assigned(s, [1, 2, 3])
        await s.get(alterReassignments, reassigning(topic.name, [2, 1, 3]))
        await s.until(async () => {
          const request = { topics: [topic.name], partitionIndexes: [0] }
          const names = request.topics.map(name => ({ name, partitionIndexes: [0] }))
          const asked = { topics: names, timeoutMs: 9999 }
          return (await s.get(listReassignments, asked)).topics.length === 0
        })
        const topicPartitions = [{ topic: topic.name, partitions: [0] }]
        await s.ask({ electionType: 0, topicPartitions, timeoutMs: 9999 })
        await arrived(s, topic)
        await s.ask({ electionType: 0, topicPartitions, timeoutMs: 9999 })
      },
    },
    { ...three, alone: true },
  ),
]

/** The connection to a broker that does not coordinate a group. */
async function notToCoordinator(s: Session<never>, groupId: string): Promise<number> {
  const { coordinators } = await s.get(findCoordinator, { keyType: 0, coordinatorKeys: [groupId] })
  // Broker n is on connection n - 1; this is the one after it.
  return coordinators[0]!.nodeId % 3
}

const names = { protocolType: 'consumer', protocolName: 'range' }
const member = { memberId: 'who', generationId: 1 }

const coordinators = [
  ...scenarios(
    joinGroup,
    {
      'brokers: at another than the coordinator': async s => {
        await s.ask(joining(s.name()), await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
  ...scenarios(
    syncGroup,
    {
      'brokers: at another than the coordinator': async s => {
        const request = { groupId: s.name(), ...member, ...names, assignments: [] }
        await s.ask(request, await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
  ...scenarios(
    heartbeat,
    {
      'brokers: at another than the coordinator': async s => {
        await s.ask({ groupId: s.name(), ...member }, await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
  ...scenarios(
    leaveGroup,
    {
      'brokers: at another than the coordinator': async s => {
        const { memberId } = member
        const request = { groupId: s.name(), memberId, members: [{ memberId }] }
        await s.ask(request, await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
  ...scenarios(
    describeGroups,
    {
      'brokers: at another than the coordinator': async s => {
        const request = { groups: [s.name()], includeAuthorizedOperations: false }
        await s.ask(request, await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
  ...scenarios(
    offsetCommit,
    {
      'brokers: at another than the coordinator': async s => {
        const { name, id } = await assigned(s, [1])
        const offset = { partitionIndex: 0, committedOffset: 1, committedMetadata: '' }
        const topics = [{ name, topicId: id, partitions: [offset] }]
        await s.ask({ groupId: s.name(), topics }, await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
  ...scenarios(
    offsetFetch,
    {
      'brokers: at another than the coordinator': async s => {
        const { name, id } = await assigned(s, [1])
        const topics = [{ name, topicId: id, partitionIndexes: [0] }]
        const groups = [{ groupId: s.name(), topics }]
        const request = { groupId: s.name(), topics, groups, requireStable: false }
        await s.ask(request, await notToCoordinator(s, s.name()))
      },
    },
    three,
  ),
]

export const brokersScenarios = [...leaders, ...places, ...moves, ...coordinators]
