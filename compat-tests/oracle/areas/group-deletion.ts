import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import { leaveGroup } from '../../../protocol/apis/13-leave-group.ts'
import { describeGroups } from '../../../protocol/apis/15-describe-groups.ts'
import { deleteGroups } from '../../../protocol/apis/42-delete-groups.ts'
import { offsetDelete } from '../../../protocol/apis/47-offset-delete.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { becomeMember, join } from '../group.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'

type DeleteScript = Script<Input<typeof deleteGroups.request>, Infer<typeof deleteGroups.response>>
type OffsetDelete = Input<typeof offsetDelete.request>
type OffsetDeleteScript = Script<OffsetDelete, Infer<typeof offsetDelete.response>>

const topicOf = shared('deleted-offsets', s => s.topic({ numPartitions: 2 }))

/** A ConsumerProtocolSubscription v0. */
function subscriptionTo(topic: string): Buffer {
  const name = Buffer.from(topic)
  const head = Buffer.alloc(8)
  head.writeInt32BE(1, 2)
  head.writeInt16BE(name.length, 6)
  return Buffer.concat([head, name, Buffer.from('ffffffff', 'hex')])
}

async function commit(
  s: Session<never>,
  groupId: string,
  member: { memberId?: string; generationIdOrMemberEpoch?: number } = {},
): Promise<Topic> {
  const topic = await topicOf(s)
  const partitions = [0, 1].map(partitionIndex => {
    return { partitionIndex, committedOffset: 7, committedMetadata: '' }
  })
  const topics = [{ name: topic.name, topicId: topic.id, partitions }]
  await s.get(offsetCommit, { groupId, memberId: '', topics, ...member })
  return topic
}

/** What is left of the group. */
async function see(s: Session<never>, groupId: string): Promise<void> {
  await s.also(describeGroups, { groups: [groupId], includeAuthorizedOperations: false })
  const { name, id } = await topicOf(s)
  const topics = [{ name, topicId: id, partitionIndexes: [0, 1] }]
  await s.also(offsetFetch, { groups: [{ groupId, topics }], requireStable: false })
}

function deleting(prepare: (s: Session<never>, groupId: string) => Promise<unknown>) {
  return (async s => {
    await prepare(s, s.name())
    await s.ask({ groupsNames: [s.name()] })
    await see(s, s.name())
  }) satisfies DeleteScript
}

const groupDeletions = scenarios(deleteGroups, {
  'a group of offsets': deleting(commit),
  'a group with a member': deleting(becomeMember),
  'a group that awaits its assignment': deleting(join),
  'a group that all have left': deleting(async (s, groupId) => {
    const { memberId, generationId } = await becomeMember(s, groupId)
    await commit(s, groupId, { memberId, generationIdOrMemberEpoch: generationId })
    await s.get(leaveGroup, { groupId, memberId, members: [{ memberId }] })
  }),
  'an unknown group': s => ({ groupsNames: [s.name()] }),
  'an empty group id': () => ({ groupsNames: [''] }),
  'no groups': () => ({ groupsNames: [] }),
  'the group constructor': () => ({ groupsNames: ['constructor'] }),
  'several groups': async s => {
    await commit(s, s.name('a'))
    await becomeMember(s, s.name('b'))
    return { groupsNames: ['a', 'b', 'c', 'a'].map(name => s.name(name)) }
  },
  'a group twice': async s => {
    await commit(s, s.name())
    await s.ask({ groupsNames: [s.name()] })
    await s.ask({ groupsNames: [s.name()] })
  },
})

function deletingOffsets(
  prepare: (s: Session<never>, groupId: string, topic: string) => Promise<unknown>,
  partitions: readonly number[] = [0],
): OffsetDeleteScript {
  return async s => {
    const { name } = await topicOf(s)
    await prepare(s, s.name(), name)
    const asked = partitions.map(partitionIndex => ({ partitionIndex }))
    await s.ask({ groupId: s.name(), topics: [{ name, partitions: asked }] })
    await see(s, s.name())
  }
}

const committed = (s: Session<never>, groupId: string): Promise<Topic> => commit(s, groupId)

/** Members whose subscription or type is another one. */
function members(protocolType: string, metadata?: (topic: string) => Buffer) {
  return async (s: Session<never>, groupId: string, topic: string) => {
    await commit(s, groupId)
    const protocols = [{ name: 'range', metadata: metadata?.(topic) ?? Buffer.alloc(0) }]
    await join(s, groupId, { protocolType, protocols })
  }
}

const offsetDeletions = scenarios(offsetDelete, {
  'one of a group of offsets': deletingOffsets(committed),
  'all of a group of offsets': deletingOffsets(committed, [0, 1]),
  'an unknown partition': deletingOffsets(committed, [0, 2]),
  'partition -1': deletingOffsets(committed, [-1]),
  'no partitions': deletingOffsets(committed, []),
  'of an unknown group': deletingOffsets(async () => {}),
  'of an empty group id': async s => {
    const { name } = await topicOf(s)
    return { groupId: '', topics: [{ name, partitions: [{ partitionIndex: 0 }] }] }
  },
  'no topics': async s => {
    await commit(s, s.name())
    return { groupId: s.name(), topics: [] }
  },
  'of an unknown topic': async s => {
    await commit(s, s.name())
    const topics = [{ name: s.name(), partitions: [{ partitionIndex: 0 }] }]
    return { groupId: s.name(), topics }
  },
  'of consumers of another topic': deletingOffsets(members('consumer', () => subscriptionTo('x'))),
  'of consumers of the topic': deletingOffsets(members('consumer', subscriptionTo)),
  'of consumers that say nonsense': deletingOffsets(members('consumer')),
  'of other members': deletingOffsets(members('connect')),
})

export const groupDeletionScenarios = [...groupDeletions, ...offsetDeletions]
