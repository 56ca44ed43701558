/** What kafkajs consumers and their groups rely on. */
import type { Consumer } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { targets } from '../harness.ts'
import { assignedPartitions, eventually, openSession, read, uniqueName } from './kafkajs-driver.ts'

describe.each(targets)('kafkajs consumer, $name', { timeout: 60_000 }, ({ brokers, start }) => {
  const session = openSession(start)

  it('shares the partitions among two members and rebalances', async () => {
    const topic = await session.newTopic(4)
    const groupId = uniqueName('group')
    const seen: string[] = []
    const run = async (): Promise<{ consumer: Consumer; assigned: () => number[] }> => {
      const consumer = await session.newConsumer(groupId, topic)
      const assigned = assignedPartitions(consumer, topic)
      await consumer.run({
        autoCommitThreshold: 1,
        eachMessage: async ({ message }) => void seen.push(message.value!.toString()),
      })
      return { consumer, assigned }
    }
    const produce = async (from: number): Promise<void> => {
      const messages = Array.from({ length: 40 }, (_, i) => ({
        value: String(from + i),
        partition: i % 4,
      }))
      await session.producer.send({ topic, messages })
    }
    const first = await run()
    await eventually(() => first.assigned().length).toBe(4)
    await produce(0)
    const second = await run()
    await eventually(() => [first.assigned().length, second.assigned().length]).toEqual([2, 2])
    expect([...first.assigned(), ...second.assigned()].toSorted((a, b) => a - b)).toEqual([
      0, 1, 2, 3,
    ])
    await produce(40)
    await eventually(() => new Set(seen).size).toBe(80)
    await second.consumer.disconnect()
    await eventually(() => first.assigned().length).toBe(4)
    await produce(80)
    await eventually(() => new Set(seen).size).toBe(120)
  })

  it('goes on where it had committed, with the metadata of the commit', async () => {
    const topic = await session.newTopic()
    const groupId = uniqueName('group')
    await session.producer.send({ topic, messages: ['a', 'b', 'c'].map(value => ({ value })) })
    const before = await session.newConsumer(groupId, topic)
    await read(before, 3, { autoCommit: false })
    await before.commitOffsets([{ topic, partition: 0, offset: '2', metadata: 'at b, grün' }])
    await before.disconnect()
    expect(await session.admin.fetchOffsets({ groupId, topics: [topic] })).toEqual([
      { topic, partitions: [{ partition: 0, offset: '2', metadata: 'at b, grün' }] },
    ])
    const [next] = await read(await session.newConsumer(groupId, topic), 1)
    expect(next!.message.value!.toString()).toBe('c')
  })

  it('seeks', async () => {
    const topic = await session.newTopic()
    await session.producer.send({ topic, messages: ['a', 'b', 'c', 'd'].map(value => ({ value })) })
    const consumer = await session.newReader(topic)
    const seen: string[] = []
    await consumer.run({
      eachMessage: async ({ message }) => void seen.push(message.value!.toString()),
    })
    consumer.seek({ topic, partition: 0, offset: '2' })
    await eventually(() => seen.slice(-2)).toEqual(['c', 'd'])
    consumer.seek({ topic, partition: 0, offset: '1' })
    await eventually(() => seen.slice(-3)).toEqual(['b', 'c', 'd'])
  })

  it('pauses and resumes', async () => {
    const paused = await session.newTopic()
    const other = await session.newTopic()
    const consumer = await session.newReader(paused)
    await consumer.subscribe({ topic: other, fromBeginning: true })
    const seen: string[] = []
    const joined = assignedPartitions(consumer, paused)
    await consumer.run({
      eachMessage: async ({ message }) => void seen.push(message.value!.toString()),
    })
    await eventually(() => joined()).toEqual([0])
    consumer.pause([{ topic: paused }])
    await session.producer.send({ topic: paused, messages: [{ value: 'late' }] })
    await session.producer.send({ topic: other, messages: [{ value: 'early' }] })
    await eventually(() => seen).toEqual(['early'])
    consumer.resume([{ topic: paused }])
    await eventually(() => seen).toEqual(['early', 'late'])
  })

  it('is woken by an append while its fetch waits', async () => {
    // One on each broker: where kafkajs has nothing to fetch, it sleeps as long as it would wait.
    const topic = await session.newTopic(brokers)
    const partitions = [...Array(brokers).keys()]
    // Longer than this test waits for a record: only a wake-up can be in time.
    const maxWaitTimeInMs = 25_000
    const consumer = await session.newReader(topic, { maxWaitTimeInMs })
    const seen: string[] = []
    const joined = assignedPartitions(consumer, topic)
    await consumer.run({
      eachMessage: async ({ message }) => void seen.push(message.value!.toString()),
    })
    await eventually(() => joined().toSorted((a, b) => a - b)).toEqual(partitions)
    for (const value of ['a', 'b', 'c']) {
      await session.producer.send({ topic, messages: [{ value }] })
      await eventually(() => seen.at(-1)).toBe(value)
    }
    // kafkajs disconnects after its last fetch from each broker: wake those, too.
    const disconnected = consumer.disconnect()
    const messages = partitions.map(partition => ({ partition, value: 'end' }))
    await session.producer.send({ topic, messages })
    await disconnected
  })
})
