import { describe, expect, it } from 'vitest'
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { partitionOf, TransactionClient } from './transaction-client.ts'
import { named, uniqueName, useBroker } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)

const nothing = {
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
}

describe('DescribeTransactions', () => {
  it('tells a transaction from its start to its end', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const producer = await transactions.newProducer(12_345)
    const { transactionalId, producerId, producerEpoch } = producer
    const empty = {
      error: 'NONE',
      transactionalId,
      producerId,
      producerEpoch,
      transactionState: 'Empty',
      transactionTimeoutMs: 12_345,
      transactionStartTimeMs: -1,
      topics: [],
    }
    expect(await transactions.describe(transactionalId)).toEqual(empty)
    await transactions.add(producer, [partitionOf(topic, 1)])
    const ongoing = await transactions.describe(transactionalId)
    const { transactionStartTimeMs } = ongoing
    expect(ongoing).toEqual({
      ...empty,
      transactionState: 'Ongoing',
      transactionStartTimeMs,
      topics: [{ topic: topic.name, partitions: [1] }],
    })
    await transactions.end(producer, true)
    expect(await transactions.settled(transactionalId)).toEqual({
      ...empty,
      transactionState: 'CompleteCommit',
      transactionStartTimeMs,
    })
  })

  it('answers for each id, in their order', async () => {
    const { transactionalId } = await transactions.newProducer()
    const unknown = uniqueName()
    const { transactionStates } = await wire.client.request(describeTransactions, 0, {
      transactionalIds: [unknown, '', transactionalId],
    })
    expect(transactionStates.map(named)).toEqual([
      { error: 'TRANSACTIONAL_ID_NOT_FOUND', transactionalId: unknown, ...nothing },
      { error: 'INVALID_REQUEST', transactionalId: '', ...nothing },
      expect.objectContaining({ error: 'NONE', transactionalId }),
    ])
  })
})
