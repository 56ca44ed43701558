import { describe, expect, it } from 'vitest'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { partitionOf, TransactionClient, type TestProducer } from './transaction-client.ts'
import { deleteTopic, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker({ 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 5 })
const transactions = new TransactionClient(() => wire.client)
const inEpoch = versionsOf(endTxn, { until: 4 })
const withNewEpoch = versionsOf(endTxn, { since: 5 })
const none = { producerId: -1, producerEpoch: -1 }

/** A producer with a transaction. */
async function begin(version: number): Promise<TestProducer> {
  const topic = await wire.newTopic()
  const producer = await transactions.newProducer()
  const added = { version: version < 5 ? 3 : 5 }
  await transactions.add(producer, [partitionOf(topic)], added)
  return producer
}

const ends = [
  { committed: true, state: 'CompleteCommit' },
  { committed: false, state: 'CompleteAbort' },
]

describe.each(inEpoch)('EndTxn v%i', version => {
  it.each(ends)('committed $committed', async ({ committed, state }) => {
    const producer = await begin(version)
    expect(await transactions.end(producer, committed, version)).toEqual({ error: 'NONE', ...none })
    expect(await transactions.settled(producer.transactionalId)).toMatchObject({
      transactionState: state,
      producerId: producer.producerId,
      producerEpoch: 0,
      topics: [],
    })
    // Its answer was lost.
    expect(await transactions.end(producer, committed, version)).toEqual({ error: 'NONE', ...none })
    expect(await transactions.end(producer, !committed, version)).toEqual({
      error: 'INVALID_TXN_STATE',
      ...none,
    })
  })

  it.each(ends)('refuses to end what was not begun, committed $committed', async end => {
    const producer = await transactions.newProducer()
    const answer = await transactions.end(producer, end.committed, version)
    expect(answer).toEqual({ error: 'INVALID_TXN_STATE', ...none })
  })
})

describe.each(versionsOf(endTxn))('EndTxn v%i refuses', version => {
  const fenced = version < 2 ? 'INVALID_PRODUCER_EPOCH' : 'PRODUCER_FENCED'

  it.each([
    ['rule 43: an older epoch', { producerEpoch: -2 }, fenced],
    ['a later epoch', { producerEpoch: 1 }, fenced],
    ['rule 45: another producer id', { producerId: 2 ** 40 }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['rule 45: an unknown id', { transactionalId: uniqueName() }, 'INVALID_PRODUCER_ID_MAPPING'],
    ['rule 42: an empty id', { transactionalId: '' }, 'INVALID_REQUEST'],
  ])('%s', async (_, wrong, error) => {
    const producer = { ...(await begin(version)), ...wrong }
    for (const committed of [true, false]) {
      const answer = await transactions.end(producer, committed, version)
      expect(answer).toEqual({ error, ...none })
    }
  })
})

describe.each(withNewEpoch)('rule 53: EndTxn v%i', version => {
  it.each(ends)('committed $committed, raises the epoch', async ({ committed, state }) => {
    const { transactionalId, producerId, producerEpoch } = await begin(version)
    const producer = { transactionalId, producerId, producerEpoch }
    const answer = { error: 'NONE', producerId, producerEpoch: 1 }
    expect(await transactions.end(producer, committed, version)).toEqual(answer)
    expect(await transactions.settled(transactionalId)).toMatchObject({
      transactionState: state,
      producerId,
      producerEpoch: 1,
    })
    // Its answer was lost.
    expect(await transactions.end(producer, committed, version)).toEqual(answer)
    expect(await transactions.end(producer, !committed, version)).toEqual({
      error: 'INVALID_TXN_STATE',
      ...none,
    })
    const next = { ...producer, producerEpoch: 1 }
    expect(await transactions.end(next, true, version)).toEqual({
      error: 'INVALID_TXN_STATE',
      ...none,
    })
    const topic = await wire.newTopic()
    const added = await transactions.add(next, [partitionOf(topic)], { version: 5 })
    expect(added).toEqual({ [partitionOf(topic)]: 'NONE' })
    expect(await transactions.end(next, true, version)).toMatchObject({ producerEpoch: 2 })
    await transactions.settled(transactionalId)
    expect((await transactions.end(producer, true, version)).error).toBe('PRODUCER_FENCED')
  })

  it('aborts what may not have begun', async () => {
    const producer = await transactions.newProducer()
    const { transactionalId, producerId } = producer
    expect(await transactions.end(producer, true, version)).toMatchObject({
      error: 'INVALID_TXN_STATE',
    })
    for (let producerEpoch = 0; producerEpoch < 3; producerEpoch++) {
      const current = { ...producer, producerEpoch }
      expect(await transactions.end(current, false, version)).toEqual({
        error: 'NONE',
        producerId,
        producerEpoch: producerEpoch + 1,
      })
      const aborted = await transactions.settled(transactionalId)
      expect(aborted).toMatchObject({ transactionState: 'CompleteAbort', topics: [] })
      expect(aborted.transactionStartTimeMs).toBeGreaterThan(1.7e12)
    }
  })

  it('a later instance fences it', async () => {
    const producer = await begin(version)
    await transactions.init(producer.transactionalId)
    await transactions.settled(producer.transactionalId)
    await transactions.init(producer.transactionalId)
    expect(await transactions.end(producer, true, version)).toEqual({
      error: 'PRODUCER_FENCED',
      ...none,
    })
  })
})

describe('rule 58: a topic that is deleted during a transaction', () => {
  it('needs no marker', async () => {
    const producer = await transactions.newProducer()
    const [kept, gone] = [await wire.newTopic(), await wire.newTopic()]
    await transactions.add(producer, [partitionOf(kept), partitionOf(gone)])
    await deleteTopic(wire.client, gone)
    expect((await transactions.end(producer, true)).error).toBe('NONE')
    expect(await transactions.settled(producer.transactionalId)).toMatchObject({
      transactionState: 'CompleteCommit',
    })
  })
})

describe('rule 49: a transaction that takes longer than its timeout', () => {
  it.each(versionsOf(endTxn))(
    'is aborted, before EndTxn v%i',
    { timeout: 30_000 },
    async version => {
      const topic = await wire.newTopic()
      const producer = await transactions.newProducer(1)
      const { transactionalId, producerId } = producer
      const added = await transactions.add(producer, [partitionOf(topic)])
      expect(added).toEqual({ [partitionOf(topic)]: 'NONE' })
      let transaction = await transactions.describe(transactionalId)
      while (transaction.transactionState !== 'CompleteAbort') {
        transaction = await transactions.describe(transactionalId)
      }
      expect(transaction).toMatchObject({ producerId, producerEpoch: 1, topics: [] })
      const fenced = version < 2 ? 'INVALID_PRODUCER_EPOCH' : 'PRODUCER_FENCED'
      const error = version < 5 ? fenced : 'INVALID_TXN_STATE'
      expect(await transactions.end(producer, true, version)).toEqual({ error, ...none })
    },
  )
})
