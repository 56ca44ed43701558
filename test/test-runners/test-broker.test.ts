import { afterEach, describe, expect, it } from 'vitest'
import { sharedTestBroker, TestBroker } from '../../src/test-runners/test-broker.ts'
import type { TestBrokerOptions } from '../../src/test-runners/test-broker.ts'

const resources = new Set<TestBroker>()

async function start(options: TestBrokerOptions = {}): Promise<TestBroker> {
  const testBroker = await TestBroker.start(options)
  resources.add(testBroker)
  return testBroker
}

afterEach(async () => {
  for (const testBroker of resources) await testBroker.close()
  resources.clear()
})

const fault = { api: 'Fetch', error: 'NOT_LEADER_OR_FOLLOWER' } as const

async function endOf(testBroker: TestBroker, hasFailed: boolean): Promise<string[]> {
  const printed: string[] = []
  await testBroker.end({ hasFailed, print: text => printed.push(text) })
  return printed
}

describe('a broker of tests', () => {
  it('is the same for all of them, and empty for each', async () => {
    const testBroker = await start()
    const { bootstrapServers } = testBroker.broker
    for (let i = 0; i < 3; i++) {
      await testBroker.begin()
      expect(await testBroker.broker.topics()).toEqual([])
      await testBroker.broker.topic('orders').append({ value: 'one' })
      expect(testBroker.broker.bootstrapServers).toBe(bootstrapServers)
    }
  })

  it('is as it was started, where it was not empty', async () => {
    const testBroker = await start({ topics: { orders: { partitions: 3 } } })
    for (let i = 0; i < 2; i++) {
      await testBroker.begin()
      const orders = testBroker.broker.topic('orders')
      expect(await orders.describe()).toMatchObject({ partitions: { length: 3 } })
      expect(await orders.records()).toEqual([])
      await orders.append({ value: 'one' })
      await testBroker.broker.topic('more').append({ value: 'one' })
    }
  })

  it('is as it was started for what runs before the first test of a file', async () => {
    const testBroker = await start()
    const { broker } = testBroker
    const names = async () => (await broker.topics()).map(({ topic }) => topic)
    for (const file of ['one', 'two']) {
      await testBroker.open()
      expect(await names()).toEqual([])
      await broker.topic(file).create()
      await testBroker.begin()
      expect(await names()).toEqual([file])
      await testBroker.begin()
      expect(await names()).toEqual([])
      await broker.topic('orders').create()
    }
  })

  it('fails a test whose fault never fired, but not for one of the test before', async () => {
    const testBroker = await start()
    await testBroker.begin()
    testBroker.broker.fault(fault)
    await expect(endOf(testBroker, false)).rejects.toThrow('never fired')
    await testBroker.begin()
    expect(await endOf(testBroker, false)).toEqual([])
  })

  it('tells what it has seen when a test has failed, and nothing else', async () => {
    const testBroker = await start()
    await testBroker.begin()
    testBroker.broker.fault(fault)
    expect(await endOf(testBroker, true)).toEqual([await testBroker.broker.report()])
  })

  it('tells nothing where it shall not', async () => {
    expect(await endOf(await start({ report: false }), true)).toEqual([])
  })

  it('is shared by those who want the same', async () => {
    const [one, two, other] = await Promise.all([
      sharedTestBroker({ brokers: 2 }),
      sharedTestBroker({ brokers: 2 }),
      sharedTestBroker({ brokers: 3 }),
    ])
    resources.add(one).add(other)
    expect(one).toBe(two)
    expect(other).not.toBe(one)
    expect(other.broker.brokers).toHaveLength(3)
  })
})
