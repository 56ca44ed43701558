import { expect, it } from 'vitest'
import type { TransactionMarker } from '../../protocol/control-records.ts'
import { createConfig, topicConfig } from '../../src/config.ts'
import type { Services } from '../../src/handler.ts'
import { writeMarker } from '../../src/transactions/write-marker.ts'
import { errorOf, Fixture } from '../partitions/fixture.ts'

const marker: TransactionMarker = {
  type: 'abort',
  producerId: 1,
  producerEpoch: 0,
  coordinatorEpoch: 0,
}

it('needs as many replicas in sync as records that are to be safe', async () => {
  const row = { replicas: [0, 1], isr: [0], adding: [], removing: [], leader: 0, epochs: [] }
  const partition = await new Fixture().open({ row })
  const config = topicConfig({ 'min.insync.replicas': '2' }, createConfig([]).config)
  const topics = { get: () => ({ partitions: [partition], config }) }
  const services = { topics } as unknown as Services
  const written = writeMarker(services, { topic: 't', partition: 0 }, marker, 2)
  expect(await errorOf(written)).toBe('NOT_ENOUGH_REPLICAS')
})
