/** kafkajs on a broker that emulates a release. Its newest versions are older than all of them. */
import { CompressionTypes } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { releases } from '../../protocol/releases.ts'
import { startBroker } from '../../src/index.ts'
import { openSession, read, uniqueName } from './kafkajs-driver.ts'

describe.each(releases)('kafkajs on a broker as %s', { timeout: 60_000 }, release => {
  const session = openSession(() => startBroker({ config: { 'kafka.release': release } }))

  it('creates, produces, consumes in a group, commits and deletes', async () => {
    const { admin, producer } = session
    const topic = await session.newTopic(2)
    const messages = ['a', 'b', 'c', 'd'].map((value, i) => ({ value, partition: i % 2 }))
    await producer.send({ topic, messages, compression: CompressionTypes.GZIP })

    const groupId = uniqueName('group')
    const consumer = await session.newConsumer(groupId, topic)
    const seen = await read(consumer, 4)
    expect(seen.map(({ message }) => message.value!.toString()).toSorted()).toEqual([
      'a',
      'b',
      'c',
      'd',
    ])
    await consumer.disconnect()
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
    expect(offsets!.partitions.map(({ offset }) => offset)).toEqual(['2', '2'])
    await admin.deleteTopics({ topics: [topic] })
    expect(await admin.listTopics()).not.toContain(topic)
  })
})
