/** What kafkajs producers rely on. */
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { targets } from '../harness.ts'
import { plugInCodecs } from './kafkajs-codecs.ts'
import { eventually, openSession, read, uniqueName } from './kafkajs-driver.ts'

const { CompressionTypes } = kafkajs

plugInCodecs()

describe.each(targets)('kafkajs producer, $name', { timeout: 60_000 }, ({ start }) => {
  const session = openSession(start)

  it.each([
    ['none', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])('sends with compression %s', async (_, compression) => {
    const topic = await session.newTopic()
    const values = Array.from({ length: 500 }, (_, i) => `${i}:${'lorem ipsum '.repeat(i % 50)}`)
    await session.producer.send({ topic, compression, messages: values.map(value => ({ value })) })
    const messages = await read(await session.newReader(topic), values.length)
    expect(messages.map(({ message }) => message.value!.toString())).toEqual(values)
    expect(messages.map(({ message }) => Number(message.offset))).toEqual(values.map((_, i) => i))
  })

  it('keeps each key in one partition and in order', async () => {
    const topic = await session.newTopic(4)
    const sent = Array.from({ length: 100 }, (_, i) => ({ key: `key-${i % 10}`, value: `${i}` }))
    for (let i = 0; i < sent.length; i += 20) {
      await session.producer.send({ topic, messages: sent.slice(i, i + 20) })
    }
    const messages = await read(await session.newReader(topic), sent.length)
    for (const key of new Set(sent.map(message => message.key))) {
      const ofKey = messages.filter(({ message }) => message.key!.toString() === key)
      expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1)
      const values = sent.filter(message => message.key === key).map(({ value }) => value)
      expect(ofKey.map(({ message }) => message.value!.toString())).toEqual(values)
    }
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1)
  })

  it('keeps headers, nulls, empty values and timestamps', async () => {
    const topic = await session.newTopic()
    const headers = { text: 'grün', bytes: Buffer.from([0, 255]), twice: ['a', 'b'], empty: '' }
    const timestamp = String(Date.UTC(2020, 1, 29))
    await session.producer.send({
      topic,
      messages: [
        { key: 'k', value: 'v', headers, timestamp },
        { key: 'deleted', value: null },
        { key: null, value: '' },
        { key: Buffer.from([0, 1, 254]), value: Buffer.from([255, 0]) },
      ],
    })
    const messages = await read(await session.newReader(topic), 4)
    const [first, tombstone, empty, binary] = messages.map(({ message }) => message)
    expect(first).toMatchObject({ timestamp, key: Buffer.from('k'), value: Buffer.from('v') })
    expect(first!.headers).toEqual({
      text: Buffer.from('grün'),
      bytes: Buffer.from([0, 255]),
      twice: [Buffer.from('a'), Buffer.from('b')],
      empty: Buffer.alloc(0),
    })
    expect(tombstone).toMatchObject({ key: Buffer.from('deleted'), value: null })
    expect(empty).toMatchObject({ key: null, value: Buffer.alloc(0) })
    expect(binary).toMatchObject({ key: Buffer.from([0, 1, 254]), value: Buffer.from([255, 0]) })
  })

  it('gets the offset of its batch, and none with acks=0', async () => {
    const topic = await session.newTopic()
    const messages = [{ value: 'a' }, { value: 'b' }]
    const [first] = await session.producer.send({ topic, messages })
    const [second] = await session.producer.send({ topic, messages, acks: 1 })
    expect(first).toMatchObject({ topicName: topic, partition: 0, errorCode: 0, baseOffset: '0' })
    expect(second).toMatchObject({ baseOffset: '2' })
    expect(await session.producer.send({ topic, messages, acks: 0 })).toEqual([])
    await eventually(() => session.admin.fetchTopicOffsets(topic)).toMatchObject([
      { high: '6', low: '0' },
    ])
  })

  it('is idempotent when asked (KIP-98)', async () => {
    const topic = await session.newTopic(2)
    const idempotent = session.kafka.producer({ idempotent: true, maxInFlightRequests: 5 })
    session.closeAfterTest(idempotent)
    await idempotent.connect()
    const values = Array.from({ length: 60 }, (_, i) => `${i}`)
    await Promise.all(
      values.map(value =>
        idempotent.send({ topic, messages: [{ value, partition: Number(value) % 2 }] }),
      ),
    )
    const messages = await read(await session.newReader(topic), values.length)
    const got = messages.map(({ message }) => message.value!.toString())
    expect(got.toSorted((a, b) => Number(a) - Number(b))).toEqual(values)
  })

  it('creates a topic by producing to it', async () => {
    const topic = uniqueName('auto')
    await session.producer.send({ topic, messages: [{ value: 'first' }] })
    const [only] = await read(await session.newReader(topic), 1)
    expect(only!.message.value!.toString()).toBe('first')
  })

  it('is refused a message over max.message.bytes', async () => {
    const topic = uniqueName('small')
    const configEntries = [{ name: 'max.message.bytes', value: '1000' }]
    await session.admin.createTopics({ topics: [{ topic, configEntries }] })
    const tooLarge = session.producer.send({ topic, messages: [{ value: 'x'.repeat(2000) }] })
    await expect(tooLarge).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' })
    await session.producer.send({ topic, messages: [{ value: 'x'.repeat(500) }] })
  })
})
