/** Records of transactions in a share group (KIP-932, share.isolation.level). */
import { describe, expect, it } from 'vitest'
import { batchesIn, batchSize, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { ConfigClient, resource, SET } from './configs.ts'
import { newGroup, ShareConsumer } from './share-requests.ts'
import { TestProducer } from './transactional-producer.ts'
import { settle, useBroker } from './wire.ts'

const wire = useBroker()

/** A topic, a group that begins at its start with a consumer, and a producer. */
async function sharing(isolation: string) {
  const group = await newGroup(wire)
  const configs = new ConfigClient(() => wire.client)
  await configs.change(resource.group, group.groupId, [['share.isolation.level', SET, isolation]])
  await settle(async () => {
    const told = await configs.set(resource.group, group.groupId, [8])
    return 'share.isolation.level' in told
  })
  const producer = await TestProducer.create(wire.client)
  return { ...group, producer, consumer: new ShareConsumer(wire.client, group) }
}

/** Values of records, and 'marker' for control records. */
function contentOf(records: Buffer): string[] {
  return Array.from(batchesIn(records)).flatMap(at => {
    const batch = records.subarray(at, at + batchSize(records, at))
    if (parseBatchHeader(batch).isControl) return ['marker']
    return Array.from(decodeRecords(batch, 1e6), ({ value }) => value!.toString())
  })
}

type Consumer = Awaited<ReturnType<typeof sharing>>['consumer']

/** Fetches until there is something; what was acquired, and what was sent. */
async function fetched(consumer: Consumer) {
  for (;;) {
    const told = (await consumer.fetch(consumer.epoch === 0 ? { 0: [] } : {})).get(0)
    if (told === undefined || told.acquired.length === 0) continue
    return { acquired: told.acquired, content: contentOf(told.records) }
  }
}

/** The same, until there were so many markers. */
async function untilMarkers(consumer: Consumer, count: number) {
  const all: Awaited<ReturnType<typeof fetched>> = { acquired: [], content: [] }
  while (all.content.filter(each => each === 'marker').length < count) {
    const { acquired, content } = await fetched(consumer)
    all.acquired.push(...acquired)
    all.content.push(...content)
  }
  return all
}

describe('ShareFetch of a group with read_committed', () => {
  it('acquires nothing of a transaction that is open', async () => {
    const { topic, producer, consumer } = await sharing('read_committed')
    await producer.produce(topic, ['a', 'b'])
    const told = (await consumer.fetch({ 0: [] }, { maxWaitMs: 0 })).get(0)
    expect(told?.acquired ?? []).toEqual([])
    await producer.end(true)
    expect((await untilMarkers(consumer, 1)).content).toEqual(['a', 'b', 'marker'])
  })

  it('acquires the marker of an aborted one, and not its records', async () => {
    const { topic, producer, consumer } = await sharing('read_committed')
    await producer.produce(topic, ['a', 'b'])
    await producer.end(false)
    await producer.produce(topic, ['c'])
    await producer.end(true)
    const { acquired, content } = await untilMarkers(consumer, 2)
    expect(content.filter(each => each !== 'marker')).toEqual(['c'])
    expect(acquired[0]![0]).toBe(2)
    expect(acquired.at(-1)![1]).toBe(4)
  })
})

describe('ShareFetch of a group with read_uncommitted', () => {
  it('acquires all there is, and markers', async () => {
    const { topic, producer, consumer } = await sharing('read_uncommitted')
    await producer.produce(topic, ['a', 'b'])
    expect(await fetched(consumer)).toEqual({ acquired: [[0, 1, 1]], content: ['a', 'b'] })
    await producer.end(false)
    expect(await fetched(consumer)).toEqual({ acquired: [[2, 2, 1]], content: ['marker'] })
  })
})
