import { describe, expect, it } from 'vitest'
import { zeroUuid } from '../../protocol/wire.ts'
import { getSubscription, push } from './telemetry.ts'
import { named, useBroker } from './wire.ts'

const wire = useBroker()
const zstdToSnappy = [4, 3, 1, 2]

describe('GetTelemetrySubscriptions (KIP-714)', () => {
  it('gives a client an id, and asks for nothing where nobody has subscribed', async () => {
    const first = await getSubscription(wire.client)
    const second = await getSubscription(wire.client)
    for (const answer of [first, second]) {
      expect(answer).toEqual({
        throttleTimeMs: 0,
        errorCode: 0,
        clientInstanceId: expect.stringMatching(/^[\w-]{22}$/),
        subscriptionId: expect.any(Number),
        acceptedCompressionTypes: zstdToSnappy,
        pushIntervalMs: 300_000,
        telemetryMaxBytes: 1_048_576,
        deltaTemporality: true,
        requestedMetrics: [],
      })
    }
    expect(second.clientInstanceId).not.toBe(first.clientInstanceId)
    expect(second.subscriptionId).not.toBe(first.subscriptionId)
  })

  it.each([
    ['AAAAAAAAAAAAAAAAAAAAAQ', -725_132_321],
    ['AAAAAAAAAAAAAAAAAAAABQ', -725_132_325],
  ])('knows a client by the id that it has: %s', async (id, subscriptionId) => {
    const client = await wire.connect()
    expect(await getSubscription(client, id)).toMatchObject({
      errorCode: 0,
      clientInstanceId: id,
      subscriptionId,
    })
  })

  it('refuses a client that asks too often', async () => {
    const { clientInstanceId } = await getSubscription(wire.client)
    expect(named(await getSubscription(wire.client, clientInstanceId))).toEqual({
      throttleTimeMs: 0,
      error: 'THROTTLING_QUOTA_EXCEEDED',
      clientInstanceId: zeroUuid,
      subscriptionId: 0,
      acceptedCompressionTypes: [],
      pushIntervalMs: 0,
      telemetryMaxBytes: 0,
      deltaTemporality: false,
      requestedMetrics: [],
    })
  })

  it('lets a client ask at once, and once, that pushed for another subscription', async () => {
    const subscribed = await getSubscription(wire.client)
    const { clientInstanceId, subscriptionId } = subscribed
    const other = { clientInstanceId, subscriptionId: subscriptionId + 1 }
    expect(await push(wire.client, other)).toBe('UNKNOWN_SUBSCRIPTION_ID')
    expect(await getSubscription(wire.client, clientInstanceId)).toEqual(subscribed)
    const again = await getSubscription(wire.client, clientInstanceId)
    expect(named(again).error).toBe('THROTTLING_QUOTA_EXCEEDED')
  })

  it('forgets a client with its connection', async () => {
    const connection = await wire.connect()
    const { clientInstanceId } = await getSubscription(connection)
    const tooEarly = async (): Promise<boolean> => {
      const { errorCode } = await getSubscription(wire.client, clientInstanceId)
      return errorCode !== 0
    }
    expect(await tooEarly()).toBe(true)
    await connection[Symbol.asyncDispose]()
    // The request from the other connection has made that one the client's, too.
    await expect.poll(tooEarly).toBe(false)
  })
})
