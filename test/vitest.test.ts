/** The fixture, in the runner that it is for. */
import { describe, expect } from 'vitest'
import { test } from '../src/vitest.ts'

const seen = new Set<string>()

describe('tests one after the other', () => {
  test.for([1, 2])('have the same broker, with nothing in it (%i)', async (_, { kafka }) => {
    expect(await kafka.topics()).toEqual([])
    await kafka.topic('orders').append({ value: 'one' })
    seen.add(kafka.bootstrapServers)
    expect(seen.size).toBe(1)
  })
})

describe.concurrent('tests beside others', () => {
  const addresses = new Set<string>()
  test.for([1, 2, 3])('have brokers of their own (%i)', async (_, { kafka }) => {
    addresses.add(kafka.bootstrapServers)
    await expect.poll(() => addresses.size).toBe(3)
    expect(seen.has(kafka.bootstrapServers)).toBe(false)
  })
})

describe('tests with options', () => {
  const withTopic = test.extend({ kafkaOptions: { topics: { orders: { partitions: 3 } } } })
  withTopic('have another broker', async ({ kafka }) => {
    expect(await kafka.topics()).toMatchObject([{ topic: 'orders', partitions: 3 }])
    expect(seen.has(kafka.bootstrapServers)).toBe(false)
  })
})
