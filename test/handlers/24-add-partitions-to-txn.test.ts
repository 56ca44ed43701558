import { describe, expect, it } from 'vitest'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { errors } from '../../protocol/errors.ts'
import { partitionOf, TransactionClient } from './transaction-client.ts'
import { onKafka, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)
const versions = versionsOf(addPartitionsToTxn)
const forBrokers = versionsOf(addPartitionsToTxn, { since: 4 })

describe.each(versions)('AddPartitionsToTxn v%i', version => {
  const fenced = version < 2 ? 'INVALID_PRODUCER_EPOCH' : 'PRODUCER_FENCED'

  it('begins a transaction, and adds to it', async () => {
    const topic = await wire.newTopic({ partitions: 3 })
    const producer = await transactions.newProducer()
    const [p0, p1, p2] = [0, 1, 2].map(index => partitionOf(topic, index)) as [
      string,
      string,
      string,
    ]
    expect(await transactions.add(producer, [p0], { version })).toEqual({ [p0]: 'NONE' })
    const begun = await transactions.describe(producer.transactionalId)
    expect(begun).toMatchObject({ transactionState: 'Ongoing', producerId: producer.producerId })
    expect(begun.transactionStartTimeMs).toBeGreaterThan(1.7e12)
    const both = { [p1]: 'NONE', [p2]: 'NONE' }
    expect(await transactions.add(producer, [p1, p2], { version })).toEqual(both)
    expect(await transactions.add(producer, [p1, p2], { version })).toEqual(both)
    const added = await transactions.describe(producer.transactionalId)
    expect(added.transactionStartTimeMs).toBe(begun.transactionStartTimeMs)
    expect(added.topics.map(({ topic: name }) => name)).toEqual([topic.name])
    expect(new Set(added.topics[0]!.partitions)).toEqual(new Set([0, 1, 2]))
  })

  it('rule 44: adds all partitions or none', async () => {
    const topic = await wire.newTopic()
    const missing = uniqueName()
    const producer = await transactions.newProducer()
    const asked = [partitionOf(topic), `${topic.name}-1`, `${missing}-0`]
    expect(await transactions.add(producer, asked, { version })).toEqual({
      [partitionOf(topic)]: 'OPERATION_NOT_ATTEMPTED',
      [`${topic.name}-1`]: 'UNKNOWN_TOPIC_OR_PARTITION',
      [`${missing}-0`]: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    expect(await transactions.describe(producer.transactionalId)).toMatchObject({
      transactionState: 'Empty',
      topics: [],
    })
  })

  it.each([
    ['rule 43: an older epoch', { producerEpoch: -1 }, fenced],
    ['a later epoch', { producerEpoch: 1 }, fenced],
    ['rule 45: another producer id', { producerId: 2 ** 40 }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['rule 45: an unknown id', { transactionalId: uniqueName() }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['rule 42: an empty id', { transactionalId: '' }, 'INVALID_REQUEST'],
  ])('refuses %s', async (_, wrong, error) => {
    const topic = await wire.newTopic()
    const producer = { ...(await transactions.newProducer()), ...wrong }
    expect(await transactions.add(producer, [partitionOf(topic)], { version })).toEqual({
      [partitionOf(topic)]: error,
    })
  })

  it('begins a transaction without partitions', async () => {
    const producer = await transactions.newProducer()
    expect(await transactions.add(producer, [], { version })).toEqual({})
    expect(await transactions.describe(producer.transactionalId)).toMatchObject({
      transactionState: 'Ongoing',
      topics: [],
    })
  })
})

describe('AddPartitionsToTxn of clients', () => {
  it.each(versionsOf(addPartitionsToTxn, { until: 3 }))(
    'v%i may not name internal topics',
    async version => {
      const topic = await wire.newTopic()
      const producer = await transactions.newProducer()
      const asked = [partitionOf(topic), '__transaction_state-0']
      expect(await transactions.add(producer, asked, { version })).toEqual({
        [partitionOf(topic)]: 'OPERATION_NOT_ATTEMPTED',
        '__transaction_state-0': 'TOPIC_AUTHORIZATION_FAILED',
      })
    },
  )
})

/** Rule 59: without an authorizer, CLUSTER_ACTION is everybody's, here as in Kafka. */
describe.each(forBrokers)('rule 59: AddPartitionsToTxn v%i of brokers', version => {
  it('only asks, if it wants to', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const producer = await transactions.newProducer()
    const [p0, p1] = [partitionOf(topic, 0), partitionOf(topic, 1)]
    await transactions.add(producer, [p0], { version })
    const verify = { version, verifyOnly: true }
    expect(await transactions.add(producer, [p0, p1], verify)).toEqual({
      [p0]: 'NONE',
      [p1]: 'TRANSACTION_ABORTABLE',
    })
    const late = { ...producer, producerEpoch: 1 }
    expect(await transactions.add(late, [p0], verify)).toEqual({ [p0]: 'PRODUCER_FENCED' })
    const other = { ...producer, producerId: 2 ** 40 }
    expect(await transactions.add(other, [p0], verify)).toEqual({
      [p0]: 'INVALID_PRODUCER_ID_MAPPING',
    })
    await transactions.end(producer, true)
    await transactions.settled(producer.transactionalId)
    expect(await transactions.add(producer, [p0], verify)).toEqual({
      [p0]: 'TRANSACTION_ABORTABLE',
    })
  })

  it('takes several transactions, each by itself', async () => {
    const topic = await wire.newTopic()
    const missing = uniqueName()
    const [good, bad] = [await transactions.newProducer(), await transactions.newProducer()]
    const transaction = { verifyOnly: false, topics: [{ name: topic.name, partitions: [0] }] }
    const answer = await wire.client.request(addPartitionsToTxn, version, {
      transactions: [
        { ...good, ...transaction },
        { ...bad, ...transaction, topics: [{ name: missing, partitions: [7] }] },
      ],
    })
    expect(answer.errorCode).toBe(errors.NONE)
    const results = answer.resultsByTransaction.toSorted(
      (a, b) =>
        Number(a.transactionalId === bad.transactionalId) -
        Number(b.transactionalId === bad.transactionalId),
    )
    expect(results).toEqual([
      {
        transactionalId: good.transactionalId,
        topicResults: [
          { name: topic.name, resultsByPartition: [{ partitionIndex: 0, partitionErrorCode: 0 }] },
        ],
      },
      {
        transactionalId: bad.transactionalId,
        topicResults: [
          {
            name: missing,
            resultsByPartition: [{ partitionIndex: 7, partitionErrorCode: 3 }],
          },
        ],
      },
    ])
  })

  it.skipIf(onKafka)('takes none (skipped on Apache Kafka: it never answers)', async () => {
    const answer = await wire.client.request(addPartitionsToTxn, version, { transactions: [] })
    expect(answer).toMatchObject({ errorCode: errors.NONE, resultsByTransaction: [] })
  })
})
