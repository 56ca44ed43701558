/** kafkajs on a broker that emulates a release: it speaks what that release has, and works. */
import { CompressionTypes, type RequestEvent } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { releases, versionsIn } from '../../protocol/releases.ts'
import { startBroker } from '../../src/index.ts'
import { apis } from '../protocol/every-api.ts'
import { openSession, read, uniqueName } from './kafkajs-driver.ts'

describe.each(releases)('kafkajs on a broker as %s', { timeout: 60_000 }, release => {
  const session = openSession(() => startBroker({ config: { 'kafka.release': release } }))

  it('creates, produces, consumes in a group, commits and deletes', async () => {
    const requests: RequestEvent['payload'][] = []
    const { admin, producer } = session
    const record = ({ payload }: RequestEvent): void => void requests.push(payload)
    admin.on(admin.events.REQUEST, record)
    producer.on(producer.events.REQUEST, record)

    const topic = await session.newTopic(2)
    const messages = ['a', 'b', 'c', 'd'].map((value, i) => ({ value, partition: i % 2 }))
    await producer.send({ topic, messages, compression: CompressionTypes.GZIP })

    const groupId = uniqueName('group')
    const consumer = await session.newConsumer(groupId, topic)
    consumer.on(consumer.events.REQUEST, record)
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

    const names = new Set(requests.map(({ apiName }) => apiName))
    expect([...names]).toEqual(
      expect.arrayContaining(['CreateTopics', 'Produce', 'Fetch', 'JoinGroup', 'OffsetCommit']),
    )
    for (const { apiKey, apiName, apiVersion } of requests) {
      const [first, last] = versionsIn(
        release,
        apis.find(({ key }) => key === apiKey)!,
      )!
      expect(apiVersion, apiName).toBeGreaterThanOrEqual(first)
      expect(apiVersion, apiName).toBeLessThanOrEqual(last)
    }
  })
})
