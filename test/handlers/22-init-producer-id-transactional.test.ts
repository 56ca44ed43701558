import { describe, expect, it } from 'vitest'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { partitionOf, TransactionClient } from './transaction-client.ts'
import { latest, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)
const none = { producerId: -1, producerEpoch: -1 }

describe('InitProducerId of a transactional id', () => {
  it.each(versionsOf(initProducerId))('v%i raises the epoch each time', async version => {
    const id = await transactions.newId()
    const first = await transactions.init(id, { version })
    expect(first).toMatchObject({ error: 'NONE', producerEpoch: 0 })
    for (let producerEpoch = 1; producerEpoch < 4; producerEpoch++) {
      const again = await transactions.init(id, { version })
      expect(again).toMatchObject({ error: 'NONE', producerId: first.producerId, producerEpoch })
    }
  })

  it.each(versionsOf(initProducerId))(
    'rule 42: v%i refuses timeouts of 0 and below, and above transaction.max.timeout.ms',
    async version => {
      const id = await transactions.newId()
      for (const transactionTimeoutMs of [0, -1, -(2 ** 31), 900_001, 2 ** 31 - 1]) {
        expect(await transactions.init(id, { version, transactionTimeoutMs })).toMatchObject({
          error: 'INVALID_TRANSACTION_TIMEOUT',
          ...none,
        })
      }
      for (const transactionTimeoutMs of [1, 900_000]) {
        const answer = await transactions.init(id, { version, transactionTimeoutMs })
        expect(answer.error).toBe('NONE')
        expect(await transactions.describe(id)).toMatchObject({ transactionTimeoutMs })
      }
    },
  )

  it('rule 42: refuses an empty id, and an id without an epoch', async () => {
    const id = await transactions.newId()
    expect((await transactions.init('')).error).toBe('INVALID_REQUEST')
    expect((await transactions.init(id, { producerId: 1 })).error).toBe('INVALID_REQUEST')
    expect((await transactions.init(id, { producerEpoch: 1 })).error).toBe('INVALID_REQUEST')
  })

  it('is not served in v6, which is unstable (KIP-939)', async () => {
    const { apiKeys } = await wire.client.request(apiVersions, latest(apiVersions), {
      clientSoftwareName: 'test',
      clientSoftwareVersion: '1',
    })
    expect(apiKeys.find(({ apiKey }) => apiKey === initProducerId.key)).toMatchObject({
      maxVersion: 5,
    })
  })
})

describe('InitProducerId of a producer that goes on (KIP-360)', () => {
  it.each(versionsOf(initProducerId, { since: 3 }))('v%i raises its epoch', async version => {
    const { transactionalId, ...producer } = await transactions.newProducer()
    const raised = { ...producer, producerEpoch: 1 }
    expect(await transactions.init(transactionalId, { version, ...producer })).toMatchObject(raised)
    // Its answer was lost.
    expect(await transactions.init(transactionalId, { version, ...producer })).toMatchObject(raised)
    expect(await transactions.init(transactionalId, { version, ...raised })).toMatchObject({
      producerEpoch: 2,
    })
  })

  it.each(versionsOf(initProducerId, { since: 3 }))(
    'rule 43: v%i fences it when another instance came between',
    async version => {
      const error = version < 4 ? 'INVALID_PRODUCER_EPOCH' : 'PRODUCER_FENCED'
      const { transactionalId, ...producer } = await transactions.newProducer()
      await transactions.init(transactionalId)
      const answer = await transactions.init(transactionalId, { version, ...producer })
      expect(answer).toMatchObject({ error, ...none })
    },
  )

  it.each([
    ['a later epoch', { producerEpoch: 5 }],
    ['another id', { producerId: 2 ** 40 }],
  ])('fences %s', async (_, wrong) => {
    const { transactionalId, ...producer } = await transactions.newProducer()
    const answer = await transactions.init(transactionalId, { ...producer, ...wrong })
    expect(answer).toMatchObject({ error: 'PRODUCER_FENCED', ...none })
  })

  it('takes any for a transactional id that nobody has used', async () => {
    const id = await transactions.newId()
    const answer = await transactions.init(id, { producerId: 2 ** 40, producerEpoch: 9 })
    expect(answer).toMatchObject({ error: 'NONE', producerEpoch: 0 })
    expect(answer.producerId).not.toBe(2 ** 40)
  })
})

describe('rule 40: InitProducerId while a transaction is open', () => {
  it.each(versionsOf(initProducerId))('v%i aborts it, and is to be asked again', async version => {
    const topic = await wire.newTopic()
    const { transactionalId, ...producer } = await transactions.newProducer()
    const old = { transactionalId, ...producer }
    await transactions.add(old, [partitionOf(topic)])
    expect(await transactions.init(transactionalId, { version })).toMatchObject({
      error: 'CONCURRENT_TRANSACTIONS',
      ...none,
    })
    expect(await transactions.settled(transactionalId)).toMatchObject({
      transactionState: 'CompleteAbort',
      producerId: producer.producerId,
      producerEpoch: 1,
      topics: [],
    })
    expect(await transactions.init(transactionalId, { version })).toMatchObject({
      error: 'NONE',
      producerId: producer.producerId,
      producerEpoch: 2,
    })
    expect((await transactions.end(old, true)).error).toBe('PRODUCER_FENCED')
    expect(await transactions.add(old, [partitionOf(topic)])).toEqual({
      [partitionOf(topic)]: 'PRODUCER_FENCED',
    })
  })
})
