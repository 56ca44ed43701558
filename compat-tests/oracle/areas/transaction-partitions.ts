/** What is added to a transaction: AddPartitionsToTxn and AddOffsetsToTxn. */
import { addPartitionsToTxn } from '../../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../../protocol/apis/25-add-offsets-to-txn.ts'
import type { Infer, Input } from '../../../protocol/schema.ts'
import { scenarios, shared, type Script } from '../scenario.ts'
import type { Session, Topic } from '../session.ts'
import {
  addGroup,
  end,
  newProducer,
  nobody,
  partitionsOf,
  raisesEpoch,
  seeTransaction,
  type Producer,
  begin,
  ended,
  keepsEpoch,
} from '../transaction.ts'

type Add = Input<typeof addPartitionsToTxn.request>
type Topics = NonNullable<Add['v3AndBelowTopics']>
type AddSession = Session<Add, Infer<typeof addPartitionsToTxn.response>>
const topicOf = shared('transaction-partitions', s => s.topic({ numPartitions: 3 }))

/** As clients and as brokers ask. */
function adding(s: AddSession, producer: Producer, topics: Topics, verifyOnly = false): Add {
  const { transactionalId, producerId, producerEpoch } = producer
  if (s.version > 3) {
    return {
      transactions: [{ transactionalId, producerId, producerEpoch, verifyOnly, topics }],
    }
  }
  return { ...partitionsOf(producer, { name: '' }), v3AndBelowTopics: topics }
}

type AddScript = (s: AddSession) => Promise<Add | void>

function addingTo(
  topics: (topic: Topic, s: AddSession) => Topics,
  change: Partial<Producer> = {},
): AddScript {
  return async s => {
    const producer = await newProducer(s)
    await s.ask(adding(s, { ...producer, ...change }, topics(await topicOf(s), s)))
    await seeTransaction(s, producer)
  }
}

const one = ({ name }: Topic) => [{ name, partitions: [0] }]

/** In the epoch that many after the producer's. */
function addingInEpoch(difference: number): AddScript {
  return async s => {
    await newProducer(s)
    const producer = await newProducer(s)
    const producerEpoch = producer.producerEpoch + difference
    await s.ask(adding(s, { ...producer, producerEpoch }, one(await topicOf(s))))
    await seeTransaction(s, producer)
  }
}

/** After the end of a transaction, in the epoch then or in the one before. */
function addingAfter(committed: boolean, version: number, isBefore = false): AddScript {
  return async s => {
    const topic = await topicOf(s)
    const before = await newProducer(s)
    await begin(s, before, topic)
    const after = await end(s, before, committed, version)
    await s.ask(adding(s, isBefore ? before : after, one(topic)))
    await seeTransaction(s, after)
  }
}

const additions = [
  ...scenarios(addPartitionsToTxn, {
    'one partition': addingTo(one),
    'two partitions': addingTo(({ name }) => [{ name, partitions: [0, 2] }]),
    'the same partition twice': addingTo(({ name }) => [{ name, partitions: [0, 0] }]),
    'the same topic twice': addingTo(({ name }) => [
      { name, partitions: [0] },
      { name, partitions: [1] },
    ]),
    'no topics': addingTo(() => []),
    'no partitions': addingTo(({ name }) => [{ name, partitions: [] }]),
    'an unknown topic': addingTo((_, s) => [{ name: s.name('unknown'), partitions: [0] }]),
    'an unknown partition': addingTo(({ name }) => [{ name, partitions: [3] }]),
    'partition -1': addingTo(({ name }) => [{ name, partitions: [-1] }]),
    'a partition and an unknown one': addingTo(({ name }) => [{ name, partitions: [0, 3] }]),
    'a partition and one of an unknown topic': addingTo(({ name }, s) => [
      { name, partitions: [0] },
      { name: s.name('unknown'), partitions: [0] },
    ]),
    'an empty name': addingTo(() => [{ name: '', partitions: [0] }]),
    'an invalid name': addingTo(() => [{ name: 'a/b', partitions: [0] }]),
    'the name __proto__': addingTo(() => [{ name: '__proto__', partitions: [0] }]),
    'the topic of offsets': addingTo(() => [{ name: '__consumer_offsets', partitions: [0] }]),
    'the topic of transactions': addingTo(() => [{ name: '__transaction_state', partitions: [0] }]),
    'of another producer': addingTo(one, { producerId: nobody }),
    'of another producer, in another epoch': addingTo(one, {
      producerId: nobody,
      producerEpoch: 9,
    }),
    'of an unknown id': addingTo(one, { transactionalId: 'nobody has this' }),
    'of an empty id': addingTo(one, { transactionalId: '' }),
    'of producer -1': addingTo(one, { producerId: -1 }),
    'in epoch -1': addingTo(one, { producerEpoch: -1 }),
    'in an old epoch': addingInEpoch(-1),
    'in an epoch to come': addingInEpoch(1),
    'again, and more': async s => {
      const producer = await newProducer(s)
      const { name } = await topicOf(s)
      await s.ask(adding(s, producer, [{ name, partitions: [0] }]))
      await s.ask(adding(s, producer, [{ name, partitions: [0] }]))
      await s.ask(adding(s, producer, [{ name, partitions: [0, 1] }]))
      await seeTransaction(s, producer)
    },
    'after a commit': addingAfter(true, keepsEpoch),
    'after an abort': addingAfter(false, keepsEpoch),
    'after a commit that raised the epoch': addingAfter(true, raisesEpoch),
    'after an abort that raised the epoch': addingAfter(false, raisesEpoch),
    'after a commit, in the epoch before': addingAfter(true, raisesEpoch, true),
    'after an abort, in the epoch before': addingAfter(false, raisesEpoch, true),
    'by one who was fenced': async s => {
      const producer = await newProducer(s)
      await begin(s, producer, await topicOf(s))
      await newProducer(s)
      await s.ask(adding(s, producer, one(await topicOf(s))))
    },
    'and again, by one whose transaction timed out': async s => {
      const topic = await topicOf(s)
      const timeout = { transactionTimeoutMs: 1 }
      const producer = await newProducer(s, s.name(), timeout)
      await begin(s, producer, topic)
      await s.until(async () => (await ended(s, producer)) === 'CompleteAbort')
      await s.ask(adding(s, producer, one(topic)))
      await seeTransaction(s, producer)
    },
  } satisfies Record<string, AddScript>),
  ...scenarios(
    addPartitionsToTxn,
    {
      'two transactions': async s => {
        const [first, second] = [await newProducer(s, s.name()), await newProducer(s, s.name('b'))]
        const topics = one(await topicOf(s))
        const others = { verifyOnly: false, topics }
        const transactions = [first, { ...second, producerId: nobody }]
        await s.ask({ transactions: transactions.map(one => ({ ...one, ...others })) })
        await seeTransaction(s, first)
        await seeTransaction(s, second)
      },
      'the same transaction twice': async s => {
        const producer = await newProducer(s)
        const { name } = await topicOf(s)
        const [verifyOnly, of] = [false, (partition: number) => [{ name, partitions: [partition] }]]
        const transactions = [0, 1].map(n => ({ ...producer, verifyOnly, topics: of(n) }))
        await s.ask({ transactions })
        await seeTransaction(s, producer)
      },
    } satisfies Record<string, (s: AddSession) => unknown>,
    { since: 4 },
  ),
]

/** Asks whether partitions are in a transaction that has partition 0. */
function verifying(
  partitions: readonly number[],
  change: Partial<Producer> = {},
  { isOpen = true } = {},
): AddScript {
  return async s => {
    const topic = await topicOf(s)
    const producer = await newProducer(s)
    if (isOpen) await begin(s, producer, topic)
    const topics = [{ name: topic.name, partitions }]
    await s.ask(adding(s, { ...producer, ...change }, topics, true))
    await seeTransaction(s, producer)
  }
}

const verifications = scenarios(
  addPartitionsToTxn,
  {
    'verify: a partition of the transaction': verifying([0]),
    'verify: a partition of no transaction': verifying([1]),
    'verify: one of each': verifying([0, 1]),
    'verify: an unknown partition': verifying([9]),
    'verify: outside of transactions': verifying([0], {}, { isOpen: false }),
    'verify: of another producer': verifying([0], { producerId: nobody }),
    'verify: in an old epoch': verifying([0], { producerEpoch: -1 }),
    'verify: in an epoch to come': verifying([0], { producerEpoch: 5 }),
    'verify: of an unknown id': verifying([0], { transactionalId: 'nobody has this' }),
    'verify: of an empty id': verifying([0], { transactionalId: '' }),
    'verify: after a commit': async s => {
      const topic = await topicOf(s)
      const producer = await newProducer(s)
      await begin(s, producer, topic)
      await end(s, producer, true)
      await s.ask(adding(s, producer, one(topic), true))
    },
  },
  { since: 4 },
)

type OffsetsScript = Script<Input<typeof addOffsetsToTxn.request>, unknown>

function addingOffsets(fields: Partial<Producer> & { groupId?: string }): OffsetsScript {
  return async s => {
    const producer = await newProducer(s)
    await s.ask({ ...producer, groupId: s.name(), ...fields })
    await seeTransaction(s, producer)
  }
}

const offsets = scenarios(addOffsetsToTxn, {
  'of a group': addingOffsets({}),
  'of a group without a name': addingOffsets({ groupId: '' }),
  'of the group __proto__': addingOffsets({ groupId: '__proto__' }),
  'of two groups': async s => {
    const producer = await newProducer(s)
    await s.ask({ ...producer, groupId: s.name('a') })
    await s.ask({ ...producer, groupId: s.name('a') })
    await s.ask({ ...producer, groupId: s.name('b') })
    await seeTransaction(s, producer)
  },
  'of another producer': addingOffsets({ producerId: nobody }),
  'of an unknown id': addingOffsets({ transactionalId: 'nobody has this' }),
  'of an empty id': addingOffsets({ transactionalId: '' }),
  'in epoch -1': addingOffsets({ producerEpoch: -1 }),
  'in an epoch to come': addingOffsets({ producerEpoch: 1 }),
  'in an old epoch': async s => {
    const first = await newProducer(s)
    await newProducer(s)
    return { ...first, groupId: s.name() }
  },
  'after a commit': async s => {
    const producer = await newProducer(s)
    await addGroup(s, producer, s.name())
    await end(s, producer, true)
    await s.ask({ ...producer, groupId: s.name() })
    await seeTransaction(s, producer)
  },
  'after a commit, in the epoch before': async s => {
    const producer = await newProducer(s)
    await addGroup(s, producer, s.name())
    await end(s, producer, true, raisesEpoch)
    await s.ask({ ...producer, groupId: s.name() })
    await seeTransaction(s, producer)
  },
})

export const transactionPartitionsScenarios = [...additions, ...verifications, ...offsets]
