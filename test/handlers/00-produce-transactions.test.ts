/** Batches of transactions (KIP-98, KIP-890). */
import { describe, expect, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { errorName } from '../../protocol/errors.ts'
import { requestFrame } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { fetchFrom, produceRequest, produceTo } from './requests.ts'
import { TransactionClient, type TestProducer } from './transaction-client.ts'
import { closedOrAnswered, uniqueName, useBroker, versionsOf, type TestTopic } from './wire.ts'

const wire = useBroker()
const transactions = new TransactionClient(() => wire.client)

/** From here on, Produce puts its partitions into the transaction. */
const addingSince = 12
const versions = versionsOf(produce)
const verifying = versionsOf(produce, { until: addingSince - 1 })
const adding = versionsOf(produce, { since: addingSince })

interface Sent {
  version?: number
  epoch?: number
  partition?: number
  isTransactional?: boolean
}

function batch(
  { producerId, producerEpoch }: TestProducer,
  baseSequence: number,
  { epoch = producerEpoch, isTransactional = true }: Sent = {},
): Buffer {
  const producer = { producerId, producerEpoch: epoch, baseSequence, isTransactional }
  return batchOf([`${baseSequence}`], producer)
}

async function send(
  topic: TestTopic,
  producer: TestProducer,
  sequence: number,
  sent: Sent = {},
): Promise<string> {
  const { transactionalId } = producer
  const options = { partition: 0, version: addingSince, ...sent, transactionalId }
  const { error } = await produceTo(wire.client, topic, batch(producer, sequence, sent), options)
  return error
}

/** A producer whose transaction has partition 0 of a topic, as far as versions want that. */
async function begun(version: number): Promise<{ topic: TestTopic; producer: TestProducer }> {
  const topic = await wire.newTopic()
  const producer = await transactions.newProducer()
  if (version < addingSince) await transactions.add(producer, [`${topic.name}-0`])
  return { topic, producer }
}

async function stable(topic: TestTopic): Promise<[lastStable: number, highWatermark: number]> {
  const { lastStableOffset, highWatermark } = await fetchFrom(wire.client, topic)
  return [lastStableOffset, highWatermark]
}

describe('a batch of a transaction', () => {
  it.each(versions)('v%i is held back until the transaction ends', async version => {
    const { topic, producer } = await begun(version)
    expect(await send(topic, producer, 0, { version })).toBe('NONE')
    expect(await send(topic, producer, 1, { version })).toBe('NONE')
    expect(await stable(topic)).toEqual([0, 2])
    expect(await transactions.end(producer, true)).toMatchObject({ error: 'NONE' })
    await expect.poll(() => stable(topic)).toEqual([3, 3])
  })

  it.each(verifying)('v%i wants its partition in the transaction (rule 52)', async version => {
    const { topic, producer } = await begun(version)
    const refused = version < 11 ? 'INVALID_TXN_STATE' : 'TRANSACTION_ABORTABLE'
    const other = await wire.newTopic()
    expect(await send(other, producer, 0, { version })).toBe(refused)
    expect(await send(topic, producer, 0, { version })).toBe('NONE')
    await transactions.end(producer, true)
    await expect.poll(() => stable(topic)).toEqual([2, 2])
    // A late one: its transaction has ended (rule 54), or does so in a moment.
    await expect.poll(() => send(topic, producer, 1, { version })).toBe(refused)
    expect(await stable(topic)).toEqual([2, 2])
    expect(await stable(other)).toEqual([0, 0])
  })

  it.each(adding)('v%i puts its partition into the transaction (rule 53)', async version => {
    const { topic, producer } = await begun(version)
    expect(await send(topic, producer, 0, { version })).toBe('NONE')
    const { topics } = await transactions.describe(producer.transactionalId)
    expect(topics).toEqual([{ topic: topic.name, partitions: [0] }])
  })

  it.each(adding)('v%i of an ended transaction is fenced (rule 54)', async version => {
    const { topic, producer } = await begun(version)
    expect(await send(topic, producer, 0, { version })).toBe('NONE')
    const ended = await transactions.end(producer, true, 5)
    expect(ended).toMatchObject({ error: 'NONE', producerEpoch: producer.producerEpoch + 1 })
    await expect.poll(() => stable(topic)).toEqual([2, 2])
    expect(await send(topic, producer, 1, { version })).toBe('INVALID_PRODUCER_EPOCH')
    const epoch = producer.producerEpoch + 1
    const next = { ...producer, producerEpoch: epoch }
    expect(await send(topic, next, 1, { version })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(await send(topic, next, 0, { version })).toBe('NONE')
    expect(await stable(topic)).toEqual([2, 3])
  })

  it.each(versions)('v%i is refused when nobody has its id', async version => {
    const { topic, producer } = await begun(version)
    const unknown = { ...producer, transactionalId: await transactions.newId() }
    expect(await send(topic, unknown, 0, { version })).toBe('INVALID_PRODUCER_ID_MAPPING')
    const other = { ...producer, producerId: producer.producerId + 1_000_000 }
    expect(await send(topic, other, 0, { version })).toBe('INVALID_PRODUCER_ID_MAPPING')
    const late = { ...producer, producerEpoch: producer.producerEpoch + 1 }
    expect(await send(topic, late, 0, { version })).toBe('INVALID_PRODUCER_EPOCH')
  })

  it.each(versions)('v%i is not mixed with batches outside of it (rule 52)', async version => {
    const { topic, producer } = await begun(version)
    expect(await send(topic, producer, 0, { version })).toBe('NONE')
    const plain = { version, isTransactional: false }
    expect(await send(topic, producer, 1, plain)).toBe('INVALID_TXN_STATE')
  })

  it.each(versions)('v%i is not a control batch (rule 55)', async version => {
    const { topic, producer } = await begun(version)
    const { transactionalId, producerId, producerEpoch } = producer
    const fields = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
    const marker = batchOf(['marker'], { ...fields, isControl: true })
    const options = { version, transactionalId }
    const { error } = await produceTo(wire.client, topic, marker, options)
    expect(error).toBe('INVALID_RECORD')
  })

  it.each(adding)('v%i begins with sequence 0', async version => {
    const { topic, producer } = await begun(version)
    expect(await send(topic, producer, 1, { version })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(await send(topic, producer, 0, { version })).toBe('NONE')
  })

  it.each(verifying)('v%i does not overtake one that was refused', async version => {
    const topic = await wire.newTopic()
    const producer = await transactions.newProducer()
    expect(await send(topic, producer, 5, { version })).not.toBe('NONE')
    await transactions.add(producer, [`${topic.name}-0`])
    expect(await send(topic, producer, 6, { version })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    // Of a producer that is not known, any sequence is the first one (KIP-360).
    expect(await send(topic, producer, 5, { version })).toBe('NONE')
    expect(await send(topic, producer, 6, { version })).toBe('NONE')
  })

  it.each(versions)('v%i keeps its order among those that wait with it', async version => {
    const { topic, producer } = await begun(version)
    const sent = [0, 1, 2, 3, 4].map(sequence => send(topic, producer, sequence, { version }))
    expect(await Promise.all(sent)).toEqual(sent.map(() => 'NONE'))
  })
})

describe('a Produce request with batches of transactions', () => {
  it.each(versions)('v%i is refused as a whole without a transactional id', async version => {
    const { topic, producer } = await begun(version)
    const other = await wire.newTopic()
    const data = [{ index: 0, records: batchOf(['plain']) }]
    const request = produceRequest(other, data)
    const inTransaction = produceRequest(topic, [{ index: 0, records: batch(producer, 0) }])
    const answer = await wire.client.request(produce, version, {
      ...request,
      topicData: [...request.topicData, ...inTransaction.topicData],
    })
    const errors = answer.responses.flatMap(each =>
      each.partitionResponses.map(({ errorCode }) => errorName(errorCode)),
    )
    expect(errors).toEqual(errors.map(() => 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'))
    expect(errors).toHaveLength(2)
    expect(await stable(other)).toEqual([0, 0])
  })

  it('closes the connection where no answer is awaited', async () => {
    const { topic, producer } = await begun(addingSince)
    const client = await wire.connect()
    const request = produceRequest(topic, [{ index: 0, records: batch(producer, 0) }], { acks: 0 })
    const frame = requestFrame(produce, addingSince, request, 1)
    expect(await closedOrAnswered(client, frame)).toBe('closed')
    expect(await stable(topic)).toEqual([0, 0])
  })

  it.each(versions)('v%i is refused as a whole with two producers, or epochs', async version => {
    const topic = await wire.newTopic({ partitions: 3 })
    const [one, other] = [await transactions.newProducer(), await transactions.newProducer()]
    for (const two of [other, { ...one, producerEpoch: 1 }]) await refused(topic, one, two, version)
    expect(await stable(topic)).toEqual([0, 0])
  })

  async function refused(topic: TestTopic, one: TestProducer, two: TestProducer, version: number) {
    const data = [
      { index: 0, records: batch(one, 0) },
      { index: 1, records: batch(two, 0) },
      { index: 2, records: batchOf(['plain']) },
    ]
    const request = produceRequest(topic, data, { transactionalId: one.transactionalId })
    const { responses } = await wire.client.request(produce, version, request)
    const errors = responses[0]!.partitionResponses.map(({ errorCode }) => errorName(errorCode))
    expect(errors).toEqual(data.map(() => 'INVALID_PRODUCER_ID_MAPPING'))
  }

  it.each(versions)('v%i is answered by partition', async version => {
    const topic = await wire.newTopic({ partitions: 3 })
    const producer = await transactions.newProducer()
    if (version < addingSince) await transactions.add(producer, [`${topic.name}-0`])
    const data = [
      { index: 0, records: batch(producer, 0) },
      { index: 1, records: batchOf(['plain']) },
      { index: 2, records: batch(producer, 0, { epoch: 7 }).subarray(0, 65) },
      { index: 3, records: batch(producer, 0) },
    ]
    const { transactionalId } = producer
    const request = produceRequest(topic, data, { transactionalId })
    const { responses } = await wire.client.request(produce, version, request)
    const errors = responses[0]!.partitionResponses.map(({ index, errorCode }) => {
      return [index, errorName(errorCode)]
    })
    expect(errors.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [0, 'NONE'],
      [1, 'NONE'],
      [2, 'INVALID_RECORD'],
      [3, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ])
  })

  it('may name a transactional id that nobody has, for other batches', async () => {
    const topic = await wire.newTopic()
    const options = { transactionalId: uniqueName() }
    expect(await produceTo(wire.client, topic, batchOf(['plain']), options)).toMatchObject({
      error: 'NONE',
    })
  })
})
