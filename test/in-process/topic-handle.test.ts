import kafkajs from 'kafkajs'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { ExpectationFailed, startBroker, type StartedBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'

let broker: StartedBroker
beforeEach(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 3 }, one: {} } })
})
afterEach(() => broker.close())

const values = (records: readonly { value: string | null }[]) => records.map(({ value }) => value)

describe('append', () => {
  it('answers with the place of the record, by its key as Kafka chooses', async () => {
    const before = Date.now()
    const placed = await broker.topic('orders').append({ key: 'a', value: { total: 12 } })
    expect(placed).toEqual({
      topic: 'orders',
      partition: 1,
      offset: 0,
      timestamp: expect.any(Number),
    })
    expect(placed.timestamp).toBeGreaterThanOrEqual(before)
  })

  it('takes what JavaScript has: text, bytes, JSON, null, dates', async () => {
    const timestamp = new Date('2026-11-21T10:00:00Z')
    const orders = broker.topic('one')
    await orders.append([
      { value: 'text', timestamp },
      { value: Buffer.from([0xff, 0]), key: Buffer.from('k') },
      { value: [1, { two: 2 }], headers: { h: ['v', 'w'], none: null } },
      { value: null, key: 'gone' },
    ])
    const [text, bytes, json, tombstone] = await orders.records()
    expect(text).toMatchObject({ value: 'text', key: null, timestamp: timestamp.getTime() })
    expect(text!.json).toBe(undefined)
    expect(bytes!.valueBytes).toEqual(Buffer.from([0xff, 0]))
    expect(bytes!.key).toBe('k')
    expect(json).toMatchObject({ json: [1, { two: 2 }], headers: { h: 'w', none: null } })
    expect(json!.headerBytes.map(({ key, value }) => [key, value?.toString()])).toEqual([
      ['h', 'v'],
      ['h', 'w'],
      ['none', undefined],
    ])
    expect(tombstone).toMatchObject({ key: 'gone', value: null, json: null })
  })

  it('keeps records without keys in order, and puts those of the next call elsewhere', async () => {
    const orders = broker.topic('orders')
    const first = await orders.append([{ value: 1 }, { value: 2 }])
    const second = await orders.append({ value: 3 })
    expect(first.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [0, 1],
    ])
    expect(second.partition).toBe(1)
  })

  it('splits what is too much for a batch, and keeps the order of calls', async () => {
    const value = 'x'.repeat(100_000)
    const one = broker.topic('one')
    const calls = [0, 1, 2].map(i => {
      return one.append(Array.from({ length: 20 }, () => ({ value: `${i}${value}` })))
    })
    const offsets = (await Promise.all(calls)).flat().map(({ offset }) => offset)
    expect(offsets).toEqual([...Array(60).keys()])
    const firsts = values(await one.records()).map(text => Number(text![0]))
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
  })

  it('creates a topic, if that is configured', async () => {
    await broker.topic('new').append({ value: 'first' })
    expect((await broker.topic('new').describe()).partitions).toHaveLength(1)
    await using strict = await startBroker({ config: { 'auto.create.topics.enable': false } })
    await strict.topic('orders').create()
    await expect(strict.topic('order').append({ value: 1 })).rejects.toThrow(
      "there is no topic 'order'; there is 'orders'",
    )
  })

  it('meets the configs of the topic, as a producer does', async () => {
    await broker.topic('small').create({ configs: { 'max.message.bytes': 100 } })
    await expect(broker.topic('small').append({ value: 'x'.repeat(200) })).rejects.toMatchObject({
      error: 'MESSAGE_TOO_LARGE',
    })
    await broker.topic('compact').create({ configs: { 'cleanup.policy': 'compact' } })
    await expect(broker.topic('compact').append({ value: 1 })).rejects.toMatchObject({
      error: 'INVALID_RECORD',
    })
    await broker.topic('stamped').create({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
    const before = Date.now()
    const { timestamp } = await broker.topic('stamped').append({ value: 1, timestamp: 5 })
    expect(timestamp).toBeGreaterThanOrEqual(before)
    await broker.topic('zipped').create({ configs: { 'compression.type': 'gzip' } })
    await broker.topic('zipped').append({ value: 'x'.repeat(10_000) })
    expect((await broker.topic('zipped').describe()).partitions[0]!.sizeBytes).toBeLessThan(1000)
    expect(values(await broker.topic('zipped').records())).toEqual(['x'.repeat(10_000)])
  })

  it.each([
    [{ value: 1, partition: 3 }, "topic 'orders' has no partition 3: it has partitions 0-2"],
    [{ value: undefined }, 'a record needs a value; null is a tombstone'],
    [{ valeu: 1 }, 'a record has no field "valeu"'],
    [{ value: 1, timestamp: 'soon' }, 'timestamp is'],
  ])('refuses %j, and appends nothing', async (record, reason) => {
    const orders = broker.topic('orders')
    const records = [{ value: 'fine' }, record] as Parameters<typeof orders.append>[0]
    await expect(orders.append(records)).rejects.toThrow(reason)
    expect(await orders.records()).toEqual([])
  })

  it('refuses topics of the broker itself', async () => {
    await expect(broker.topic('__consumer_offsets').append({ value: 1 })).rejects.toThrow(
      "topic '__consumer_offsets' is the broker's own",
    )
  })

  it('is seen by clients, and sees what they have sent', async () => {
    const kafka = new kafkajs.Kafka({
      brokers: [broker.bootstrapServers],
      logLevel: kafkajs.logLevel.NOTHING,
    })
    const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: 'g' })]
    await Promise.all([producer.connect(), consumer.connect()])
    await broker.topic('one').append({ key: 'k', value: { a: 1 } })
    await consumer.subscribe({ topic: 'one', fromBeginning: true })
    const seen = Promise.withResolvers<string>()
    await consumer.run({
      eachMessage: async ({ message }) => seen.resolve([message.key, message.value].join('=')),
    })
    expect(await seen.promise).toBe('k={"a":1}')
    await producer.send({ topic: 'one', messages: [{ value: 'from kafkajs' }] })
    expect(await broker.topic('one').take(2)).toMatchObject([
      { offset: 0 },
      { value: 'from kafkajs' },
    ])
    await Promise.all([producer.disconnect(), consumer.disconnect()])
  })
})

describe('take', () => {
  it('waits for what comes, of a topic that need not exist', async () => {
    const taken = broker.topic('later').take(2, { where: ({ json }) => json.n > 1 })
    for (const n of [1, 2, 3]) await broker.topic('later').append({ value: { n } })
    expect((await taken).map(({ json }) => json)).toEqual([{ n: 2 }, { n: 3 }])
  })

  it('takes what is there already, by time where there are several partitions', async () => {
    const orders = broker.topic('orders')
    await orders.append([
      { value: 'third', partition: 0, timestamp: 30 },
      { value: 'first', partition: 2, timestamp: 10 },
      { value: 'second', partition: 1, timestamp: 20 },
    ])
    expect(values(await orders.take(3))).toEqual(['first', 'second', 'third'])
  })

  it('begins where it is told to', async () => {
    const one = broker.topic('one')
    await one.append([10, 20, 30].map(timestamp => ({ value: timestamp, timestamp })))
    const first = async (from: Parameters<typeof one.expect>[0]) => (await one.expect(from)).json
    expect(await first({ from: 'start' })).toBe(10)
    expect(await first({ from: 1 })).toBe(20)
    expect(await first({ from: -1 })).toBe(30)
    expect(await first({ from: new Date(15) })).toBe(20)
    expect(await first({ from: '@1970-01-01T00:00:00.015Z' })).toBe(20)
    expect(await first({ from: { 0: 2 } })).toBe(30)
    const fromEnd = one.expect({ from: 'end' })
    await one.append({ value: 40 })
    expect((await fromEnd).json).toBe(40)
    await expect(one.take(1, { from: 'noon' as 'end' })).rejects.toThrow('"noon" is no position')
  })

  it('tells in time what came instead', async () => {
    const orders = broker.topic('orders')
    await orders.append({ key: 'a', value: { total: 5 }, headers: { h: 'v' } })
    await orders.append({ value: null, partition: 2 })
    const failed = orders.take(2, { where: ({ json }) => json?.total > 10, timeout: '20ms' })
    const error = await failed.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ExpectationFailed)
    expect((error as Error).message).toBe(
      [
        "topic 'orders': 0 of 2 matching records came in 20 ms, and 2 that did not match:",
        '  partition 1, offset 0: key "a" value {"total":5} headers {"h":"v"}',
        '  partition 2, offset 0: tombstone',
      ].join('\n'),
    )
    expect(values((error as ExpectationFailed).seen)).toEqual(['{"total":5}', null])
  })

  it('tells of the last ten only', async () => {
    await broker.topic('one').append(Array.from({ length: 150 }, (_, i) => ({ value: i })))
    const error = await broker
      .topic('one')
      .take(1, { where: () => false, timeout: 20 })
      .catch((reason: unknown) => reason as ExpectationFailed)
    const { message, seen } = error as ExpectationFailed
    expect(message.split('\n')).toHaveLength(11)
    expect(message).toContain('150 that did not match; the last 10 of them:')
    expect(seen.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, i) => 50 + i))
  })

  it('tells that there is no such topic', async () => {
    await expect(broker.topic('order').take(1, { timeout: 10 })).rejects.toThrow(
      "topic 'order': 0 of 1 matching records came in 10 ms, and no others\n" +
        "There is no topic 'order': there are one, orders.",
    )
  })

  it('rejects with what `where` throws, and with the reason of a signal', async () => {
    const where = (): boolean => {
      throw new Error('mine')
    }
    await broker.topic('one').append({ value: 1 })
    await expect(broker.topic('one').take(1, { where })).rejects.toThrow('mine')
    const signal = AbortSignal.abort(new Error('given up'))
    await expect(broker.topic('one').take(2, { signal })).rejects.toThrow('given up')
  })

  it('ends with the broker', async () => {
    const taken = broker.topic('one').take(1)
    await broker.topics()
    await broker.close()
    await expect(taken).rejects.toThrow(
      '0 of 1 matching records came before the broker was reset or closed',
    )
  })
})

describe('a handle that knows what records hold', () => {
  it('gives and takes nothing else', async () => {
    interface Order {
      total: number
    }
    const orders = broker.topic<Order>('orders')
    await orders.append({ value: { total: 12 } })
    // @ts-expect-error: it has no such field
    await orders.append({ value: { totals: 1 }, partition: 0 })
    const [order] = await orders.take(1, { where: ({ json }) => json.total === 12 })
    expectTypeOf(order!.json).toEqualTypeOf<Order>()
    expectTypeOf((await orders.next()).json.total).toBeNumber()
    expectTypeOf((await broker.topic('orders').next()).json).toBeAny()
    expect(order!.json).toEqual({ total: 12 })
  })
})

describe('next', () => {
  it('gives each record once, whoever asks for it', async () => {
    const one = broker.topic('one')
    await one.append(['a', 'b', 'c'].map(value => ({ value })))
    expect((await one.next()).value).toBe('a')
    expect((await one.next({ where: ({ value }) => value === 'c' })).value).toBe('c')
    expect((await broker.topic('one').next()).value).toBe('b')
    const both = Promise.all([one.next(), one.next()])
    await one.append([{ value: 'd' }, { value: 'e' }])
    expect(values(await both)).toEqual(['d', 'e'])
    await expect(one.next({ timeout: 10 })).rejects.toThrow('0 of 1 matching records came in 10 ms')
  })

  it('begins anew after a reset, which ends who waits', async () => {
    const one = broker.topic('one')
    await one.append({ value: 'old' })
    expect((await one.next()).value).toBe('old')
    const ended = one.next().catch((reason: unknown) => String(reason))
    await broker.reset()
    expect(await ended).toContain('before the broker was reset or closed')
    await one.append({ value: 'new' })
    expect((await one.next()).value).toBe('new')
  })

  it('begins anew with a topic that was created anew', async () => {
    const one = broker.topic('one')
    await one.append([{ value: 'old' }, { value: 'older' }])
    expect((await one.next()).value).toBe('old')
    await one.delete()
    await one.append({ value: 'new' })
    expect((await one.next()).value).toBe('new')
  })
})

describe('what is there', () => {
  it('is an array, and can be iterated over; more of it comes to those who follow', async () => {
    const one = broker.topic('one')
    await one.append([{ value: 1 }, { value: 2 }])
    expect(values(await one.records({ from: -1 }))).toEqual(['2'])
    expect(values(await Array.fromAsync(one))).toEqual(['1', '2'])
    const stop = new AbortController()
    const seen: unknown[] = []
    for await (const { json, offset } of one.follow({ signal: stop.signal })) {
      seen.push(json)
      if (offset === 1) await one.append({ value: 3 })
      if (offset === 2) stop.abort()
    }
    expect(seen).toEqual([1, 2, 3])
  })

  it('rejects where there is no topic', async () => {
    await expect(broker.topic('none').records()).rejects.toThrow("there is no topic 'none'")
  })

  it('is what was sent in compressed batches, too', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    const records = ['x', 'y', 'z'].map(value => {
      return { key: null, value: Buffer.from(value), timestamp: 1 }
    })
    for (const compression of [1, 2, 3, 4]) {
      const partitionData = [{ index: 0, records: encodeBatch({ records, compression }) }]
      await client.request(produce, 9, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'one', partitionData }],
      })
    }
    const all = await broker.topic('one').records()
    expect(values(all).join('')).toBe('xyz'.repeat(4))
    expect(values(await broker.topic('one').records({ from: 7 })).join('')).toBe('yzxyz')
  })

  it('is what was committed, unless all is asked for', async () => {
    const kafka = new kafkajs.Kafka({
      brokers: [broker.bootstrapServers],
      logLevel: kafkajs.logLevel.NOTHING,
    })
    const producer = kafka.producer({ transactionalId: 't', maxInFlightRequests: 1 })
    await producer.connect()
    const one = broker.topic('one')
    const send = async (value: string) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: 'one', messages: [{ value }] })
      return transaction
    }
    await (await send('aborted')).abort()
    await (await send('committed')).commit()
    const open = await send('open')
    expect(values(await one.records())).toEqual(['committed'])
    const all = await one.records({ isolation: 'read_uncommitted' })
    expect(values(all)).toEqual(['aborted', 'committed', 'open'])
    await expect(one.take(2, { timeout: 10 })).rejects.toThrow(
      'A transaction is open in partition 0 at 4: what follows is not committed',
    )
    const second = one.take(2)
    await open.commit()
    expect(values(await second)).toEqual(['committed', 'open'])
    await producer.disconnect()
  })
})

describe('a topic', () => {
  it('is listed and described', async () => {
    await broker.topic('orders').append([{ value: 1, partition: 2 }])
    expect(await broker.topics()).toMatchObject([
      { topic: 'one', partitions: 1, records: 0, isInternal: false },
      { topic: 'orders', partitions: 3, records: 1 },
    ])
    expect((await broker.topic('orders').describe()).partitions[2]).toMatchObject({
      partition: 2,
      leader: 0,
      startOffset: 0,
      endOffset: 1,
      stableOffset: 1,
    })
  })

  it('gets configs and partitions', async () => {
    const one = broker.topic('one')
    await one.setConfigs({ 'retention.ms': 1000, 'max.message.bytes': 2000 })
    await one.setConfigs({ 'retention.ms': null })
    await one.addPartitions(2)
    expect(await one.describe()).toMatchObject({ configs: { 'max.message.bytes': '2000' } })
    expect((await one.describe()).partitions).toHaveLength(2)
    await expect(one.addPartitions(1)).rejects.toThrow(
      "topic 'one' has 2 partitions; it can only get more",
    )
    await expect(one.setConfigs({ 'retention.mss': 1 })).rejects.toMatchObject({
      error: 'INVALID_CONFIG',
    })
  })

  it('is empty after clear, and its offsets go on', async () => {
    const one = broker.topic('one')
    await one.append([{ value: 1 }, { value: 2 }])
    await one.clear()
    expect(await one.records()).toEqual([])
    expect(await one.append({ value: 3 })).toMatchObject({ offset: 2 })
    expect(values(await one.records())).toEqual(['3'])
  })

  it('can be deleted and created again at once, again and again', async () => {
    const one = broker.topic('one')
    const ids = new Set<string>()
    for (let i = 0; i < 50; i++) {
      await one.append({ value: i })
      ids.add((await one.describe()).id)
      await one.delete()
      await expect(one.describe()).rejects.toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' })
      const { partitions } = await one.create({ partitions: 2 })
      expect(partitions.map(({ endOffset }) => endOffset)).toEqual([0, 0])
    }
    expect(ids.size).toBe(50)
  })

  it.each([
    [{ partitions: 0 }, 'INVALID_PARTITIONS'],
    [{ partitions: 1.5 }, 'INVALID_PARTITIONS'],
    [{ replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
    [{ configs: { 'no.such': 1 } }, 'INVALID_CONFIG'],
  ])('is not created with %j', async (options, error) => {
    await expect(broker.topic('new').create(options)).rejects.toMatchObject({ error })
    await expect(broker.topic('one').create()).rejects.toMatchObject({
      error: 'TOPIC_ALREADY_EXISTS',
    })
  })
})
