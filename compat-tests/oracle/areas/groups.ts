import { joinGroup } from '../../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../../protocol/apis/12-heartbeat.ts'
import { leaveGroup } from '../../../protocol/apis/13-leave-group.ts'
import { syncGroup } from '../../../protocol/apis/14-sync-group.ts'
import { describeGroups } from '../../../protocol/apis/15-describe-groups.ts'
import { listGroups } from '../../../protocol/apis/16-list-groups.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { becomeMember, join, joining, subscription, type Member } from '../group.ts'
import { scenarios, type Script } from '../scenario.ts'

type Join = Script<Input<typeof joinGroup.request>, Infer<typeof joinGroup.response>>
type JoinRequest = Input<typeof joinGroup.request>
type HeartbeatRequest = Input<typeof heartbeat.request>
type SyncRequest = Input<typeof syncGroup.request>
type LeaveRequest = Input<typeof leaveGroup.request>

const otherProtocols = [
  { name: 'roundrobin', metadata: Buffer.concat([subscription, Buffer.alloc(1)]) },
]

/** Joins twice where the first answer is an id only (KIP-394); both answers are compared. */
function joins(fields: Partial<JoinRequest>): Join {
  return async s => {
    const answer = await s.ask(joining(s.name(), fields))
    const isAsked = answer !== undefined && answer.errorCode !== 0 && answer.memberId !== ''
    if (isAsked) await s.ask(joining(s.name(), { ...fields, memberId: answer.memberId }))
  }
}

/** Joins a group that has a Stable member. */
function joinsStable(fields: (member: Member) => Partial<JoinRequest>): Join {
  return async s => {
    const member = await becomeMember(s, s.name())
    await s.ask(joining(s.name(), fields(member)))
  }
}

const joinScenarios = [
  ...scenarios(joinGroup, {
    alone: joins({}),
    'with several protocols': joins({
      protocols: [...otherProtocols, { name: 'range', metadata: subscription }],
    }),
    'without protocols': joins({ protocols: [] }),
    'without a protocol type': joins({ protocolType: '' }),
    'with another protocol type': joins({ protocolType: 'connect' }),
    'with a protocol without a name': joins({
      protocols: [{ name: '', metadata: subscription }],
    }),
    'an empty group id': () => joining(''),
    'the group __proto__': () => joining('__proto__', { memberId: 'who' }),
    'with a session that is too short': joins({ sessionTimeoutMs: 5 }),
    'with a session that is too long': joins({ sessionTimeoutMs: 9_000_000 }),
    'with a session of 0': joins({ sessionTimeoutMs: 0 }),
    'with a session below 0': joins({ sessionTimeoutMs: -1 }),
    'with a rebalance timeout of 0': joins({ rebalanceTimeoutMs: 0 }),
    'with a rebalance timeout below 0': joins({ rebalanceTimeoutMs: -1 }),
    'as an unknown member of nothing': joins({ memberId: 'who' }),
    'as an unknown member': joinsStable(() => ({ memberId: 'who' })),
    'with another protocol than the others': joinsStable(() => ({ protocols: otherProtocols })),
    'with another type than the others': joinsStable(() => ({ protocolType: 'connect' })),
    'again, as the leader': joinsStable(({ memberId }) => ({ memberId })),
    'again, with another protocol': joinsStable(({ memberId }) => {
      return { memberId, protocols: otherProtocols }
    }),
    'again, before the sync': async s => {
      const { memberId } = await join(s, s.name())
      await s.ask(joining(s.name(), { memberId }))
    },
  }),
  ...scenarios(
    joinGroup,
    {
      'as an instance': joins({ groupInstanceId: 'one' }),
      'as an instance without a name': joins({ groupInstanceId: '' }),
      'as the instance .': joins({ groupInstanceId: '.' }),
      'as an instance with a slash': joins({ groupInstanceId: 'a/b' }),
      'as an instance with a long name': joins({ groupInstanceId: 'i'.repeat(250) }),
      'as an unknown instance with a member id': joinsStable(() => {
        return { groupInstanceId: 'one', memberId: 'who' }
      }),
      'as an instance in place of another': async s => {
        const groupInstanceId = 'one'
        await becomeMember(s, s.name(), { groupInstanceId })
        await s.ask(joining(s.name(), { groupInstanceId }))
      },
      'as an instance under the id of another': async s => {
        const groupInstanceId = 'one'
        await becomeMember(s, s.name(), { groupInstanceId })
        await s.ask(joining(s.name(), { groupInstanceId, memberId: 'who' }))
      },
    },
    { since: 5 },
  ),
  ...scenarios(
    joinGroup,
    {
      'with the same protocol twice': joins({ protocols: [...otherProtocols, ...otherProtocols] }),
    },
    { since: 9 },
  ),
  ...scenarios(joinGroup, { 'for a reason': joins({ reason: 'why not' }) }, { since: 8 }),
]

/** About a Stable group of one member. */
function beats(fields: Partial<HeartbeatRequest>): Script<HeartbeatRequest, unknown> {
  return async s => {
    const { memberId, generationId } = await becomeMember(s, s.name())
    return { groupId: s.name(), memberId, generationId, ...fields }
  }
}

const heartbeatScenarios = [
  ...scenarios(heartbeat, {
    'of a member': beats({}),
    'of an unknown member': beats({ memberId: 'who' }),
    'of nobody': beats({ memberId: '' }),
    'of an old generation': beats({ generationId: 0 }),
    'of a generation to come': beats({ generationId: 9 }),
    'of generation -1': beats({ generationId: -1 }),
    'of an unknown group': s => ({ groupId: s.name(), memberId: 'who', generationId: 1 }),
    'of an empty group id': () => ({ groupId: '', memberId: 'who', generationId: 1 }),
    'of a group that awaits its assignment': async s => {
      const { memberId, generationId } = await join(s, s.name())
      return { groupId: s.name(), memberId, generationId }
    },
    'of a member that has left': async s => {
      const { memberId, generationId } = await becomeMember(s, s.name())
      await s.get(leaveGroup, { groupId: s.name(), members: [{ memberId }] })
      return { groupId: s.name(), memberId, generationId }
    },
  }),
  ...scenarios(
    heartbeat,
    {
      'of an unknown instance': beats({ groupInstanceId: 'one' }),
      'of an instance': async s => {
        const groupInstanceId = 'one'
        const { memberId, generationId } = await becomeMember(s, s.name(), { groupInstanceId })
        return { groupId: s.name(), memberId, generationId, groupInstanceId }
      },
      'of an instance under another id': async s => {
        const groupInstanceId = 'one'
        const { generationId } = await becomeMember(s, s.name(), { groupInstanceId })
        return { groupId: s.name(), memberId: 'who', generationId, groupInstanceId }
      },
    },
    { since: 3 },
  ),
]

/** About a group that awaits its assignment from its only member. */
function syncs(fields: (member: Member) => Partial<SyncRequest>): Script<SyncRequest, unknown> {
  return async s => {
    const member = await join(s, s.name())
    const { memberId, generationId } = member
    const names = { protocolType: 'consumer', protocolName: 'range' }
    const assignments = [{ memberId, assignment: Buffer.from('mine') }]
    const request = { groupId: s.name(), memberId, generationId, ...names, assignments }
    await s.ask({ ...request, ...fields(member) })
  }
}

const syncScenarios = [
  ...scenarios(syncGroup, {
    'with an assignment': syncs(() => ({})),
    'without assignments': syncs(() => ({ assignments: [] })),
    'with one for somebody else': syncs(() => {
      return { assignments: [{ memberId: 'who', assignment: Buffer.from('not mine') }] }
    }),
    'with two for the same': syncs(({ memberId }) => {
      const assignments = ['one', 'two'].map(text => ({ memberId, assignment: Buffer.from(text) }))
      return { assignments }
    }),
    'as an unknown member': syncs(() => ({ memberId: 'who' })),
    'of an old generation': syncs(() => ({ generationId: 0 })),
    'of a generation to come': syncs(() => ({ generationId: 9 })),
    'of an unknown group': s => {
      const names = { protocolType: 'consumer', protocolName: 'range' }
      return { groupId: s.name(), generationId: 1, memberId: 'who', ...names, assignments: [] }
    },
    'of an empty group id': () => {
      const names = { protocolType: 'consumer', protocolName: 'range' }
      return { groupId: '', generationId: 1, memberId: 'who', ...names, assignments: [] }
    },
    again: async s => {
      const { memberId, generationId } = await becomeMember(s, s.name())
      const names = { protocolType: 'consumer', protocolName: 'range' }
      return { groupId: s.name(), memberId, generationId, ...names, assignments: [] }
    },
  }),
  ...scenarios(
    syncGroup,
    { 'of an unknown instance': syncs(() => ({ groupInstanceId: 'one' })) },
    { since: 3 },
  ),
  ...scenarios(
    syncGroup,
    {
      'with another protocol type': syncs(() => ({ protocolType: 'connect' })),
      'with another protocol': syncs(() => ({ protocolName: 'roundrobin' })),
      'without protocol type and name': syncs(() => {
        return { protocolType: null, protocolName: null }
      }),
      'without a protocol type': syncs(() => ({ protocolType: null })),
    },
    { since: 5 },
  ),
]

/** A Stable group of one member; the fields for one or for several are used by the version. */
function leaves(fields: (member: Member) => Partial<LeaveRequest>): Script<LeaveRequest, unknown> {
  return async s => {
    const member = await becomeMember(s, s.name())
    await s.ask({ groupId: s.name(), memberId: member.memberId, ...fields(member) })
    await s.also(describeGroups, { groups: [s.name()], includeAuthorizedOperations: false })
  }
}

const leaveScenarios = [
  ...scenarios(leaveGroup, {
    'a member': leaves(({ memberId }) => ({ members: [{ memberId }] })),
    'an unknown member': leaves(() => ({ memberId: 'who', members: [{ memberId: 'who' }] })),
    nobody: leaves(() => ({ memberId: '', members: [{ memberId: '' }] })),
    'an unknown group': s => {
      return { groupId: s.name(), memberId: 'who', members: [{ memberId: 'who' }] }
    },
    'an empty group id': () => {
      return { groupId: '', memberId: 'who', members: [{ memberId: 'who' }] }
    },
  }),
  ...scenarios(
    leaveGroup,
    {
      'no members': leaves(() => ({ members: [] })),
      'no members of an unknown group': s => ({ groupId: s.name(), members: [] }),
      'a member and an unknown one': leaves(({ memberId }) => {
        return { members: [{ memberId }, { memberId: 'who' }] }
      }),
      'the same member twice': leaves(({ memberId }) => {
        return { members: [{ memberId }, { memberId }] }
      }),
      'an unknown instance': leaves(() => {
        return { members: [{ memberId: '', groupInstanceId: 'one' }] }
      }),
      'an instance': async s => {
        const groupInstanceId = 'one'
        await becomeMember(s, s.name(), { groupInstanceId })
        await s.ask({ groupId: s.name(), members: [{ memberId: '', groupInstanceId }] })
      },
      'an instance under another id': async s => {
        const groupInstanceId = 'one'
        await becomeMember(s, s.name(), { groupInstanceId })
        await s.ask({ groupId: s.name(), members: [{ memberId: 'who', groupInstanceId }] })
      },
    },
    { since: 3 },
  ),
]

const describeScenarios = [
  ...scenarios(describeGroups, {
    'no groups': () => ({ groups: [], includeAuthorizedOperations: false }),
    'an unknown group': s => ({ groups: [s.name()], includeAuthorizedOperations: false }),
    'an empty group id': () => ({ groups: [''], includeAuthorizedOperations: false }),
    'the group constructor': () => ({
      groups: ['constructor'],
      includeAuthorizedOperations: false,
    }),
    'a stable group': async s => {
      await becomeMember(s, s.name())
      return { groups: [s.name()], includeAuthorizedOperations: false }
    },
    'a group of an instance': async s => {
      await becomeMember(s, s.name(), { groupInstanceId: 'one' })
      return { groups: [s.name()], includeAuthorizedOperations: false }
    },
    'a group that awaits its assignment': async s => {
      await join(s, s.name())
      return { groups: [s.name()], includeAuthorizedOperations: false }
    },
    'an empty group': async s => {
      const { memberId } = await becomeMember(s, s.name())
      await s.get(leaveGroup, { groupId: s.name(), members: [{ memberId }] })
      return { groups: [s.name()], includeAuthorizedOperations: false }
    },
    'the same group twice': async s => {
      await becomeMember(s, s.name())
      return { groups: [s.name(), s.name()], includeAuthorizedOperations: false }
    },
    'several groups': async s => {
      await becomeMember(s, s.name('a'))
      return { groups: [s.name('a'), s.name('b')], includeAuthorizedOperations: false }
    },
  }),
  ...scenarios(
    describeGroups,
    {
      'with authorized operations': async s => {
        await becomeMember(s, s.name())
        return { groups: [s.name()], includeAuthorizedOperations: true }
      },
      'with authorized operations, an unknown group': s => {
        return { groups: [s.name()], includeAuthorizedOperations: true }
      },
    },
    { since: 3 },
  ),
]

function lists(statesFilter: string[], typesFilter: string[] = []) {
  return (async s => {
    await becomeMember(s, s.name('stable'))
    await join(s, s.name('awaiting'))
    const { memberId } = await becomeMember(s, s.name('empty'))
    await s.get(leaveGroup, { groupId: s.name('empty'), members: [{ memberId }] })
    return { statesFilter, typesFilter }
  }) satisfies Script<Input<typeof listGroups.request>, unknown>
}

const listScenarios = [
  ...scenarios(listGroups, { 'all groups': lists([]) }),
  ...scenarios(
    listGroups,
    {
      'groups that are stable': lists(['Stable']),
      'stable or empty groups': lists(['Stable', 'Empty']),
      'groups in a state in other letters': lists(['sTABLE', 'completingrebalance']),
      'groups in an unknown state': lists(['Happy']),
      'groups in no state': lists(['']),
      'groups in the state of another protocol': lists(['Assigning']),
    },
    { since: 4 },
  ),
  ...scenarios(
    listGroups,
    {
      'classic groups': lists([], ['classic']),
      'groups of a type in other letters': lists([], ['CLASSIC']),
      'consumer groups, of which this is none': lists([], ['consumer']),
      'groups of an unknown type': lists([], ['modern']),
      'stable groups of a type': lists(['Stable'], ['classic', 'consumer']),
    },
    { since: 5 },
  ),
]

export const groupsScenarios = [
  ...joinScenarios,
  ...heartbeatScenarios,
  ...syncScenarios,
  ...leaveScenarios,
  ...describeScenarios,
  ...listScenarios,
]
