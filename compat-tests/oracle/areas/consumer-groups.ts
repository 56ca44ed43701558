import { findCoordinator } from '../../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../../protocol/apis/16-list-groups.ts'
import { deleteGroups } from '../../../protocol/apis/42-delete-groups.ts'
import { offsetDelete } from '../../../protocol/apis/47-offset-delete.ts'
import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import { consumerGroupHeartbeat } from '../../../protocol/apis/68-consumer-group-heartbeat.ts'
import { consumerGroupDescribe } from '../../../protocol/apis/69-consumer-group-describe.ts'
import { errorName, errors } from '../../../protocol/errors.ts'
import type { Input } from '../../../protocol/schema.ts'
import { join, joining } from '../group.ts'
import { scenarios, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'

type HeartbeatRequest = Input<typeof consumerGroupHeartbeat.request>
type DescribeRequest = Input<typeof consumerGroupDescribe.request>

/** By default of a member that joins and subscribes to a topic that there is not. */
function beat(s: Session<never>, fields: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  return {
    groupId: s.name(),
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: [s.name('nothing')],
    topicPartitions: [],
    ...fields,
  }
}

/** Says nothing but who it is. */
const only = {
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: null,
  topicPartitions: null,
}

/** Waits until the group's coordinator is there: Kafka creates the topic of groups first. */
async function coordinated(s: Session<never>, groupId = s.name()): Promise<void> {
  await s.until(async () => {
    const request = { keyType: 0, coordinatorKeys: [groupId] }
    const { coordinators } = await s.get(findCoordinator, request)
    return coordinators[0]!.errorCode === errors.NONE
  })
  await s.until(async () => {
    const request = beat(s, { groupId, memberEpoch: 1, ...only })
    const { errorCode } = await s.get(consumerGroupHeartbeat, request)
    return errorCode !== errors.NOT_COORDINATOR && errorCode !== errors.COORDINATOR_LOAD_IN_PROGRESS
  })
}

/** Joins; the epoch of the member. */
async function member(s: Session<never>, fields: Partial<HeartbeatRequest> = {}): Promise<number> {
  await coordinated(s)
  const { errorCode, memberEpoch } = await s.get(consumerGroupHeartbeat, beat(s, fields))
  if (errorCode !== 0) throw new Error(`heartbeat: ${errorName(errorCode)}`)
  return memberEpoch
}

function subscribing({ name }: Topic): Partial<HeartbeatRequest> {
  return { subscribedTopicNames: [name] }
}

type Beats = Script<HeartbeatRequest, unknown>

/** Of nobody, to a group that does not exist. */
function beats(fields: Partial<HeartbeatRequest>): Beats {
  return async s => {
    await coordinated(s)
    return beat(s, fields)
  }
}

/** By a member, in its epoch and what is added to it. */
function stays(fields: Partial<HeartbeatRequest>, ahead = 0): Beats {
  return async s => {
    const memberEpoch = (await member(s)) + ahead
    return beat(s, { memberEpoch, ...only, ...fields })
  }
}

/** A static member `m`, and then what is asked. */
function withInstance(fields: Partial<HeartbeatRequest>, { isAway = false } = {}): Beats {
  return async s => {
    const instanceId = 'i'
    const memberEpoch = await member(s, { instanceId })
    if (isAway) {
      await s.get(consumerGroupHeartbeat, beat(s, { ...only, instanceId, memberEpoch: -2 }))
    }
    return beat(s, { memberEpoch, ...only, instanceId, ...fields })
  }
}

const joinAgain = {
  memberEpoch: 0,
  rebalanceTimeoutMs: 60_000,
  topicPartitions: [],
}

const heartbeatScenarios = [
  ...scenarios(consumerGroupHeartbeat, {
    'of a first member': beats({}),
    'of a first member without topics': beats({ subscribedTopicNames: [] }),
    'of a first member of a topic': async s => {
      await coordinated(s)
      await s.ask(beat(s, subscribing(await s.topic({ numPartitions: 3 }))))
    },
    'without a group': beats({ groupId: '' }),
    'without a member id': beats({ memberId: '' }),
    'with a blank member id': beats({ memberId: ' ' }),
    'with an empty instance id': beats({ instanceId: '' }),
    'with an empty rack id': beats({ rackId: '' }),
    'without a rebalance timeout': beats({ rebalanceTimeoutMs: -1 }),
    'with a rebalance timeout of 0': beats({ rebalanceTimeoutMs: 0 }),
    'without its partitions': beats({ topicPartitions: null }),
    'without a subscription': beats({ subscribedTopicNames: null }),
    'with the assignor range': beats({ serverAssignor: 'range' }),
    'with the assignor uniform': beats({ serverAssignor: 'uniform' }),
    'with an unknown assignor': beats({ serverAssignor: 'sticky' }),
    'with an assignor without a name': beats({ serverAssignor: '' }),
    'with an epoch, of no group': beats({ memberEpoch: 1, ...only }),
    'that leaves no group': beats({ memberEpoch: -1, ...only }),
    'of epoch -2 without an instance id': beats({ memberEpoch: -2, ...only }),
    'of epoch -3': beats({ memberEpoch: -3, ...only }),
    'of a member': stays({}),
    'of a member that says everything': stays({ ...joinAgain, memberEpoch: 1 }),
    'of a member that joins again': async s => {
      await member(s)
      await s.ask(beat(s))
    },
    'of an epoch to come': stays({}, 1),
    'of an old epoch': async s => {
      await member(s, { subscribedTopicNames: [] })
      const { memberEpoch } = await s.get(consumerGroupHeartbeat, beat(s))
      await s.ask(beat(s, { memberEpoch: memberEpoch + 1, ...only }))
    },
    'of an unknown member': stays({ memberId: 'who' }),
    'that leaves': stays({ memberEpoch: -1 }),
    'that leaves as an unknown member': stays({ memberId: 'who', memberEpoch: -1 }),
    'of a member that has left': async s => {
      const memberEpoch = await member(s)
      await s.get(consumerGroupHeartbeat, beat(s, { memberEpoch: -1, ...only }))
      await s.ask(beat(s, { memberEpoch, ...only }))
    },
    'of an instance': withInstance({}),
    'of an unknown instance': withInstance({ instanceId: 'who' }),
    'of an instance under another id': withInstance({ memberId: 'who' }),
    'of an instance that joins again': async s => {
      await member(s, { instanceId: 'i' })
      await s.ask(beat(s, { instanceId: 'i' }))
    },
    'of an instance that joins under another id': async s => {
      await member(s, { instanceId: 'i' })
      await s.ask(beat(s, { instanceId: 'i', memberId: 'n' }))
    },
    'of an instance that leaves for a moment': withInstance({ memberEpoch: -2 }),
    'of an instance that leaves': withInstance({ memberEpoch: -1 }),
    'of an instance that takes over': async s => {
      await withInstance({}, { isAway: true })(s)
      await s.ask(beat(s, { instanceId: 'i', memberId: 'n' }))
      await s.ask(beat(s, { ...only, instanceId: 'i', memberEpoch: 2 }))
    },
    'of the second member of a topic': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      await member(s, subscribing(topic))
      await s.ask(beat(s, { memberId: 'n', ...subscribing(topic) }))
    },
    'of two members that share a topic': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      const memberEpoch = await member(s, subscribing(topic))
      const joins = beat(s, { memberId: 'n', ...subscribing(topic) })
      const second = await s.get(consumerGroupHeartbeat, joins)
      await s.until(async () => {
        const answer = await s.get(consumerGroupHeartbeat, beat(s, { ...only, memberEpoch }))
        return answer.assignment !== null
      })
      const waits = { ...only, memberId: 'n', memberEpoch: second.memberEpoch }
      const { memberEpoch: epoch } = await s.get(consumerGroupHeartbeat, beat(s, waits))
      await s.ask(beat(s, { ...only, memberEpoch }))
      const topicPartitions = [{ topicId: topic.id, partitions: [0] }]
      await s.ask(beat(s, { ...only, memberEpoch, topicPartitions }))
      await s.ask(beat(s, { ...only, memberId: 'n', memberEpoch: epoch }))
      await s.ask(beat(s, { ...only, memberId: 'n', memberEpoch: epoch }))
    },
    'of a member that unsubscribes from a topic': async s => {
      const topic = await s.topic({ numPartitions: 2 })
      const memberEpoch = await member(s, subscribing(topic))
      await s.ask(beat(s, { ...only, memberEpoch, subscribedTopicNames: [] }))
      await s.ask(beat(s, { ...only, memberEpoch, topicPartitions: [] }))
    },
    'to a classic group': async s => {
      await coordinated(s)
      await join(s, s.name())
      await s.ask(beat(s))
    },
    'with an epoch, to a classic group': async s => {
      await coordinated(s)
      await join(s, s.name())
      await s.ask(beat(s, { memberEpoch: 1, ...only }))
    },
    'to a classic group of another type': async s => {
      await coordinated(s)
      await join(s, s.name(), { protocolType: 'connect' })
      await s.ask(beat(s))
    },
    'to a group of offsets only': async s => {
      const { name } = await s.topic()
      await coordinated(s)
      await s.get(offsetCommit, committing(s, { name }))
      await s.ask(beat(s))
    },
  }),
  ...scenarios(
    consumerGroupHeartbeat,
    {
      'with a bad pattern': beats({ subscribedTopicRegex: 'a(' }),
      'with a pattern that is none of RE2': beats({ subscribedTopicRegex: '(?=a)' }),
      'with a pattern and no names': beats({
        subscribedTopicRegex: 'none',
        subscribedTopicNames: null,
      }),
      'with an empty pattern': beats({ subscribedTopicRegex: '', subscribedTopicNames: null }),
    },
    { since: 1 },
  ),
]

/** A commit of offset 7 of partition 0, as who may commit to an empty group. */
function committing(
  s: Session<never>,
  {
    name,
    topicId = '',
    epoch = -1,
    memberId = '',
  }: {
    name: string
    topicId?: string
    epoch?: number
    memberId?: string
  },
): Input<typeof offsetCommit.request> {
  const partition = { partitionIndex: 0, committedOffset: 7, committedMetadata: 'x' }
  return {
    groupId: s.name(),
    generationIdOrMemberEpoch: epoch,
    memberId,
    topics: [{ name, ...(topicId !== '' && { topicId }), partitions: [partition] }],
  }
}

function describes(...fields: Partial<DescribeRequest>[]): Script<DescribeRequest, unknown> {
  return async s => {
    await coordinated(s)
    return { groupIds: [s.name()], includeAuthorizedOperations: false, ...fields[0] }
  }
}

/** After what a member has done. */
function describesAfter(fields: Partial<HeartbeatRequest>): Script<DescribeRequest, unknown> {
  return async s => {
    await member(s, fields)
    return { groupIds: [s.name()], includeAuthorizedOperations: true }
  }
}

const describeScenarios = scenarios(consumerGroupDescribe, {
  nothing: describes({ groupIds: [] }),
  'no group': describes({ groupIds: [''] }),
  'an unknown group': describes(),
  'a group of one': describesAfter({}),
  'a group without topics': describesAfter({ subscribedTopicNames: [] }),
  'a group with an instance': describesAfter({ instanceId: 'i', rackId: 'r' }),
  'a group with an assignor': describesAfter({ serverAssignor: 'range' }),
  'a group with a topic': async s => {
    await member(s, subscribing(await s.topic({ numPartitions: 2 })))
    await s.ask({ groupIds: [s.name()], includeAuthorizedOperations: false })
  },
  'a group with an instance that is away': async s => {
    await member(s, { instanceId: 'i' })
    await s.get(consumerGroupHeartbeat, beat(s, { ...only, instanceId: 'i', memberEpoch: -2 }))
    await s.ask({ groupIds: [s.name()], includeAuthorizedOperations: false })
  },
  'an empty group': async s => {
    await member(s)
    await s.get(consumerGroupHeartbeat, beat(s, { memberEpoch: -1, ...only }))
    await s.ask({ groupIds: [s.name()], includeAuthorizedOperations: false })
  },
  'a classic group': async s => {
    await coordinated(s)
    await join(s, s.name())
    await s.ask({ groupIds: [s.name()], includeAuthorizedOperations: false })
  },
  'a group with members of both protocols': async s => {
    await coordinated(s)
    await member(s)
    await join(s, s.name(), { groupInstanceId: 'i' })
    await s.ask({ groupIds: [s.name()], includeAuthorizedOperations: false })
  },
})

/** Other APIs about a consumer group of one. */
const otherScenarios = [
  ...scenarios(describeGroups, {
    'a consumer group': async s => {
      await member(s)
      await s.ask({ groups: [s.name()] })
    },
  }),
  ...scenarios(
    listGroups,
    {
      'consumer groups': async s => {
        await member(s)
        await s.ask({ typesFilter: ['consumer'] })
      },
      'stable groups of consumers': async s => {
        await member(s)
        await s.ask({ statesFilter: ['Stable'], typesFilter: ['Consumer'] })
      },
      'groups of consumers, empty': async s => {
        await member(s)
        await s.ask({ statesFilter: ['Empty'], typesFilter: ['consumer'] })
      },
    },
    { since: 5 },
  ),
  ...scenarios(joinGroup, {
    'a consumer group': async s => {
      await member(s)
      await s.ask(joining(s.name(), { memberId: 'mine' }))
    },
    'a consumer group, with another type': async s => {
      await member(s)
      await s.ask(joining(s.name(), { protocolType: 'connect' }))
    },
    'a consumer group, without protocols': async s => {
      await member(s)
      await s.ask(joining(s.name(), { protocols: [] }))
    },
  }),
  ...scenarios(heartbeat, {
    'of a member of the consumer protocol': async s => {
      const generationId = await member(s)
      await s.ask({ groupId: s.name(), memberId: 'm', generationId })
    },
    'of a classic member of a consumer group': async s => {
      await member(s)
      const { memberId, generationId } = await join(s, s.name())
      await s.ask({ groupId: s.name(), memberId, generationId })
    },
    'of a classic member of a consumer group, of an old generation': async s => {
      await member(s)
      const { memberId, generationId } = await join(s, s.name())
      await s.ask({ groupId: s.name(), memberId, generationId: generationId - 1 })
    },
  }),
  ...scenarios(
    syncGroup,
    {
      'of a classic member of a consumer group': async s => {
        await member(s)
        const { memberId, generationId } = await join(s, s.name())
        const names = { protocolType: 'consumer', protocolName: 'range' }
        await s.ask({ groupId: s.name(), memberId, generationId, assignments: [], ...names })
      },
      'of a member of the consumer protocol': async s => {
        const generationId = await member(s)
        const names = { protocolType: 'consumer', protocolName: 'range' }
        await s.ask({ groupId: s.name(), memberId: 'm', generationId, assignments: [], ...names })
      },
      'of a classic member of a consumer group, with another protocol': async s => {
        await member(s)
        const { memberId, generationId } = await join(s, s.name())
        const names = { protocolType: 'consumer', protocolName: 'mine' }
        await s.ask({ groupId: s.name(), memberId, generationId, assignments: [], ...names })
      },
    },
    { since: 5 },
  ),
  ...scenarios(
    leaveGroup,
    {
      'a consumer group': async s => {
        await member(s)
        const { memberId } = await join(s, s.name())
        const members = [{ memberId }, { memberId: 'm' }, { memberId: 'who' }]
        await s.ask({ groupId: s.name(), members })
      },
      'a consumer group, by the instance': async s => {
        await member(s, { instanceId: 'i' })
        const members = [
          { memberId: '', groupInstanceId: 'i' },
          { memberId: '', groupInstanceId: 'who' },
        ]
        await s.ask({ groupId: s.name(), members })
      },
    },
    { since: 3 },
  ),
  ...scenarios(deleteGroups, {
    'a consumer group that has a member': async s => {
      await member(s)
      await s.ask({ groupsNames: [s.name()] })
    },
    'a consumer group that is empty': async s => {
      await member(s)
      await s.get(consumerGroupHeartbeat, beat(s, { memberEpoch: -1, ...only }))
      await s.ask({ groupsNames: [s.name()] })
    },
  }),
  ...scenarios(offsetDelete, {
    'of a consumer group, of a topic that is subscribed to': async s => {
      const topic = await s.topic()
      await member(s, subscribing(topic))
      const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }]
      await s.ask({ groupId: s.name(), topics })
    },
  }),
  ...scenarios(offsetCommit, {
    'of a member of a consumer group': async s => {
      const topic = await s.topic()
      const epoch = await member(s, subscribing(topic))
      await s.ask(committing(s, { name: topic.name, topicId: topic.id, epoch, memberId: 'm' }))
    },
    'of a member of a consumer group in an epoch to come': async s => {
      const topic = await s.topic()
      const epoch = 1 + (await member(s, subscribing(topic)))
      await s.ask(committing(s, { name: topic.name, topicId: topic.id, epoch, memberId: 'm' }))
    },
    'of a member of a consumer group in an old epoch': async s => {
      const topic = await s.topic()
      const epoch = (await member(s, subscribing(topic))) - 1
      await s.ask(committing(s, { name: topic.name, topicId: topic.id, epoch, memberId: 'm' }))
    },
    'of an unknown member of a consumer group': async s => {
      const topic = await s.topic()
      const epoch = await member(s, subscribing(topic))
      await s.ask(committing(s, { name: topic.name, topicId: topic.id, epoch, memberId: 'who' }))
    },
    'of nobody to a consumer group': async s => {
      const topic = await s.topic()
      await member(s, subscribing(topic))
      await s.ask(committing(s, { name: topic.name, topicId: topic.id }))
    },
  }),
  ...scenarios(
    offsetFetch,
    Object.fromEntries(
      (['now', 'old', 'who', 'nobody'] as const).map(who => [
        `of a consumer group by ${who}`,
        async s => {
          const topic = await s.topic()
          const epoch = await member(s, subscribing(topic))
          const memberId = who === 'nobody' ? null : who === 'who' ? 'who' : 'm'
          const memberEpoch = who === 'nobody' ? -1 : who === 'old' ? epoch - 1 : epoch
          const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
          await s.ask({ groups: [{ groupId: s.name(), memberId, memberEpoch, topics }] })
        },
      ]),
    ) as Record<string, Script<Input<typeof offsetFetch.request>, unknown>>,
    { since: 9 },
  ),
]

export const consumerGroupsScenarios = [
  ...heartbeatScenarios,
  ...describeScenarios,
  ...otherScenarios,
]
