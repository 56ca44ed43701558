import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../../protocol/apis/11-join-group.ts'
import { describeGroups } from '../../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../../protocol/apis/16-list-groups.ts'
import { deleteGroups } from '../../../protocol/apis/42-delete-groups.ts'
import { incrementalAlterConfigs } from '../../../protocol/apis/44-incremental-alter-configs.ts'
import { consumerGroupDescribe } from '../../../protocol/apis/69-consumer-group-describe.ts'
import { shareGroupDescribe } from '../../../protocol/apis/77-share-group-describe.ts'
import { streamsGroupHeartbeat } from '../../../protocol/apis/88-streams-group-heartbeat.ts'
import { streamsGroupDescribe } from '../../../protocol/apis/89-streams-group-describe.ts'
import { errorName, errors } from '../../../protocol/errors.ts'
import type { Input } from '../../../protocol/schema.ts'
import { becomeMember, joining } from '../group.ts'
import { scenarios, type Script } from '../scenario.ts'
import type { Session } from '../session.ts'

type Request = Input<typeof streamsGroupHeartbeat.request>
type Topology = NonNullable<Request['topology']>
type Subtopology = Topology['subtopologies'][number]

const owned = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
const tasks = (...partitions: number[]) => [{ subtopologyId: '0', partitions }]

function subtopology(fields: Partial<Subtopology>): Subtopology {
  return {
    subtopologyId: '0',
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...fields,
  }
}

function internal(name: string, partitions = 0) {
  return { name, partitions, replicationFactor: 0, topicConfigs: [] }
}

function topology(...subtopologies: Subtopology[]): Topology {
  return { epoch: 0, subtopologies }
}

/** By default of a member that joins, and copies a topic that there is not. */
function beat(s: Session<never>, fields: Partial<Request> = {}): Request {
  return {
    groupId: s.name(),
    memberId: 'm',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    topology: topology(subtopology({ sourceTopics: [s.name('nothing')] })),
    processId: 'p',
    clientTags: [],
    ...owned,
    ...fields,
  }
}

/** With nothing but an epoch. */
function beatAgain(s: Session<never>, fields: Partial<Request> = {}): Request {
  const { groupId, memberId, endpointInformationEpoch } = beat(s)
  return { groupId, memberId, endpointInformationEpoch, memberEpoch: 2, ...fields }
}

/** Waits for the coordinator, and until members of the group need not wait for each other. */
export async function coordinated(s: Session<never>): Promise<void> {
  await s.until(async () => {
    const request = { keyType: 0, coordinatorKeys: [s.name()] }
    const { coordinators } = await s.get(findCoordinator, request)
    return coordinators[0]!.errorCode === errors.NONE
  })
  const names = ['streams.initial.rebalance.delay.ms', 'streams.assignment.interval.ms']
  const configs = names.map(name => ({ name, configOperation: 0, value: '0' }))
  const resources = [{ resourceType: 32, resourceName: s.name(), configs }]
  await s.get(incrementalAlterConfigs, { resources, validateOnly: false })
  await s.settled()
  await s.until(async () => {
    const { errorCode } = await s.get(streamsGroupHeartbeat, beatAgain(s))
    return errorCode === errors.GROUP_ID_NOT_FOUND
  })
}

async function join(s: Session<never>, fields: Partial<Request>): Promise<void> {
  const { errorCode } = await s.get(streamsGroupHeartbeat, beat(s, fields))
  if (errorCode !== 0) throw new Error(`heartbeat: ${errorName(errorCode)}`)
}

/** A member with all tasks of a topic of two partitions, in epoch 2. */
async function member(s: Session<never>): Promise<Topology> {
  const { name } = await s.topic({ numPartitions: 2, replicationFactor: 1 })
  await coordinated(s)
  const copying = topology(subtopology({ sourceTopics: [name] }))
  await join(s, { topology: copying })
  return copying
}

async function leave(s: Session<never>): Promise<void> {
  await s.get(streamsGroupHeartbeat, beatAgain(s, { memberEpoch: -1 }))
}

/** The first request to a group. */
function first(fields: (s: Session<never>) => Partial<Request>): Script<Request, unknown> {
  return async s => {
    await coordinated(s)
    return beat(s, fields(s))
  }
}

/** After a member has joined, who has epoch 2. */
function after(fields: Partial<Request>): Script<Request, unknown> {
  return async s => {
    await member(s)
    return beatAgain(s, fields)
  }
}

/** The first request to a group, with this topology. */
function withTopology(
  subtopologies: (s: Session<never>) => Subtopology[],
): Script<Request, unknown> {
  return first(s => ({ topology: topology(...subtopologies(s)) }))
}

const refused = scenarios(streamsGroupHeartbeat, {
  'of nobody': first(() => ({ memberId: '' })),
  'of a member with a blank id': first(() => ({ memberId: '  ' })),
  'of an empty group id': first(() => ({ groupId: '' })),
  'with an empty rack': first(() => ({ rackId: '' })),
  'of a static member': first(() => ({ instanceId: 'i' })),
  'of a static member with an empty id': first(() => ({ instanceId: '' })),
  'with task offsets': first(() => ({ taskOffsets: [] })),
  'with task end offsets': first(() => ({ taskEndOffsets: [] })),
  'with warm-up tasks': first(() => ({ warmupTasks: tasks(0) })),
  'without a rebalance timeout': first(() => ({ rebalanceTimeoutMs: -1 })),
  'that joins with active tasks': first(() => ({ activeTasks: tasks(0) })),
  'that joins with standby tasks': first(() => ({ standbyTasks: tasks(0) })),
  'that joins without lists of tasks': first(() => ({ activeTasks: null })),
  'that joins without a topology': first(() => ({ topology: null })),
  'in epoch 1 with a topology': first(() => ({ memberEpoch: 1 })),
  'in epoch 1 with one list of tasks': first(() => {
    return { memberEpoch: 1, topology: null, standbyTasks: null, warmupTasks: null }
  }),
  'in epoch 1 of no group': first(() => ({ memberEpoch: 1, topology: null })),
  'in epoch -1 of no group': first(() => ({ memberEpoch: -1, topology: null })),
  'in epoch -2': first(() => ({ memberEpoch: -2, topology: null })),
  'in epoch -3': first(() => ({ memberEpoch: -3, topology: null })),
  'in an epoch to come': after({ memberEpoch: 3 }),
  'in an old epoch': after({ memberEpoch: 1 }),
  'of an unknown member': after({ memberId: 'who' }),
  'of an unknown member that leaves': after({ memberId: 'who', memberEpoch: -1 }),
  'with a task of no subtopology': after({
    ...owned,
    activeTasks: [{ subtopologyId: 'x', partitions: [0] }],
  }),
  'with a task of no partition': after({ ...owned, activeTasks: tasks(2) }),
  'of a classic group': async s => {
    await coordinated(s)
    await becomeMember(s, s.name())
    return beat(s)
  },
  'of a classic group, in epoch 1': async s => {
    await coordinated(s)
    await becomeMember(s, s.name())
    return beatAgain(s)
  },
})

const topologies = scenarios(streamsGroupHeartbeat, {
  'with a topic of brokers': withTopology(() => {
    return [subtopology({ sourceTopics: ['__consumer_offsets'] })]
  }),
  'with a topic of no possible name': withTopology(() => [subtopology({ sourceTopics: ['a/b'] })]),
  'with a regular expression': withTopology(() => [subtopology({ sourceTopicRegex: ['a.*'] })]),
  'with a changelog of a number of partitions': withTopology(s => [
    subtopology({ sourceTopics: [s.name('x')], stateChangelogTopics: [internal(s.name('c'), 3)] }),
  ]),
  'with a missing source topic': first(() => ({})),
  'with a subtopology that reads nothing': withTopology(s => [
    subtopology({ stateChangelogTopics: [internal(s.name('c'))] }),
  ]),
  'with a repartition topic that nobody writes': withTopology(s => [
    subtopology({ repartitionSourceTopics: [internal(s.name('r'))] }),
  ]),
  'with a loop of repartition topics': withTopology(s => [
    subtopology({
      repartitionSourceTopics: [internal(s.name('r'))],
      repartitionSinkTopics: [s.name('r')],
    }),
  ]),
  'with another topology': async s => {
    await member(s)
    const other = topology(subtopology({ subtopologyId: '1', sourceTopics: [s.name()] }))
    return beat(s, { memberId: 'other', topology: other })
  },
  'with a later topology': async s => {
    const { subtopologies } = await member(s)
    return beat(s, { memberId: 'other', topology: { epoch: 1, subtopologies } })
  },
  'with an older topology': async s => {
    const { name } = await s.topic()
    await coordinated(s)
    const { subtopologies } = topology(subtopology({ sourceTopics: [name] }))
    await join(s, { topology: { epoch: 1, subtopologies } })
    return beat(s, { memberId: 'other', topology: { epoch: 0, subtopologies } })
  },
  'with topics to join of different numbers of partitions': async s => {
    const one = await s.topic()
    const two = await s.topic({ name: s.name('two'), numPartitions: 2, replicationFactor: 1 })
    await coordinated(s)
    const group = { sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }
    const sourceTopics = [one.name, two.name]
    const copartitionGroups = [group]
    return beat(s, { topology: topology(subtopology({ sourceTopics, copartitionGroups })) })
  },
  'with an internal topic of another number of partitions': async s => {
    const one = await s.topic()
    const two = await s.topic({ name: s.name('two'), numPartitions: 2, replicationFactor: 1 })
    await coordinated(s)
    const stateChangelogTopics = [internal(two.name)]
    const parts = subtopology({ sourceTopics: [one.name], stateChangelogTopics })
    return beat(s, { topology: topology(parts) })
  },
  'with a missing internal topic': async s => {
    const { name } = await s.topic({ numPartitions: 2, replicationFactor: 1 })
    await coordinated(s)
    const stateChangelogTopics = [internal(s.name('c'))]
    await s.ask(
      beat(s, { topology: topology(subtopology({ sourceTopics: [name], stateChangelogTopics })) }),
    )
    await s.usable(s.name('c'), 2)
    await s.also(streamsGroupHeartbeat, beatAgain(s))
  },
})

const membership = scenarios(streamsGroupHeartbeat, {
  'of a member that joins': async s => {
    const { name } = await s.topic({ numPartitions: 3, replicationFactor: 1 })
    await coordinated(s)
    return beat(s, { topology: topology(subtopology({ sourceTopics: [name] })) })
  },
  'with nothing new': after({}),
  'with all of its tasks': after({ ...owned, activeTasks: tasks(0, 1) }),
  'with an endpoint': after({ userEndpoint: { host: 'h', port: 1 } }),
  'with an old epoch of endpoints': after({ endpointInformationEpoch: -1 }),
  'of a member that moved to another rack': after({ rackId: 'r' }),
  'of a member that asks for the end of the application': after({ shutdownApplication: true }),
  'of a member that leaves': after({ memberEpoch: -1 }),
  'of a member that joins again': async s => {
    const copying = await member(s)
    return beat(s, { topology: copying })
  },
  'of a member that comes to an empty group': async s => {
    const copying = await member(s)
    await leave(s)
    return beat(s, { topology: copying })
  },
  'of two members that share tasks': async s => {
    const copying = await member(s)
    const other = { memberId: 'other', processId: 'q' }
    await s.ask(beat(s, { ...other, topology: copying }))
    await s.ask(beatAgain(s))
    await s.ask(beatAgain(s, { ...owned, activeTasks: tasks(0) }))
    await s.ask(beatAgain(s, { memberId: 'other', memberEpoch: 3 }))
    await s.also(streamsGroupDescribe, {
      groupIds: [s.name()],
      includeAuthorizedOperations: false,
    })
  },
  'of a member whose answer was lost': async s => {
    const copying = await member(s)
    await join(s, { memberId: 'other', processId: 'q', topology: copying })
    await s.ask(beatAgain(s))
    await s.ask(beatAgain(s, { ...owned, activeTasks: tasks(0) }))
    await s.ask(beatAgain(s, { ...owned, activeTasks: tasks(0) }))
    await s.ask(beatAgain(s))
  },
})

const described = { includeAuthorizedOperations: false }

const describeScenarios = scenarios(streamsGroupDescribe, {
  'no group': () => ({ groupIds: [], ...described }),
  'an unknown group': async s => {
    await coordinated(s)
    return { groupIds: [s.name()], ...described }
  },
  'an empty group id': () => ({ groupIds: [''], ...described }),
  'a group with a member': async s => {
    await member(s)
    return { groupIds: [s.name()], includeAuthorizedOperations: true }
  },
  'a group whose topics are missing': async s => {
    await coordinated(s)
    await join(s, {})
    return { groupIds: [s.name()], ...described }
  },
  'a group that is empty': async s => {
    await member(s)
    await leave(s)
    return { groupIds: [s.name()], ...described }
  },
  'a classic group': async s => {
    await coordinated(s)
    await becomeMember(s, s.name())
    return { groupIds: [s.name()], ...described }
  },
})

/** Of a partition that is not the member's. */
function commits(memberEpoch: number): Script<Input<typeof offsetCommit.request>, unknown> {
  return async s => {
    await member(s)
    const { name, id } = await s.topic({ name: s.name('other') })
    const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1 }
    const partitions = [{ ...partition, committedMetadata: '' }]
    const topics = [{ name, topicId: id, partitions }]
    const memberId = memberEpoch < 0 ? '' : 'm'
    return { groupId: s.name(), memberId, generationIdOrMemberEpoch: memberEpoch, topics }
  }
}

function fetches(memberEpoch: number): Script<Input<typeof offsetFetch.request>, unknown> {
  return async s => {
    await member(s)
    const memberId = memberEpoch < 0 ? null : 'm'
    return { groups: [{ groupId: s.name(), memberId, memberEpoch, topics: null }] }
  }
}

const otherProtocols = [
  ...scenarios(joinGroup, {
    'a streams group': async s => {
      await member(s)
      return joining(s.name())
    },
  }),
  ...scenarios(describeGroups, {
    'a streams group': async s => {
      await member(s)
      return { groups: [s.name()] }
    },
  }),
  ...scenarios(consumerGroupDescribe, {
    'a streams group': async s => {
      await member(s)
      return { groupIds: [s.name()], ...described }
    },
  }),
  ...scenarios(shareGroupDescribe, {
    'a streams group': async s => {
      await member(s)
      return { groupIds: [s.name()], ...described }
    },
  }),
  ...scenarios(
    listGroups,
    {
      'of the type Streams': async s => {
        await member(s)
        return { typesFilter: ['Streams'], statesFilter: ['stable'] }
      },
    },
    { since: 5 },
  ),
  ...scenarios(
    offsetCommit,
    {
      'of nobody, for a streams group': commits(-1),
      'of a member of a streams group': commits(2),
      'of a member of a streams group, in an old epoch': commits(1),
      'of a member of a streams group, in an epoch to come': commits(3),
    },
    { since: 2 },
  ),
  ...scenarios(
    offsetFetch,
    {
      'of nobody, for a streams group': fetches(-1),
      'of a member of a streams group': fetches(2),
      'of a member of a streams group, in an epoch to come': fetches(3),
    },
    { since: 9 },
  ),
  ...scenarios(deleteGroups, {
    'a streams group with a member': async s => {
      await member(s)
      return { groupsNames: [s.name()] }
    },
    'a streams group': async s => {
      await member(s)
      await leave(s)
      await s.ask({ groupsNames: [s.name()] })
      await s.also(streamsGroupDescribe, { groupIds: [s.name()], ...described })
    },
  }),
]

export const streamsGroupsScenarios = [
  ...refused,
  ...topologies,
  ...membership,
  ...describeScenarios,
  ...otherProtocols,
]
