import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { unregisterBroker } from '../../protocol/apis/64-unregister-broker.ts'
import { named, onKafka, useBroker } from './wire.ts'

const wire = useBroker()

describe('UnregisterBroker', () => {
  it.each([-1, 77, 2 ** 31 - 1])('knows no broker %i', async brokerId => {
    const answer = await wire.client.request(unregisterBroker, 0, { brokerId })
    expect(named(answer)).toMatchObject({ error: 'BROKER_ID_NOT_REGISTERED' })
    expect(answer.errorMessage).toContain(String(brokerId))
  })

  it('does not lose the broker that answers', async () => {
    const { brokers } = await wire.client.request(metadata, 12, { topics: [] })
    // Kafka loses it until its next start, and with it the tests that follow.
    if (onKafka) return
    const { nodeId: brokerId } = brokers[0]!
    const answer = await wire.client.request(unregisterBroker, 0, { brokerId })
    expect(named(answer)).toMatchObject({ error: 'INVALID_REQUEST' })
    expect((await wire.client.request(metadata, 12, { topics: [] })).brokers).toEqual(brokers)
  })
})
