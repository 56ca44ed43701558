import { findCoordinator } from '../../../protocol/apis/10-find-coordinator.ts'
import { deleteGroups } from '../../../protocol/apis/42-delete-groups.ts'
import { describeGroups } from '../../../protocol/apis/15-describe-groups.ts'
import { heartbeat } from '../../../protocol/apis/12-heartbeat.ts'
import { joinGroup } from '../../../protocol/apis/11-join-group.ts'
import { leaveGroup } from '../../../protocol/apis/13-leave-group.ts'
import { listGroups } from '../../../protocol/apis/16-list-groups.ts'
import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import { offsetDelete } from '../../../protocol/apis/47-offset-delete.ts'
import { consumerGroupHeartbeat } from '../../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../../protocol/apis/69-consumer-group-describe.ts'
import { shareGroupHeartbeat } from '../../../protocol/apis/76-share-group-heartbeat.ts'
import { shareGroupDescribe } from '../../../protocol/apis/77-share-group-describe.ts'
import { streamsGroupDescribe } from '../../../protocol/apis/89-streams-group-describe.ts'
import * as described from '../../../protocol/apis/90-describe-share-group-offsets.ts'
import { alterShareGroupOffsets } from '../../../protocol/apis/91-alter-share-group-offsets.ts'
import { deleteShareGroupOffsets } from '../../../protocol/apis/92-delete-share-group-offsets.ts'
import { errorName, errors } from '../../../protocol/errors.ts'
import type { Input } from '../../../protocol/schema.ts'
import { becomeMember, joining } from '../group.ts'
import { scenarios, type Script } from '../scenario.ts'
import { awaitShareState } from '../share-state.ts'
import type { Session, Topic } from '../session.ts'

const { describeShareGroupOffsets } = described

type HeartbeatRequest = Input<typeof shareGroupHeartbeat.request>
type DescribeOffsetsRequest = Input<typeof describeShareGroupOffsets.request>
type AlterRequest = Input<typeof alterShareGroupOffsets.request>
type DeleteRequest = Input<typeof deleteShareGroupOffsets.request>

/** By default of a member that joins and subscribes to a topic that there is not. */
function beat(s: Session<never>, fields: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  const subscribedTopicNames = [s.name('nothing')]
  return { groupId: s.name(), memberId: 'm', memberEpoch: 0, subscribedTopicNames, ...fields }
}

/** Waits until the group's coordinator is there: Kafka creates the topic of groups first. */
async function coordinated(s: Session<never>, groupId = s.name()): Promise<void> {
  await s.until(async () => {
    const request = { keyType: 0, coordinatorKeys: [groupId] }
    const { coordinators } = await s.get(findCoordinator, request)
    return coordinators[0]!.errorCode === errors.NONE
  })
  await s.until(async () => {
    const request = { ...beat(s, { groupId, memberEpoch: 1 }), subscribedTopicNames: null }
    const { errorCode } = await s.get(shareGroupHeartbeat, request)
    return errorCode !== errors.NOT_COORDINATOR && errorCode !== errors.COORDINATOR_LOAD_IN_PROGRESS
  })
}

/** A topic that the coordinators of groups and of their state know: each hears of it by itself. */
async function topicOf(s: Session<never>, fields: Parameters<typeof s.topic>[0] = {}) {
  const topic = await s.topic(fields)
  await coordinated(s)
  await awaitShareState(s, topic)
  await s.until(async () => {
    const topics = [{ topicName: topic.name, partitions: [0] }]
    const request = { groups: [{ groupId: s.name('unknown'), topics }] }
    const { groups } = await s.get(describeShareGroupOffsets, request)
    return groups[0]!.topics[0]!.topicId === topic.id
  })
  return topic
}

/** Joins, and heartbeats until all of the topic is assigned; the epoch of the member. */
async function member(s: Session<never>, topic?: Topic, memberId = 'm'): Promise<number> {
  await coordinated(s)
  const subscribedTopicNames = [topic?.name ?? s.name('nothing')]
  let memberEpoch = 0
  await s.until(async () => {
    const request = beat(s, { memberId, memberEpoch, subscribedTopicNames })
    const answer = await s.get(shareGroupHeartbeat, request)
    if (answer.errorCode !== 0) throw new Error(`heartbeat: ${errorName(answer.errorCode)}`)
    memberEpoch = answer.memberEpoch
    return topic === undefined || answer.assignment!.topicPartitions.length > 0
  })
  return memberEpoch
}

async function leave(s: Session<never>, memberId = 'm'): Promise<void> {
  await s.get(shareGroupHeartbeat, beat(s, { memberId, memberEpoch: -1 }))
}

/** Of the group that a case has to itself. */
function beats(
  fields: (s: Session<never>) => Partial<HeartbeatRequest>,
): Script<HeartbeatRequest, unknown> {
  return async s => {
    await coordinated(s)
    return beat(s, fields(s))
  }
}

/** After a member has joined, who has epoch 2. */
function beatsAfter(fields: Partial<HeartbeatRequest>): Script<HeartbeatRequest, unknown> {
  return async s => {
    await member(s)
    return beat(s, fields)
  }
}

const heartbeatScenarios = scenarios(shareGroupHeartbeat, {
  'of a member that joins': beats(() => ({})),
  'with a rack': beats(() => ({ rackId: 'r' })),
  'with an empty rack': beats(() => ({ rackId: '' })),
  'of nobody': beats(() => ({ memberId: '' })),
  'of a member with a blank id': beats(() => ({ memberId: '  ' })),
  'of a member with a long id': beats(() => ({ memberId: 'm'.repeat(36) })),
  'of a member with an id that is too long': beats(() => ({ memberId: 'm'.repeat(37) })),
  'of an empty group id': () => ({ groupId: '', memberId: 'm', memberEpoch: 0 }),
  'of the group __proto__': async s => {
    await coordinated(s, '__proto__')
    return { groupId: '__proto__', memberId: 'm', memberEpoch: 1 }
  },
  'without topics': beats(() => ({ subscribedTopicNames: null })),
  'with an empty list of topics': beats(() => ({ subscribedTopicNames: [] })),
  'with the same topic twice': beats(s => {
    return { subscribedTopicNames: [s.name('x'), s.name('x')] }
  }),
  'with a topic without a name': beats(() => ({ subscribedTopicNames: [''] })),
  'with a topic of no possible name': beats(() => ({ subscribedTopicNames: ['a/b', '..'] })),
  'in epoch 1 of no group': beats(() => ({ memberEpoch: 1 })),
  'in epoch -1 of no group': beats(() => ({ memberEpoch: -1 })),
  'in epoch -2': beats(() => ({ memberEpoch: -2 })),
  'in the epoch of the member': beatsAfter({ memberEpoch: 2 }),
  'in the epoch of the member, with nothing new': beatsAfter({
    memberEpoch: 2,
    subscribedTopicNames: null,
  }),
  'in an epoch to come': beatsAfter({ memberEpoch: 3 }),
  'in an old epoch': beatsAfter({ memberEpoch: 1 }),
  'in epoch 0 again': beatsAfter({}),
  'of an unknown member': beatsAfter({ memberId: 'who', memberEpoch: 2 }),
  'of a member that leaves': beatsAfter({ memberEpoch: -1 }),
  'of a member that drops its topics': beatsAfter({ memberEpoch: 2, subscribedTopicNames: [] }),
  'of an unknown member that leaves': beatsAfter({ memberId: 'who', memberEpoch: -1 }),
  'of a member that has left': async s => {
    await member(s)
    await leave(s)
    return beat(s, { memberEpoch: 2 })
  },
  'of a member that comes again': async s => {
    await member(s)
    await leave(s)
    await s.ask(beat(s))
    await s.also(shareGroupDescribe, { groupIds: [s.name()], includeAuthorizedOperations: false })
  },
  'of a classic group': async s => {
    await becomeMember(s, s.name())
    return beat(s)
  },
  'of a classic group, in epoch 1': async s => {
    await becomeMember(s, s.name())
    return beat(s, { memberEpoch: 1 })
  },
  'of a classic group, leaving': async s => {
    await becomeMember(s, s.name())
    return beat(s, { memberEpoch: -1 })
  },
  'that assigns a topic': async s => {
    const topic = await topicOf(s, { numPartitions: 3, replicationFactor: 1 })
    const memberEpoch = await member(s, topic)
    await s.ask(beat(s, { memberEpoch, subscribedTopicNames: [topic.name] }))
  },
})

const otherProtocols = [
  ...scenarios(joinGroup, {
    'a share group': async s => {
      await member(s)
      return joining(s.name())
    },
  }),
  ...scenarios(heartbeat, {
    'of a share group': async s => {
      await member(s)
      return { groupId: s.name(), memberId: 'm', generationId: 2 }
    },
  }),
  ...scenarios(leaveGroup, {
    'a share group': async s => {
      await member(s)
      return { groupId: s.name(), memberId: 'm', members: [{ memberId: 'm' }] }
    },
  }),
  ...scenarios(describeGroups, {
    'a share group': async s => {
      await member(s)
      return { groups: [s.name()] }
    },
  }),
  ...scenarios(listGroups, {
    'with a share group': async s => {
      await member(s)
      return { typesFilter: [], statesFilter: [] }
    },
  }),
  ...scenarios(
    listGroups,
    {
      'of the type Share': async s => {
        await member(s)
        return { typesFilter: ['Share'], statesFilter: ['stable'] }
      },
    },
    { since: 5 },
  ),
  ...scenarios(
    offsetCommit,
    {
      'of a share group': async s => {
        await member(s)
        const { name, id } = await topicOf(s)
        const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1 }
        const partitions = [{ ...partition, committedMetadata: '' }]
        const topics = [{ name, topicId: id, partitions }]
        return { groupId: s.name(), memberId: '', generationIdOrMemberEpoch: -1, topics }
      },
    },
    { since: 2 },
  ),
  ...scenarios(
    offsetFetch,
    {
      'of a share group': async s => {
        await member(s)
        return { groups: [{ groupId: s.name(), topics: null }] }
      },
    },
    { since: 8 },
  ),
  ...scenarios(consumerGroupHeartbeat, {
    'of a share group': async s => {
      await member(s)
      return {
        groupId: s.name(),
        memberId: 'm',
        memberEpoch: 0,
        rebalanceTimeoutMs: 10_000,
        subscribedTopicNames: ['x'],
        topicPartitions: [],
      }
    },
  }),
  ...scenarios(consumerGroupDescribe, {
    'a share group': async s => {
      await member(s)
      return { groupIds: [s.name()], includeAuthorizedOperations: false }
    },
  }),
  ...scenarios(streamsGroupDescribe, {
    'a share group': async s => {
      await member(s)
      return { groupIds: [s.name()], includeAuthorizedOperations: false }
    },
  }),
  ...scenarios(offsetDelete, {
    'of a share group': async s => {
      await member(s)
      const { name } = await topicOf(s)
      return { groupId: s.name(), topics: [{ name, partitions: [{ partitionIndex: 0 }] }] }
    },
  }),
  ...scenarios(deleteGroups, {
    'a share group with a member': async s => {
      await member(s)
      return { groupsNames: [s.name()] }
    },
    'a share group': async s => {
      const topic = await topicOf(s)
      await member(s, topic)
      await leave(s)
      await s.ask({ groupsNames: [s.name()] })
      await s.also(shareGroupDescribe, { groupIds: [s.name()], includeAuthorizedOperations: false })
      await s.also(describeShareGroupOffsets, { groups: [{ groupId: s.name(), topics: null }] })
    },
  }),
]

const describeScenarios = scenarios(shareGroupDescribe, {
  'no group': () => ({ groupIds: [], includeAuthorizedOperations: false }),
  'an unknown group': async s => {
    await coordinated(s)
    return { groupIds: [s.name()], includeAuthorizedOperations: true }
  },
  'an empty group id': () => ({ groupIds: [''], includeAuthorizedOperations: false }),
  'the same group twice': async s => {
    await member(s)
    return { groupIds: [s.name(), s.name()], includeAuthorizedOperations: false }
  },
  'a member without partitions': async s => {
    await member(s)
    return { groupIds: [s.name()], includeAuthorizedOperations: true }
  },
  'a member with partitions': async s => {
    await member(s, await topicOf(s, { numPartitions: 2, replicationFactor: 1 }))
    return { groupIds: [s.name()], includeAuthorizedOperations: false }
  },
  'a group that is empty': async s => {
    await member(s)
    await leave(s)
    return { groupIds: [s.name()], includeAuthorizedOperations: false }
  },
  'a classic group': async s => {
    await becomeMember(s, s.name())
    return { groupIds: [s.name()], includeAuthorizedOperations: true }
  },
})

type Altered = AlterRequest['topics'][number]

function altering(topicName: string, ...startOffsets: number[]): Altered {
  const partitions = startOffsets.map((startOffset, partitionIndex) => {
    return { partitionIndex, startOffset }
  })
  return { topicName, partitions }
}

/**
 * Sets offsets of a topic, and waits until the group has begun with it. Where Kafka's group could
 * not write the state of a partition, it says so of the partition only, and never begins with it.
 */
async function alter(s: Session<never>, topic: Topic, ...startOffsets: number[]): Promise<void> {
  await coordinated(s)
  const request = { groupId: s.name(), topics: [altering(topic.name, ...startOffsets)] }
  await s.until(async () => {
    const { errorCode, responses } = await s.get(alterShareGroupOffsets, request)
    if (errorCode !== 0) throw new Error(`alter: ${errorName(errorCode)}`)
    return responses[0]!.partitions.every(partition => partition.errorCode === errors.NONE)
  })
  await s.until(async () => {
    const described = { groups: [{ groupId: s.name(), topics: null }] }
    return (await s.get(describeShareGroupOffsets, described)).groups[0]!.topics.length > 0
  })
}

type Wanted = NonNullable<DescribeOffsetsRequest['groups'][number]['topics']>

/** Of a group whose offsets of two partitions were set. */
function describesOffsets(
  topics: (name: string, s: Session<never>) => Wanted | null,
): Script<DescribeOffsetsRequest, unknown> {
  return async s => {
    const topic = await topicOf(s, { numPartitions: 2, replicationFactor: 1 })
    await alter(s, topic, 3, 0)
    return { groups: [{ groupId: s.name(), topics: topics(topic.name, s) }] }
  }
}

const describeOffsetsScenarios = scenarios(describeShareGroupOffsets, {
  'of all that it has begun with': describesOffsets(() => null),
  'of no topics': describesOffsets(() => []),
  'of a topic without partitions': describesOffsets(topicName => [{ topicName, partitions: [] }]),
  'of partitions': describesOffsets(topicName => [{ topicName, partitions: [0, 1] }]),
  'of a partition below 0': describesOffsets(topicName => [{ topicName, partitions: [-1] }]),
  'of an unknown topic': describesOffsets((_, s) => {
    return [{ topicName: s.name('nothing'), partitions: [0] }]
  }),
  'of an unknown group': async s => {
    await coordinated(s)
    const { name: topicName } = await topicOf(s)
    return {
      groups: [
        { groupId: s.name(), topics: null },
        { groupId: s.name(), topics: [{ topicName, partitions: [0] }] },
      ],
    }
  },
  'of an empty group id': () => ({ groups: [{ groupId: '', topics: null }] }),
  'of no group': () => ({ groups: [] }),
  'of a group that has read nothing yet': async s => {
    await member(s, await topicOf(s, { numPartitions: 2, replicationFactor: 1 }))
    return { groups: [{ groupId: s.name(), topics: null }] }
  },
})

const alterScenarios = scenarios(alterShareGroupOffsets, {
  'of a group that there is not': async s => {
    await coordinated(s)
    const { name } = await topicOf(s, { numPartitions: 2, replicationFactor: 1 })
    await s.ask({ groupId: s.name(), topics: [altering(name, 5, 6)] })
    await s.also(shareGroupDescribe, { groupIds: [s.name()], includeAuthorizedOperations: false })
    await s.also(describeShareGroupOffsets, {
      groups: [{ groupId: s.name(), topics: [{ topicName: name, partitions: [0, 1] }] }],
    })
  },
  'of an empty group id': () => ({ groupId: '', topics: [] }),
  'of no topics': async s => {
    await coordinated(s)
    return { groupId: s.name(), topics: [] }
  },
  'of an unknown topic': async s => {
    await coordinated(s)
    const { name } = await topicOf(s)
    const topics = [altering(name, 1), altering(s.name('nothing'), 1)]
    return { groupId: s.name(), topics }
  },
  'of unknown topics only': async s => {
    await coordinated(s)
    await s.ask({ groupId: s.name(), topics: [altering(s.name('nothing'), 1)] })
    await s.also(shareGroupDescribe, { groupIds: [s.name()], includeAuthorizedOperations: false })
  },
  'of a partition that there is not': async s => {
    await coordinated(s)
    const { name } = await topicOf(s)
    await s.ask({ groupId: s.name(), topics: [altering(name, 1, 2)] })
  },
  'to -1': async s => {
    await coordinated(s)
    const { name } = await topicOf(s)
    await s.ask({ groupId: s.name(), topics: [altering(name, -1)] })
    await s.also(describeShareGroupOffsets, {
      groups: [{ groupId: s.name(), topics: [{ topicName: name, partitions: [0] }] }],
    })
  },
  'of a group with a member': async s => {
    const topic = await topicOf(s)
    await member(s, topic)
    return { groupId: s.name(), topics: [altering(topic.name, 1)] }
  },
  'of a classic group': async s => {
    const { name } = await topicOf(s)
    await becomeMember(s, s.name())
    return { groupId: s.name(), topics: [altering(name, 1)] }
  },
  'of a group that had a member': async s => {
    const topic = await topicOf(s)
    await member(s, topic)
    await leave(s)
    await s.ask({ groupId: s.name(), topics: [altering(topic.name, 7)] })
    await s.also(describeShareGroupOffsets, {
      groups: [{ groupId: s.name(), topics: [{ topicName: topic.name, partitions: [0] }] }],
    })
  },
})

/** Of a group whose offsets of a topic were set. */
function deletes(
  topicNames: (name: string, s: Session<never>) => string[],
): Script<DeleteRequest, unknown> {
  return async s => {
    const topic = await topicOf(s)
    await alter(s, topic, 3)
    const topics = topicNames(topic.name, s).map(topicName => ({ topicName }))
    await s.ask({ groupId: s.name(), topics })
    await s.also(describeShareGroupOffsets, { groups: [{ groupId: s.name(), topics: null }] })
  }
}

const deleteScenarios = scenarios(deleteShareGroupOffsets, {
  'of a topic': deletes(name => [name]),
  'of an unknown topic, too': deletes((name, s) => [s.name('nothing'), name]),
  'of no topics': deletes(() => []),
  'of a topic that it has not begun with': async s => {
    const topic = await topicOf(s)
    const other = await topicOf(s, { name: s.name('other') })
    await alter(s, topic, 3)
    return { groupId: s.name(), topics: [{ topicName: other.name }] }
  },
  'of an unknown group': async s => {
    await coordinated(s)
    return { groupId: s.name(), topics: [] }
  },
  'of an empty group id': () => ({ groupId: '', topics: [] }),
  'of a group with a member': async s => {
    await member(s)
    return { groupId: s.name(), topics: [{ topicName: s.name('nothing') }] }
  },
  'of a classic group': async s => {
    await becomeMember(s, s.name())
    return { groupId: s.name(), topics: [] }
  },
})

export const shareGroupsScenarios = [
  ...heartbeatScenarios,
  ...otherProtocols,
  ...describeScenarios,
  ...describeOffsetsScenarios,
  ...alterScenarios,
  ...deleteScenarios,
]
