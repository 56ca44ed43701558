/** Time that a test moves, as clients meet it. */
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { heartbeat } from '../../protocol/apis/12-heartbeat.ts'
import { syncGroup } from '../../protocol/apis/14-sync-group.ts'
import { errorName } from '../../protocol/errors.ts'
import { startBroker } from '../../src/index.ts'
import { joinRequest } from '../handlers/group-member.ts'
import { fetchRequest } from '../handlers/requests.ts'
import { latest, newTopic } from '../handlers/wire.ts'
import { RawClient } from '../raw-client.ts'

const newYear = new Date('2030-01-01T00:00:00.000Z')

it('records are stamped with the time that it is', async () => {
  await using broker = await startBroker({
    config: { 'log.message.timestamp.type': 'LogAppendTime' },
  })
  broker.clock.freeze(newYear)
  expect([broker.clock.now(), broker.clock.isFrozen]).toEqual([newYear, true])
  const kafka = new Kafka({
    brokers: broker.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer()
  await producer.connect()
  const [sent] = await producer.send({ topic: 't', messages: [{ value: 'x' }] })
  await producer.disconnect()
  expect(sent!.logAppendTime).toBe(String(newYear.getTime()))
})

it('a session is over when it is', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.connect(broker.bootstrapServers)
  const { memberId } = await client.request(joinGroup, 3, joinRequest({ sessionTimeoutMs: 30_000 }))
  const member = { groupId: 'g', memberId, generationId: 1 }
  await client.request(syncGroup, 0, { ...member, assignments: [] })
  const beat = async () => errorName((await client.request(heartbeat, 0, member)).errorCode)
  broker.clock.freeze()
  await broker.clock.advance('29s')
  expect(await beat()).toBe('NONE')
  await broker.clock.advance('31s')
  expect(await beat()).toBe('UNKNOWN_MEMBER_ID')
  broker.clock.resume()
  expect(broker.clock.isFrozen).toBe(false)
})

it('what is too old is deleted', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.connect(broker.bootstrapServers)
  const configs = { 'retention.ms': '3600000' }
  const topic = await newTopic(client, { configs })
  const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer()
  await Promise.all([admin.connect(), producer.connect()])
  await producer.send({ topic: topic.name, messages: [{ value: 'x' }] })
  await broker.clock.advance('2h')
  const offsets = await admin.fetchTopicOffsets(topic.name)
  expect(offsets).toMatchObject([{ low: '1', high: '1' }])
  await Promise.all([admin.disconnect(), producer.disconnect()])
})

it('how long a request waits is the time of its client', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.connect(broker.bootstrapServers)
  const topic = await newTopic(client)
  broker.clock.freeze()
  const request = fetchRequest(topic, [{}], { maxWaitMs: 20 })
  const { responses } = await client.request(fetch, latest(fetch), request)
  expect(responses[0]!.partitions[0]!.highWatermark).toBe(0)
})

describe('what is no time', () => {
  it('is refused, and nothing changes', async () => {
    await using broker = await startBroker()
    expect(() => broker.clock.freeze('soon')).toThrow('soon is no time: write 2026-11-21T10:00Z')
    const by = '2 fortnights' as '2s'
    await expect(broker.clock.advance(by)).rejects.toThrow('2 fortnights is no duration')
    expect(broker.clock.isFrozen).toBe(false)
  })
})
