import { describe, expect, it } from 'vitest'
import { compress } from '../../protocol/compression.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { attribute, fixed64, message, metricsData, sum, text } from '../protocol/otlp-writer.ts'
import { getSubscription, push } from './telemetry.ts'
import { differs, useBroker } from './wire.ts'

const wire = useBroker()
const telemetryMaxBytes = 1_048_576
const label = attribute(7, 'topic', text(1, 'orders'))
const metrics = metricsData([], sum('org.apache.kafka.producer.records', fixed64(6, 7n), label))

/** Of a message in field 99: two bytes of tag, and the length. */
const overheadBytes = (bytes: number): number => 2 + (bytes < 2 ** 21 ? 3 : 4)

describe('PushTelemetry (KIP-714)', () => {
  it.each([0, 1, 2, 3, 4])('takes metrics of compression type %i', async compressionType => {
    const subscribed = await getSubscription(wire.client)
    const compressed = compress(compressionType, metrics)
    const fields = { compressionType, metrics: compressed }
    expect(await push(wire.client, subscribed, fields)).toBe('NONE')
  })

  it.each([0, 1, 4])('takes no metrics at all as well: type %i', async compressionType => {
    const subscribed = await getSubscription(wire.client)
    expect(await push(wire.client, subscribed, { compressionType })).toBe('NONE')
  })

  it('comes once for each interval, and for the last time at any time', async () => {
    const subscribed = await getSubscription(wire.client)
    const last = { terminating: true }
    expect(await push(wire.client, subscribed, { metrics })).toBe('NONE')
    expect(await push(wire.client, subscribed, { metrics })).toBe('THROTTLING_QUOTA_EXCEEDED')
    expect(await push(wire.client, subscribed, { metrics, ...last })).toBe('NONE')
    expect(await push(wire.client, subscribed, last)).toBe('INVALID_REQUEST')
    expect(await push(wire.client, subscribed)).toBe('INVALID_REQUEST')
    expect(await push(wire.client, subscribed)).toBe('THROTTLING_QUOTA_EXCEEDED')
  })

  it.each([
    ['compression type 5', { compressionType: 5 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['compression type -1', { compressionType: -1 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['too much', { metrics: Buffer.alloc(telemetryMaxBytes + 1) }, 'TELEMETRY_TOO_LARGE'],
    [
      'two faults',
      { compressionType: 7, metrics: Buffer.alloc(telemetryMaxBytes + 1) },
      'UNSUPPORTED_COMPRESSION_TYPE',
    ],
    ['another subscription', { subscriptionId: 1 }, 'UNKNOWN_SUBSCRIPTION_ID'],
    [
      'another subscription, for the last time',
      { subscriptionId: 1, terminating: true },
      'UNKNOWN_SUBSCRIPTION_ID',
    ],
    ['no client', { clientInstanceId: zeroUuid }, 'INVALID_REQUEST'],
    ['an id of Kafka’s own', { clientInstanceId: 'AAAAAAAAAAAAAAAAAAAAAQ' }, 'INVALID_REQUEST'],
    [
      'an unknown client',
      { clientInstanceId: 'AAAAAAAAAAAAAAAAAAAABw' },
      'UNKNOWN_SUBSCRIPTION_ID',
    ],
  ])('refuses %s', async (_, fields, error) => {
    const client = await wire.connect()
    const subscribed = await getSubscription(client)
    expect(await push(client, subscribed, fields)).toBe(error)
  })

  it.each([1, 2, 3, 4])('decompresses no more than may be sent: type %i', async type => {
    for (const [bytes, error] of [
      [telemetryMaxBytes, 'NONE'],
      [telemetryMaxBytes + 1, 'INVALID_RECORD'],
      [16 * telemetryMaxBytes, 'INVALID_RECORD'],
    ] as const) {
      // One field that nobody knows.
      const data = message(99, Buffer.alloc(bytes - overheadBytes(bytes)))
      expect(data.length).toBe(bytes)
      const subscribed = await getSubscription(wire.client)
      const fields = { compressionType: type, metrics: compress(type, data) }
      expect(await push(wire.client, subscribed, fields)).toBe(error)
    }
  })

  // Kafka's broker hands metrics on unread, and fails so where the receiver fails.
  const unread = differs({ here: 'INVALID_RECORD', kafka: 'NONE' })
  it.each([
    ['damaged gzip', { compressionType: 1, metrics: Buffer.from('junk') }, 'INVALID_RECORD'],
    ['damaged zstd', { compressionType: 4, metrics: Buffer.from('junk') }, 'INVALID_RECORD'],
    ['what are no metrics', { metrics: Buffer.from('junk') }, unread],
    ['metrics whose end is missing', { metrics: metrics.subarray(0, -1) }, unread],
  ])('reads what it gets: %s', async (_, fields, error) => {
    const subscribed = await getSubscription(wire.client)
    expect(await push(wire.client, subscribed, fields)).toBe(error)
  })
})
