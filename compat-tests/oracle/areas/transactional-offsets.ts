/** Offsets that are committed in transactions, and what coordinators tell of transactions. */
import { offsetCommit } from '../../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../../protocol/apis/09-offset-fetch.ts'
import { endTxn } from '../../../protocol/apis/26-end-txn.ts'
import { txnOffsetCommit } from '../../../protocol/apis/28-txn-offset-commit.ts'
import { deleteGroups } from '../../../protocol/apis/42-delete-groups.ts'
import { offsetDelete } from '../../../protocol/apis/47-offset-delete.ts'
import { describeTransactions } from '../../../protocol/apis/65-describe-transactions.ts'
import { listTransactions } from '../../../protocol/apis/66-list-transactions.ts'
import { consumerGroupHeartbeat } from '../../../protocol/apis/68-consumer-group-heartbeat.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { becomeMember } from '../group.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'
import {
  addGroup,
  begin,
  end,
  ended,
  keepsEpoch,
  newProducer,
  nobody,
  raisesEpoch,
  seeTransaction,
  type Producer,
} from '../transaction.ts'

type Commit = Input<typeof txnOffsetCommit.request>
type CommitScript = Script<Commit, Infer<typeof txnOffsetCommit.response>>
type Partition = Commit['topics'][number]['partitions'][number]

const topicOf = shared('transactional-offsets', s => s.topic({ numPartitions: 2 }))

const offset = (fields: Partial<Partition> = {}): Partition => {
  return { partitionIndex: 0, committedOffset: 7, committedMetadata: 'where', ...fields }
}

function committing(
  producer: Producer,
  groupId: string,
  { name }: Pick<Topic, 'name'>,
  fields: Partial<Commit> = {},
  ...partitions: readonly Partition[]
): Commit {
  const topics = [{ name, partitions: partitions.length > 0 ? partitions : [offset()] }]
  return { ...producer, groupId, topics, ...fields }
}

/** What is committed, for those who take what is, and for those who want what stays. */
async function see(s: Session<never>, groupId: string, { name, id }: Topic): Promise<void> {
  const topics = [{ name, topicId: id, partitionIndexes: [0, 1] }]
  for (const requireStable of [false, true]) {
    await s.also(offsetFetch, { groups: [{ groupId, topics }], requireStable })
  }
}

interface InTransaction {
  /** The group is in the transaction, by AddOffsetsToTxn. */
  isAdded?: boolean
  fields?: Partial<Commit>
  partitions?: readonly Partition[]
}

/** By a producer in its second epoch. */
function inTransaction({ isAdded = true, fields = {}, partitions = [] }: InTransaction = {}) {
  return (async s => {
    const topic = await topicOf(s)
    await newProducer(s)
    const producer = await newProducer(s)
    if (isAdded) await addGroup(s, producer, s.name())
    await s.ask(committing(producer, s.name(), topic, fields, ...partitions))
    await see(s, s.name(), topic)
    await seeTransaction(s, producer)
  }) satisfies CommitScript
}

/** Then its transaction ends. */
function andEnding(committed: boolean, version: number = keepsEpoch): CommitScript {
  return async s => {
    const topic = await topicOf(s)
    const producer = await newProducer(s)
    await addGroup(s, producer, s.name())
    await s.ask(committing(producer, s.name(), topic))
    await see(s, s.name(), topic)
    await end(s, producer, committed, version)
    await see(s, s.name(), topic)
  }
}

/** By the only member of a classic group, whose names may be other ones. */
function byMember(changes: Partial<Commit>): CommitScript {
  return async s => {
    const topic = await topicOf(s)
    const { memberId, generationId } = await becomeMember(s, s.name())
    const producer = await newProducer(s)
    await addGroup(s, producer, s.name())
    await s.ask(committing(producer, s.name(), topic, { memberId, generationId, ...changes }))
    await end(s, producer, true)
    await see(s, s.name(), topic)
  }
}

/** By a member of a consumer group (KIP-848) at its epoch, or in another. */
function byConsumer(
  change: (member: { memberId: string; generationId: number }) => Partial<Commit>,
) {
  return (async s => {
    const topic = await topicOf(s)
    const joining = { groupId: s.name(), memberId: 'member', memberEpoch: 0, topicPartitions: [] }
    const fields = { subscribedTopicNames: [topic.name], rebalanceTimeoutMs: 9999 }
    const { memberEpoch } = await s.get(consumerGroupHeartbeat, { ...joining, ...fields })
    const member = { memberId: 'member', generationId: memberEpoch }
    const producer = await newProducer(s)
    await addGroup(s, producer, s.name())
    await s.ask(committing(producer, s.name(), topic, { ...member, ...change(member) }))
    await end(s, producer, true)
    const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }]
    const groups = [{ groupId: s.name(), memberId: 'member', memberEpoch, topics }]
    await s.also(offsetFetch, { groups, requireStable: true })
  }) satisfies CommitScript
}

const commits = [
  ...scenarios(txnOffsetCommit, {
    'in a transaction': inTransaction(),
    'and committed': andEnding(true),
    'and aborted': andEnding(false),
    'and committed in the next epoch': andEnding(true, raisesEpoch),
    'and aborted in the next epoch': andEnding(false, raisesEpoch),
    'of another producer': inTransaction({ fields: { producerId: nobody } }),
    'of producer -1': inTransaction({ fields: { producerId: -1 } }),
    'in an old epoch': inTransaction({ fields: { producerEpoch: 0 } }),
    'in an epoch to come': inTransaction({ fields: { producerEpoch: 2 } }),
    'in epoch -1': inTransaction({ fields: { producerEpoch: -1 } }),
    'of a group without a name': inTransaction({ fields: { groupId: '' } }),
    'of the group constructor': inTransaction({ fields: { groupId: 'constructor' } }),
    'no topics': inTransaction({ fields: { topics: [] } }),
    'an unknown topic': async s => {
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), { name: s.name('unknown') }))
    },
    'an empty name': async s => {
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), { name: '' }))
    },
    'an unknown partition': inTransaction({
      partitions: [offset(), offset({ partitionIndex: 9 })],
    }),
    'partition -1': inTransaction({ partitions: [offset({ partitionIndex: -1 })] }),
    'the same partition twice': inTransaction({
      partitions: [offset(), offset({ committedOffset: 8 })],
    }),
    'two partitions': inTransaction({ partitions: [offset(), offset({ partitionIndex: 1 })] }),
    'offset -1': inTransaction({ partitions: [offset({ committedOffset: -1 })] }),
    'metadata of 4097': inTransaction({
      partitions: [offset({ committedMetadata: 'm'.repeat(4097) })],
    }),
    'no metadata': inTransaction({ partitions: [offset({ committedMetadata: null })] }),
    'twice in a transaction': async s => {
      const topic = await topicOf(s)
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), topic))
      await s.ask(committing(producer, s.name(), topic, {}, offset({ committedOffset: 9 })))
      await end(s, producer, true)
      await see(s, s.name(), topic)
    },
    'beside one of another producer': async s => {
      const topic = await topicOf(s)
      const [first, second] = [await newProducer(s, s.name('a')), await newProducer(s, s.name('b'))]
      await addGroup(s, first, s.name())
      await addGroup(s, second, s.name())
      await s.ask(committing(first, s.name(), topic))
      await s.ask(committing(second, s.name(), topic, {}, offset({ committedOffset: 9 })))
      await end(s, second, true)
      await see(s, s.name(), topic)
      await end(s, first, false)
      await see(s, s.name(), topic)
    },
    'before one without a transaction': async s => {
      const topic = await topicOf(s)
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), topic))
      const topics = [
        { name: topic.name, topicId: topic.id, partitions: [offset({ committedOffset: 9 })] },
      ]
      await s.also(offsetCommit, { groupId: s.name(), topics })
      await see(s, s.name(), topic)
      await end(s, producer, true)
      await see(s, s.name(), topic)
    },
    'over one without a transaction': async s => {
      const topic = await topicOf(s)
      const topics = [
        { name: topic.name, topicId: topic.id, partitions: [offset({ committedOffset: 9 })] },
      ]
      await s.also(offsetCommit, { groupId: s.name(), topics })
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), topic))
      await see(s, s.name(), topic)
      await end(s, producer, false)
      await see(s, s.name(), topic)
    },
    'and the group is deleted': async s => {
      const topic = await topicOf(s)
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), topic))
      await s.also(deleteGroups, { groupsNames: [s.name()] })
      await end(s, producer, true)
      await see(s, s.name(), topic)
    },
    'and the offset is deleted': async s => {
      const topic = await topicOf(s)
      const producer = await newProducer(s)
      await addGroup(s, producer, s.name())
      await s.ask(committing(producer, s.name(), topic))
      const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }]
      await s.also(offsetDelete, { groupId: s.name(), topics })
      await see(s, s.name(), topic)
      await end(s, producer, true)
      await see(s, s.name(), topic)
    },
    'by one who was fenced': async s => {
      const topic = await topicOf(s)
      const first = await newProducer(s)
      await addGroup(s, first, s.name())
      await s.ask(committing(first, s.name(), topic))
      const second = await newProducer(s)
      await s.ask(committing(first, s.name(), topic, {}, offset({ committedOffset: 9 })))
      await see(s, s.name(), topic)
      await addGroup(s, second, s.name())
      await s.ask(committing(first, s.name(), topic, {}, offset({ committedOffset: 10 })))
      await see(s, s.name(), topic)
    },
    'a group with members, from outside of it': byMember({ memberId: '', generationId: -1 }),
  } satisfies Record<string, CommitScript>),
  ...scenarios(
    txnOffsetCommit,
    {
      'without a transaction': inTransaction({ isAdded: false }),
      'of another producer, without a transaction': inTransaction({
        isAdded: false,
        fields: { producerId: nobody },
      }),
      'in an old epoch, without a transaction': inTransaction({
        isAdded: false,
        fields: { producerEpoch: 0 },
      }),
      'in an epoch to come, without a transaction': inTransaction({
        isAdded: false,
        fields: { producerEpoch: 2 },
      }),
      'of another group': async s => {
        const topic = await topicOf(s)
        const producer = await newProducer(s)
        await addGroup(s, producer, s.name('b'))
        await s.ask(committing(producer, s.name(), topic))
        await see(s, s.name(), topic)
      },
      'by a commit of nothing else, in the last version': async s => {
        const topic = await topicOf(s)
        const producer = await newProducer(s)
        await s.ask(committing(producer, s.name(), topic))
        await s.also(endTxn, { ...producer, committed: true })
        await ended(s, producer)
        await see(s, s.name(), topic)
      },
      'of an unknown id': async s => {
        const topic = await topicOf(s)
        const producer = await newProducer(s)
        const transactionalId = s.name('unknown')
        await s.ask(committing({ ...producer, transactionalId }, s.name(), topic))
      },
      'after a commit, in the epoch before': async s => {
        const topic = await topicOf(s)
        const before = await newProducer(s)
        await addGroup(s, before, s.name())
        await s.ask(committing(before, s.name(), topic))
        const after = await end(s, before, true, raisesEpoch)
        await s.ask(committing(before, s.name(), topic, {}, offset({ committedOffset: 9 })))
        await see(s, s.name(), topic)
        await seeTransaction(s, after)
      },
      'of an empty id': inTransaction({ fields: { transactionalId: '' } }),
    } satisfies Record<string, CommitScript>,
    // Kafka asks for what several connections want at once: see transactional-writes.
    { alone: true },
  ),
  ...scenarios(
    txnOffsetCommit,
    {
      'a leader epoch': inTransaction({ partitions: [offset({ committedLeaderEpoch: 4 })] }),
    },
    { since: 2 },
  ),
  ...scenarios(
    txnOffsetCommit,
    {
      'by a member': byMember({}),
      'by an unknown member': byMember({ memberId: 'who' }),
      'by a member of an old generation': byMember({ generationId: 0 }),
      'by a member of a generation to come': byMember({ generationId: 9 }),
      'by an unknown instance': byMember({ groupInstanceId: 'i' }),
      'by an unknown instance, of no member': byMember({
        groupInstanceId: 'i',
        memberId: '',
        generationId: -1,
      }),
      'a generation of a group that is not there': inTransaction({ fields: { generationId: 3 } }),
      'a member of a group that is not there': inTransaction({ fields: { memberId: 'who' } }),
      'a generation and a member of a group that is not there': inTransaction({
        fields: { memberId: 'who', generationId: 3 },
      }),
      'an instance of a group that is not there': inTransaction({
        fields: { groupInstanceId: 'i' },
      }),
      'by a consumer': byConsumer(() => ({})),
      'by an unknown consumer': byConsumer(() => ({ memberId: 'who' })),
      'by a consumer of an old epoch': byConsumer(({ generationId }) => ({
        generationId: generationId - 1,
      })),
      'by a consumer of an epoch to come': byConsumer(({ generationId }) => ({
        generationId: generationId + 1,
      })),
      'by a consumer without an epoch': byConsumer(() => ({ generationId: -1 })),
      'from outside, to a group of consumers': byConsumer(() => ({
        memberId: '',
        generationId: -1,
      })),
    } satisfies Record<string, CommitScript>,
    { since: 3 },
  ),
  ...scenarios(
    offsetFetch,
    {
      'stable ones, of all topics, within a transaction': async s => {
        const topic = await topicOf(s)
        const producer = await newProducer(s)
        await addGroup(s, producer, s.name())
        const request = committing(producer, s.name(), topic)
        await s.get(txnOffsetCommit, request, 4)
        const groups = [{ groupId: s.name(), topics: null }]
        const old = { groupId: s.name(), topics: null }
        await s.ask({ ...old, groups, requireStable: true })
        await end(s, producer, true)
        await s.ask({ ...old, groups, requireStable: true })
      },
      'stable ones, of two partitions, within a transaction of one': async s => {
        const topic = await topicOf(s)
        const producer = await newProducer(s)
        await addGroup(s, producer, s.name())
        await s.get(txnOffsetCommit, committing(producer, s.name(), topic), 4)
        const topics = [{ name: topic.name, topicId: topic.id, partitionIndexes: [0, 1] }]
        const groups = [{ groupId: s.name(), topics }]
        await s.ask({ groupId: s.name(), topics, groups, requireStable: true })
        await s.ask({ groupId: s.name(), topics, groups, requireStable: false })
      },
    },
    { since: 7 },
  ),
]

/** Transactions in all states that last, by what their ids end with. */
async function inAllStates(s: Session<never>): Promise<Record<string, Producer>> {
  const topic = await topicOf(s)
  const [empty, ongoing, committed, aborted] = [
    await newProducer(s, s.name('empty')),
    await newProducer(s, s.name('ongoing')),
    await newProducer(s, s.name('committed')),
    await newProducer(s, s.name('aborted')),
  ]
  for (const producer of [empty, ongoing, committed, aborted]) {
    s.know(`${producer.producerId}`, producer.transactionalId)
  }
  for (const producer of [ongoing, committed, aborted]) await begin(s, producer, topic)
  await addGroup(s, ongoing, s.name())
  await end(s, committed, true)
  await end(s, aborted, false, raisesEpoch)
  return { empty, ongoing, committed, aborted }
}

type ListScript = Script<Input<typeof listTransactions.request>, unknown>

function listing(
  fields: (
    s: Session<never>,
    producers: Record<string, Producer>,
  ) => Partial<Input<typeof listTransactions.request>>,
): ListScript {
  return async s => {
    const producers = await inAllStates(s)
    await s.ask({ stateFilters: [], producerIdFilters: [], ...fields(s, producers) })
  }
}

const [states, ids] = [
  (...stateFilters: string[]) => listing(() => ({ stateFilters })),
  (...names: string[]) =>
    listing((_, producers) => ({
      producerIdFilters: names.map(name => producers[name]?.producerId ?? nobody),
    })),
]

const descriptions = [
  ...scenarios(describeTransactions, {
    'in all states': async s => {
      const producers = Object.values(await inAllStates(s))
      await s.ask({ transactionalIds: producers.map(({ transactionalId }) => transactionalId) })
    },
    'of an unknown id': s => ({ transactionalIds: [s.name()] }),
    'of an empty id': () => ({ transactionalIds: [''] }),
    'of the id constructor': () => ({ transactionalIds: ['constructor'] }),
    'of an id twice': async s => {
      const { transactionalId } = await newProducer(s)
      return { transactionalIds: [transactionalId, transactionalId] }
    },
    'of a known and an unknown id': async s => {
      const { transactionalId } = await newProducer(s)
      return { transactionalIds: [transactionalId, s.name('b')] }
    },
    'of no ids': () => ({ transactionalIds: [] }),
    'of a topic that was deleted': async s => {
      const gone = await s.topic({ name: s.name('gone') })
      const producer = await newProducer(s)
      await begin(s, producer, gone)
      await begin(s, producer, await topicOf(s))
      await s.remove(gone.name)
      await s.ask({ transactionalIds: [producer.transactionalId] })
    },
  }),
  ...scenarios(listTransactions, {
    all: listing(() => ({})),
    'Empty ones': states('Empty'),
    'Ongoing ones': states('Ongoing'),
    'complete ones': states('CompleteCommit', 'CompleteAbort'),
    'ending ones': states('PrepareCommit', 'PrepareAbort'),
    'Dead and PrepareEpochFence': states('Dead', 'PrepareEpochFence'),
    'states that there are not': states('ongoing', 'Nothing', '', 'Ongoing'),
    'the same state twice': states('Ongoing', 'Ongoing'),
    'only states that there are not': states('Nothing'),
    'of a producer': ids('ongoing'),
    'of an unknown producer': ids('nobody'),
    'of two producers': ids('ongoing', 'nobody', 'empty'),
    'of a state and a producer': listing((_, { ongoing }) => ({
      stateFilters: ['Empty'],
      producerIdFilters: [ongoing!.producerId],
    })),
  }),
  ...scenarios(
    listTransactions,
    {
      'that run for 0 ms': listing(() => ({ durationFilter: 0 })),
      'that run for an hour': listing(() => ({ durationFilter: 3_600_000 })),
      'that run for -5 ms': listing(() => ({ durationFilter: -5 })),
      'that run for ever': listing(() => ({ durationFilter: 2 ** 52 })),
    },
    { since: 1 },
  ),
  ...scenarios(
    listTransactions,
    {
      'of a pattern': listing(s => ({ transactionalIdPattern: `${s.name('')}.*ed` })),
      'of a part of an id': listing(() => ({ transactionalIdPattern: 'ongoing' })),
      'of what no id has': listing(() => ({ transactionalIdPattern: 'nothing.*' })),
      'of an empty pattern': listing(() => ({ transactionalIdPattern: '' })),
      'of what is no pattern': listing(() => ({ transactionalIdPattern: '(ab' })),
      'of what RE2 has not': listing(() => ({ transactionalIdPattern: '(?=a).*' })),
      'of a state and a pattern': listing(() => ({
        transactionalIdPattern: '.*',
        stateFilters: ['Ongoing'],
      })),
    },
    { since: 2 },
  ),
]

export const transactionalOffsetsScenarios = [...commits, ...descriptions]
