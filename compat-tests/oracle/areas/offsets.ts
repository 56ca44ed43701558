import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { becomeMember } from '../group.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'

type Commit = Input<typeof offsetCommit.request>
type CommitPartition = Commit['topics'][number]['partitions'][number]
type CommitScript = Script<Commit, Infer<typeof offsetCommit.response>>
type Fetch = Input<typeof offsetFetch.request>
type FetchScript = Script<Fetch, Infer<typeof offsetFetch.response>>

const unknownId = 'AAAAAAAAAAAAAAAAAAAAZQ'

const topicOf = shared('offsets', s => s.topic({ numPartitions: 2 }))

function offset(fields: Partial<CommitPartition> = {}): CommitPartition {
  return { partitionIndex: 0, committedOffset: 7, committedMetadata: 'where', ...fields }
}

function commit(
  groupId: string,
  { name, id }: Topic,
  partitions: readonly CommitPartition[],
  fields: Partial<Commit> = {},
): Commit {
  return { groupId, topics: [{ name, topicId: id, partitions }], ...fields }
}

/** What OffsetFetch says of the group then. */
async function see(s: Session<never>, groupId: string, { name, id }: Topic): Promise<void> {
  const topics = [{ name, topicId: id, partitionIndexes: [0, 1, 2] }]
  await s.also(offsetFetch, { groups: [{ groupId, topics }], requireStable: false })
}

function committing(partition: Partial<CommitPartition>, fields: Partial<Commit> = {}) {
  return (async s => {
    const topic = await topicOf(s)
    await s.ask(commit(s.name(), topic, [offset(partition)], fields))
    await see(s, s.name(), topic)
  }) satisfies CommitScript
}

/** By the only member of a group, whose names may be other ones. */
function committingMember(changes: Partial<Commit>): CommitScript {
  return async s => {
    const topic = await topicOf(s)
    const { memberId, generationId } = await becomeMember(s, s.name())
    const member = { memberId, generationIdOrMemberEpoch: generationId }
    await s.ask(commit(s.name(), topic, [offset()], { ...member, ...changes }))
    await see(s, s.name(), topic)
  }
}

const commits = [
  ...scenarios(offsetCommit, {
    'from outside of a group': committing({}),
    'no topics': s => ({ groupId: s.name(), topics: [] }),
    'no partitions': async s => commit(s.name(), await topicOf(s), []),
    twice: async s => {
      const topic = await topicOf(s)
      await s.ask(commit(s.name(), topic, [offset()]))
      await s.ask(commit(s.name(), topic, [offset({ committedOffset: 3, committedMetadata: '' })]))
      await see(s, s.name(), topic)
    },
    'two partitions': async s => {
      const topic = await topicOf(s)
      await s.ask(commit(s.name(), topic, [offset(), offset({ partitionIndex: 1 })]))
      await see(s, s.name(), topic)
    },
    'the same partition twice': async s => {
      const topic = await topicOf(s)
      await s.ask(commit(s.name(), topic, [offset(), offset({ committedOffset: 8 })]))
      await see(s, s.name(), topic)
    },
    'an empty group id': async s => commit('', await topicOf(s), [offset()]),
    'an unknown partition': committing({ partitionIndex: 2 }),
    'partition -1': committing({ partitionIndex: -1 }),
    'an unknown topic': s => commit(s.name(), { name: s.name(), id: unknownId }, [offset()]),
    'a partition and one of an unknown topic': async s => {
      const known = commit(s.name(), await topicOf(s), [offset()])
      const unknown = commit(s.name(), { name: s.name(), id: unknownId }, [offset()])
      return { ...known, topics: [...known.topics, ...unknown.topics] }
    },
    'offset 0': committing({ committedOffset: 0 }),
    'offset -1': committing({ committedOffset: -1 }),
    'a large offset': committing({ committedOffset: 2 ** 52 }),
    'no metadata': committing({ committedMetadata: null }),
    'metadata of 4096': committing({ committedMetadata: 'm'.repeat(4096) }),
    'metadata of 4097': committing({ committedMetadata: 'm'.repeat(4097) }),
    'metadata beyond ASCII': committing({ committedMetadata: 'ä'.repeat(3000) }),
    'a generation of a group that is not there': committing({}, { generationIdOrMemberEpoch: 1 }),
    'a member of a group that is not there': committing({}, { memberId: 'who' }),
    'generation -2': committing({}, { generationIdOrMemberEpoch: -2 }),
    'by a member': committingMember({}),
    'by an unknown member': committingMember({ memberId: 'who' }),
    'by a member of an old generation': committingMember({ generationIdOrMemberEpoch: 0 }),
    'by a member of a generation to come': committingMember({ generationIdOrMemberEpoch: 9 }),
    'from outside, to a group with members': committingMember({
      memberId: '',
      generationIdOrMemberEpoch: -1,
    }),
  }),
  ...scenarios(
    offsetCommit,
    {
      'a retention': committing({}, { retentionTimeMs: 1000 }),
      'a retention below -1': committing({}, { retentionTimeMs: -9 }),
    },
    { until: 4 },
  ),
  ...scenarios(
    offsetCommit,
    {
      'a leader epoch': committing({ committedLeaderEpoch: 4 }),
      'a leader epoch below -1': committing({ committedLeaderEpoch: -5 }),
    },
    { since: 6 },
  ),
  ...scenarios(
    offsetCommit,
    {
      'an instance of a group that is not there': committing({}, { groupInstanceId: 'i' }),
      'an unknown instance': committingMember({ groupInstanceId: 'i' }),
    },
    { since: 7 },
  ),
  ...scenarios(
    offsetCommit,
    {
      'an empty name': s => commit(s.name(), { name: '', id: unknownId }, [offset()]),
      'an invalid name': s => commit(s.name(), { name: 'a/b', id: unknownId }, [offset()]),
      'the name __proto__': s => commit(s.name(), { name: '__proto__', id: unknownId }, [offset()]),
      'the group __proto__': async s => commit('__proto__', await topicOf(s), [offset()]),
    },
    { until: 9 },
  ),
  ...scenarios(
    offsetCommit,
    {
      'the id of nothing': s => {
        return commit(s.name(), { name: '', id: 'AAAAAAAAAAAAAAAAAAAAAA' }, [offset()])
      },
    },
    { since: 10 },
  ),
]

/** Of one group, in the fields that the version has for it. */
function fetching(
  groupId: string,
  topics: readonly { name: string; id: string; partitions: readonly number[] }[] | null,
  fields: Partial<Fetch> = {},
): Fetch {
  const wanted =
    topics?.map(({ name, id, partitions }) => {
      return { name, topicId: id, partitionIndexes: partitions }
    }) ?? null
  return {
    groupId,
    topics: wanted,
    groups: [{ groupId, topics: wanted }],
    requireStable: false,
    ...fields,
  }
}

/** A group that has committed offset 7 for partition 0, and nothing for partition 1. */
const group = shared('offset-fetch', async s => {
  const topic = await s.topic({ numPartitions: 2 })
  const groupId = s.name('group')
  await s.get(offsetCommit, commit(groupId, topic, [offset({ committedLeaderEpoch: 0 })]))
  return { groupId, topic }
})

function of(partitions: readonly number[], fields: Partial<Fetch> = {}): FetchScript {
  return async s => {
    const { groupId, topic } = await group(s)
    return fetching(groupId, [{ ...topic, partitions }], fields)
  }
}

const fetches = [
  ...scenarios(offsetFetch, {
    'one partition': of([0]),
    'one that has none': of([1]),
    'several partitions': of([0, 1]),
    'no partitions': of([]),
    'the same partition twice': of([0, 0]),
    'an unknown partition': of([5]),
    'partition -1': of([-1]),
    'no topics': async s => fetching((await group(s)).groupId, []),
    'an unknown group': async s => {
      const { topic } = await group(s)
      return fetching(s.name(), [{ ...topic, partitions: [0] }])
    },
    'an empty group id': async s => {
      const { topic } = await group(s)
      return fetching('', [{ ...topic, partitions: [0] }])
    },
    'an unknown topic': async s => {
      const unknown = { name: s.name(), id: unknownId, partitions: [0] }
      return fetching((await group(s)).groupId, [unknown])
    },
    'an unknown topic and a known one': async s => {
      const { groupId, topic } = await group(s)
      const unknown = { name: s.name(), id: unknownId, partitions: [0] }
      return fetching(groupId, [unknown, { ...topic, partitions: [0] }])
    },
    'the same topic twice': async s => {
      const { groupId, topic } = await group(s)
      return fetching(groupId, [
        { ...topic, partitions: [0] },
        { ...topic, partitions: [1] },
      ])
    },
    'of a topic that is gone': async s => {
      const topic = await s.topic()
      await s.get(offsetCommit, commit(s.name(), topic, [offset()]))
      await s.remove(topic.name)
      // Kafka's coordinator hears of it later than its metadata.
      await s.until(async () => {
        const { groups } = await s.get(offsetFetch, fetching(s.name(), null), 9)
        return groups[0]!.topics.length === 0
      })
      await s.ask(fetching(s.name(), [{ ...topic, partitions: [0] }]))
    },
  }),
  ...scenarios(
    offsetFetch,
    {
      'an invalid name': async s => {
        return fetching((await group(s)).groupId, [{ name: 'a/b', id: '', partitions: [0] }])
      },
      'the name constructor': async s => {
        return fetching((await group(s)).groupId, [
          { name: 'constructor', id: '', partitions: [0] },
        ])
      },
      'the group constructor': () => {
        return fetching('constructor', [{ name: '__proto__', id: '', partitions: [0] }])
      },
    },
    { until: 9 },
  ),
  ...scenarios(
    offsetFetch,
    {
      'all topics': async s => fetching((await group(s)).groupId, null),
      'all topics of an unknown group': s => fetching(s.name(), null),
    },
    { since: 2 },
  ),
  ...scenarios(
    offsetFetch,
    { 'stable offsets only': of([0, 1], { requireStable: true }) },
    { since: 7 },
  ),
  ...scenarios(
    offsetFetch,
    {
      'no groups': () => ({ groups: [], requireStable: false }),
      'two groups': async s => {
        const { groupId, topic } = await group(s)
        const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
        const groups = [
          { groupId, topics },
          { groupId: s.name(), topics },
        ]
        return { groups, requireStable: false }
      },
      'the same group twice': async s => {
        const { groupId, topic } = await group(s)
        const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
        const groups = [
          { groupId, topics },
          { groupId, topics: [] },
        ]
        return { groups, requireStable: false }
      },
    },
    { since: 8 },
  ),
  ...scenarios(
    offsetFetch,
    {
      'a member of a group that is not there': s => {
        const groups = [{ groupId: s.name(), memberId: 'who', memberEpoch: 1, topics: [] }]
        return { groups, requireStable: false }
      },
      'a member of a classic group': async s => {
        const { groupId } = await group(s)
        const groups = [{ groupId, memberId: 'who', memberEpoch: 1, topics: [] }]
        return { groups, requireStable: false }
      },
    },
    { since: 9 },
  ),
]

export const offsetsScenarios = [...commits, ...fetches]
