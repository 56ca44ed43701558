/**
 * What altered configs of topics make of them, from the next request on. On Apache Kafka: start it
 * with log.retention.check.interval.ms=200 and log.retention.ms=-1.
 */
import { describe, expect, it } from 'vitest'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { batchOf, baseTimestamp } from './batches.ts'
import { ConfigClient, DELETE, resource, SET } from './configs.ts'
import { fetchFrom, produceTo } from './requests.ts'
import { latest, settle, useBroker, type TestTopic } from './wire.ts'

const wire = useBroker({ 'log.retention.check.interval.ms': 5 })
const configs = new ConfigClient(() => wire.client)
const hourMs = 3_600_000
const now = { timestamp: Date.now(), key: Buffer.from('key'), value: Buffer.from('value') }
const long = { ...now, value: Buffer.alloc(2000) }
const late = { ...now, timestamp: now.timestamp - 2 * hourMs }
const early = { ...now, timestamp: now.timestamp + 2 * hourMs }
const withoutKey = { ...now, key: null }

async function set(topic: TestTopic, name: string, value: string): Promise<void> {
  const { error } = await configs.change(resource.topic, topic.name, [[name, SET, value]])
  expect(error).toBe('NONE')
}

async function produced(topic: TestTopic, batch: Buffer): Promise<string> {
  return (await produceTo(wire.client, topic, Buffer.from(batch))).error
}

async function described({ name }: TestTopic, config: string): Promise<string | null> {
  const { configs: found } = await configs.describe(resource.topic, name, [config])
  return found[0]!.value
}

describe('what is produced next is judged by', () => {
  it.each([
    ['max.message.bytes', '1000', long, 'MESSAGE_TOO_LARGE'],
    ['message.timestamp.before.max.ms', `${hourMs}`, late, 'INVALID_TIMESTAMP'],
    ['message.timestamp.after.max.ms', `${3 * hourMs}`, early, 'INVALID_TIMESTAMP'],
    ['cleanup.policy', 'compact', withoutKey, 'INVALID_RECORD'],
  ])('%s=%s', async (name, value, record, error) => {
    const topic = await wire.newTopic()
    const batch = encodeBatch({ records: [record] })
    const isLoosened = record === early
    const [before, after] = isLoosened ? [error, 'NONE'] : ['NONE', error]
    expect(await produced(topic, batch)).toBe(before)
    await set(topic, name, value)
    await settle(async () => (await produced(topic, batch)) === after)
    expect(await produced(topic, batch)).toBe(after)
    await configs.change(resource.topic, topic.name, [[name, DELETE, null]])
    await settle(async () => (await produced(topic, batch)) === before)
    expect(await produced(topic, batch)).toBe(before)
  })

  it('min.insync.replicas, up to as many as there are', async () => {
    const topic = await wire.newTopic()
    await set(topic, 'min.insync.replicas', '2')
    await settle(async () => (await described(topic, 'min.insync.replicas')) === '2')
    // Kafka: Partition.effectiveMinIsr.
    expect(await produced(topic, encodeBatch({ records: [now] }))).toBe('NONE')
  })

  it('message.timestamp.type', async () => {
    const topic = await wire.newTopic()
    const timeOf = async (): Promise<number> =>
      (await produceTo(wire.client, topic, encodeBatch({ records: [now] }))).logAppendTimeMs
    expect(await timeOf()).toBe(-1)
    await set(topic, 'message.timestamp.type', 'LogAppendTime')
    await settle(async () => (await timeOf()) > 0)
    expect(await timeOf()).toBeGreaterThan(0)
  })

  it('message.max.bytes of the brokers, where the topic sets nothing', async () => {
    const topic = await wire.newTopic()
    const batch = encodeBatch({ records: [{ ...now, value: Buffer.alloc(1_500_000) }] })
    const change = (operation: number, value: string | null) =>
      configs.change(resource.broker, '', [['message.max.bytes', operation, value]])
    expect(await produced(topic, batch)).toBe('MESSAGE_TOO_LARGE')
    await change(SET, '2000000')
    await settle(async () => (await produced(topic, batch)) === 'NONE')
    expect(await produced(topic, batch)).toBe('NONE')
    await change(DELETE, null)
    await settle(async () => (await produced(topic, batch)) === 'MESSAGE_TOO_LARGE')
    expect(await produced(topic, batch)).toBe('MESSAGE_TOO_LARGE')
  })
})

describe('what is kept is what is asked for by', () => {
  async function startOf({ name }: TestTopic): Promise<number> {
    const { topics } = await wire.client.request(listOffsets, latest(listOffsets), {
      replicaId: -1,
      topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -2 }] }],
    })
    return topics[0]!.partitions[0]!.offset
  }

  async function untilStart(topic: TestTopic, offset: number): Promise<void> {
    await expect.poll(() => startOf(topic), { timeout: 20_000, interval: 20 }).toBe(offset)
  }

  /** Records of a minute after one another. */
  const minute = (i: number): Buffer =>
    encodeBatch({ records: [{ ...now, timestamp: baseTimestamp + i * 60_000 }] })

  it('segment.ms and retention.ms', async () => {
    const topic = await wire.newTopic({ configs: { 'retention.ms': '-1' } })
    for (const i of [0, 1]) await produced(topic, minute(i))
    await set(topic, 'segment.ms', '1000')
    // Apache Kafka may take the next record before it has heard of it.
    await settle(async () => (await described(topic, 'segment.ms')) === '1000')
    for (const i of [2, 3]) await produced(topic, minute(i))
    await produced(topic, encodeBatch({ records: [now] }))
    expect(await startOf(topic)).toBe(0)
    await set(topic, 'retention.ms', `${hourMs}`)
    await untilStart(topic, 4)
    await set(topic, 'retention.ms', '0')
    await untilStart(topic, 5)
    expect((await fetchFrom(wire.client, topic, { fetchOffset: 5 })).error).toBe('NONE')
  })

  it('segment.bytes and retention.bytes', async () => {
    const topic = await wire.newTopic({
      configs: { 'segment.bytes': '1048576', 'retention.ms': '-1' },
    })
    const values = ['x'.repeat(400_000)]
    for (let i = 0; i < 6; i++) await produced(topic, batchOf(values))
    // Three segments of two records each.
    expect(await startOf(topic)).toBe(0)
    await set(topic, 'retention.bytes', '1600000')
    await untilStart(topic, 2)
    await set(topic, 'retention.bytes', '0')
    await untilStart(topic, 6)
  })
})
