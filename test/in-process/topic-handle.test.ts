import { describe, expect, it } from 'vitest'
import { startBroker } from '../../src/index.ts'

describe('a topic without a Kafka client', () => {
  it('is appended to and read', async () => {
    await using broker = await startBroker({ topics: { orders: { partitions: 3 } } })
    const orders = broker.topic<{ total: number }>('orders')
    const placed = await orders.append({ key: 'a', value: { total: 12 }, headers: { h: 'v' } })
    expect(placed).toMatchObject({ topic: 'orders', partition: 1, offset: 0 })
    const [record] = await orders.take(1, { where: ({ json }) => json.total > 10 })
    expect(record).toMatchObject({
      key: 'a',
      value: '{"total":12}',
      json: { total: 12 },
      headers: { h: 'v' },
      offset: 0,
    })
  })
})
