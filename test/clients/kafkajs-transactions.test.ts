/** What kafkajs needs of transactions: it speaks the protocol of before KIP-890. */
import type { Producer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { targets } from '../harness.ts'
import { eventually, openSession, read, uniqueName } from './kafkajs-driver.ts'

describe.each(targets)('kafkajs transactions, $name', { timeout: 60_000 }, ({ start }) => {
  const session = openSession(start)

  async function newTransactional(transactionalId = uniqueName('id')): Promise<Producer> {
    const producer = session.kafka.producer({
      transactionalId,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    session.closeAfterTest(producer)
    return producer
  }

  /** What readers of committed records get until `last` comes. */
  async function valuesUntil(topic: string, last: string): Promise<string[]> {
    const values: string[] = []
    const reader = await session.newReader(topic)
    await reader.run({
      eachMessage: async ({ message }) => void values.push(message.value!.toString()),
    })
    await eventually(() => values.at(-1)).toBe(last)
    return values
  }

  it('shows what was committed, and nothing that was aborted', async () => {
    const topic = await session.newTopic()
    const producer = await newTransactional()
    for (let i = 0; i < 20; i++) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: `${i}` }, { value: `${i}, too` }] })
      if (i % 3 === 0) await transaction.abort()
      else await transaction.commit()
    }
    const committed = Array.from({ length: 20 }, (_, i) => i).filter(i => i % 3 !== 0)
    expect(await valuesUntil(topic, '19, too')).toEqual(
      committed.flatMap(i => [`${i}`, `${i}, too`]),
    )
  })

  it('commits offsets with the records of a transaction, or neither', async () => {
    const topic = await session.newTopic()
    const groupId = uniqueName('group')
    const producer = await newTransactional()
    const offsetOf = async (): Promise<string> => {
      const [fetched] = await session.admin.fetchOffsets({ groupId, topics: [topic] })
      return fetched!.partitions[0]?.offset ?? '-1'
    }
    const offsets = (offset: string) => ({
      consumerGroupId: groupId,
      topics: [{ topic, partitions: [{ partition: 0, offset }] }],
    })
    const aborted = await producer.transaction()
    await aborted.send({ topic, messages: [{ value: 'aborted' }] })
    await aborted.sendOffsets(offsets('5'))
    await aborted.abort()
    const committed = await producer.transaction()
    await committed.send({ topic, messages: [{ value: 'committed' }] })
    await committed.sendOffsets(offsets('7'))
    expect(await offsetOf()).toBe('-1')
    await committed.commit()
    await eventually(offsetOf).toBe('7')
    const messages = await read(await session.newReader(topic), 1)
    expect(messages[0]!.message.value!.toString()).toBe('committed')
  })

  it('rule 40: fences a producer when another one takes its id over', async () => {
    const topic = await session.newTopic()
    const id = uniqueName('id')
    const first = await newTransactional(id)
    const left = await first.transaction()
    await left.send({ topic, messages: [{ value: 'left open' }] })
    const second = await newTransactional(id)
    const transaction = await second.transaction()
    await transaction.send({ topic, messages: [{ value: 'taken over' }] })
    await transaction.commit()
    await expect(left.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
    expect(await valuesUntil(topic, 'taken over')).toEqual(['taken over'])
  })
})
