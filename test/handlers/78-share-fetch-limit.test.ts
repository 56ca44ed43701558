import { describe, expect, it } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { newGroup, ShareConsumer } from './share-requests.ts'
import { onKafka, useBroker } from './wire.ts'

const wire = useBroker({ 'group.share.max.share.sessions': 1 })

describe.skipIf(onKafka)('one share session too many (skipped on Apache Kafka)', () => {
  // It would be kept for up to 24 days, request and all, by whoever connects again and again.
  it('waits no longer than its connection', async () => {
    const group = await newGroup(wire)
    const first = new ShareConsumer(wire.client, group)
    await first.request({ 0: [] }, { maxWaitMs: 0 })
    const client = await wire.connect()
    const second = new ShareConsumer(client, group)
    const answer = second.request({ 0: [] }, { maxWaitMs: 2 ** 31 - 1 })
    client.end()
    expect(await answer).toMatchObject({ errorCode: errors.SHARE_SESSION_LIMIT_REACHED })
  })
})
