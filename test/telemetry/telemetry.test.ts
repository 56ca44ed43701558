import { describe, expect, it } from 'vitest'
import { compress } from '../../protocol/compression.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { Push } from '../../src/telemetry/client-instance.ts'
import type { ClientMetricsSubscription } from '../../src/config/client-metrics.ts'
import { Telemetry } from '../../src/telemetry/telemetry.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { attribute, double, gauge, metricsData, text } from '../protocol/otlp-writer.ts'

const intervalMs = 1000
const expiryMs = 60_000
const everything: ClientMetricsSubscription = { metrics: ['*'], intervalMs, match: new Map() }
const telemetryMaxBytes = 1000

function open(maxBytes = telemetryMaxBytes) {
  const clock = new ManualClock()
  const subscriptions = [everything]
  const logged: object[] = []
  let ids = 0
  const telemetry = new Telemetry({
    clock,
    random: { id: () => idOf(++ids) },
    logger: { debug: details => logged.push(details) },
    config: { telemetryMaxBytes: maxBytes },
    subscriptions: () => subscriptions,
  })
  const get = (id = zeroUuid, connection = new AbortController()) =>
    telemetry.subscribe(id, clientOf(connection))
  const push = (id: string, fields: Partial<Push> = {}, connection = new AbortController()) => {
    const request = { subscriptionId: 0, terminating: false, compressionType: 0, metrics: empty }
    return telemetry.push(id, { ...request, ...fields }, clientOf(connection))
  }
  const subscribed = (): { id: string; subscriptionId: number } => {
    const { clientInstanceId, subscription } = get()
    return { id: clientInstanceId, subscriptionId: subscription.id }
  }
  return { clock, subscriptions, logged, telemetry, get, push, subscribed }
}

const empty = Buffer.alloc(0)

function idOf(number: number): string {
  const bytes = Buffer.alloc(16, 0xab)
  bytes.writeUInt32BE(number)
  return bytes.toString('base64url')
}

function clientOf({ signal }: AbortController) {
  const software = { name: 'tool', version: '1.2' }
  return { clientId: 'app', clientHost: '/10.0.0.1', clientPort: 5, software, closed: signal }
}

/** The name of the error. */
async function refused(run: () => unknown): Promise<string> {
  try {
    await run()
    return 'NONE'
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return error.error
  }
}

const early = 'THROTTLING_QUOTA_EXCEEDED'
const depth = (value: number, label = 'x'): Buffer =>
  metricsData([], gauge('depth', double(4, value), attribute(7, 'label', text(1, label))))

describe('a client that asks and pushes (Kafka: ClientMetricsManager)', () => {
  it('asks once for each interval', async () => {
    const { clock, get, subscribed } = open()
    const { id } = subscribed()
    expect(await refused(() => get(id))).toBe(early)
    clock.advance(intervalMs - 1)
    expect(await refused(() => get(id))).toBe(early)
    clock.advance(1)
    expect(await refused(() => get(id))).toBe('NONE')
  })

  it('pushes at once after it has asked, and then once for each interval', async () => {
    const { clock, get, push, subscribed } = open()
    const { id, subscriptionId } = subscribed()
    const next = (): Promise<string> => refused(() => push(id, { subscriptionId }))
    clock.advance(1)
    expect(await next()).toBe('NONE')
    clock.advance(intervalMs - 1)
    expect(await next()).toBe(early)
    expect(await refused(() => get(id))).toBe(early)
    clock.advance(1)
    expect(await next()).toBe('NONE')
  })

  it('pushes for the last time at any time, and never again', async () => {
    const { clock, push, subscribed } = open()
    const { id, subscriptionId } = subscribed()
    await push(id, { subscriptionId })
    const last = { subscriptionId, terminating: true }
    expect(await refused(() => push(id, last))).toBe('NONE')
    expect(await refused(() => push(id, last))).toBe('INVALID_REQUEST')
    expect(await refused(() => push(id, { subscriptionId }))).toBe('INVALID_REQUEST')
    // As in Kafka, a request that does not end it ends the end.
    expect(await refused(() => push(id, { subscriptionId }))).toBe(early)
    clock.advance(intervalMs)
    expect(await refused(() => push(id, { subscriptionId }))).toBe('NONE')
  })

  it('asks again at once when its subscription has changed', async () => {
    const { get, push, subscribed, subscriptions } = open()
    const { id, subscriptionId } = subscribed()
    subscriptions[0] = { ...everything, metrics: ['a.'] }
    expect(await refused(() => push(id, { subscriptionId }))).toBe('UNKNOWN_SUBSCRIPTION_ID')
    const { subscription } = get(id)
    expect(subscription.metrics).toEqual(['a.'])
    expect(await refused(() => push(id, { subscriptionId: subscription.id }))).toBe(early)
  })

  it.each<[string, Partial<Push>, string]>([
    ['subscription', { subscriptionId: 1 }, 'UNKNOWN_SUBSCRIPTION_ID'],
    ['compression', { compressionType: 9 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
  ])('asks again at once, but only once, after a wrong %s', async (_, fields, error) => {
    const { get, push, subscribed } = open()
    const { id, subscriptionId } = subscribed()
    expect(await refused(() => push(id, { subscriptionId, ...fields }))).toBe(error)
    expect(await refused(() => get(id))).toBe('NONE')
    expect(await refused(() => get(id))).toBe(early)
    expect(await refused(() => push(id, { subscriptionId }))).toBe(early)
  })

  it('is forgotten after a while, and with its connection', async () => {
    const { clock, get, subscribed, subscriptions } = open()
    subscriptions[0] = { ...everything, intervalMs: 300_000 }
    const { id } = subscribed()
    clock.advance(300_000 - 1)
    expect(await refused(() => get(id))).toBe(early)
    subscriptions[0] = everything
    const connection = new AbortController()
    get(id, connection)
    expect(await refused(() => get(id, connection))).toBe(early)
    connection.abort()
    expect(await refused(() => get(id))).toBe('NONE')
  })

  it('whose last push is long ago may begin anew', async () => {
    const { clock, push, subscribed } = open()
    const { id, subscriptionId } = subscribed()
    await push(id, { subscriptionId, terminating: true })
    clock.advance(expiryMs - 1)
    expect(await refused(() => push(id, { subscriptionId, terminating: true }))).toBe(
      'INVALID_REQUEST',
    )
    clock.advance(expiryMs)
    expect(await refused(() => push(id, { subscriptionId }))).toBe('NONE')
  })

  it('is one of 16,384; whoever was here longest ago is forgotten', async () => {
    const { get } = open()
    get(idOf(1))
    get(idOf(2))
    for (let i = 3; i <= 16_385; i++) get(idOf(i))
    expect(await refused(() => get(idOf(2)))).toBe(early)
    expect(await refused(() => get(idOf(1)))).toBe('NONE')
  })
})

describe('pushed metrics', () => {
  it.each([0, 1, 2, 3, 4])('are decompressed: type %i', async compressionType => {
    const { clock, logged, push, subscribed, telemetry } = open()
    const { id, subscriptionId } = subscribed()
    const metrics = compress(compressionType, depth(2.5))
    await push(id, { subscriptionId, compressionType, metrics })
    const point = { name: 'depth', attributes: { label: 'x' }, kind: 'gauge', value: 2.5 }
    const received = {
      clientInstanceId: id,
      clientId: 'app',
      softwareName: 'tool',
      softwareVersion: '1.2',
      receivedMs: clock.now(),
      metrics: [point],
    }
    expect(telemetry.received()).toEqual([received])
    expect(logged).toEqual([{ ...received, terminating: false, points: 1 }])
  })

  it('are kept until the client pushes others, even when it has gone', async () => {
    const { clock, get, push, telemetry } = open()
    const connection = new AbortController()
    for (const value of [1, 2]) {
      const { clientInstanceId: id, subscription } = get(idOf(1), connection)
      const metrics = depth(value)
      await push(id, { subscriptionId: subscription.id, metrics }, connection)
      clock.advance(intervalMs)
    }
    connection.abort()
    expect(telemetry.received()).toMatchObject([{ metrics: [{ value: 2 }] }])
  })

  it('are kept up to a limit, the newest of them', async () => {
    const { get, push, telemetry } = open(2 ** 20)
    const large = depth(1, 'x'.repeat(1_000_000))
    const metrics = compress(1, large)
    const clients = Math.ceil((64 * 2 ** 20) / large.length) + 1
    for (let i = 1; i <= clients; i++) {
      const { clientInstanceId: id, subscription } = get(idOf(i))
      await push(id, { subscriptionId: subscription.id, compressionType: 1, metrics })
    }
    const kept = telemetry.received().map(({ clientInstanceId }) => clientInstanceId)
    expect(kept.length).toBe(Math.floor((64 * 2 ** 20) / large.length))
    expect(kept.at(-1)).toBe(idOf(clients))
    expect(kept).not.toContain(idOf(1))
  })

  it.each<[string, Partial<Push>, string]>([
    ['more than may be sent', { metrics: Buffer.alloc(1001) }, 'TELEMETRY_TOO_LARGE'],
    [
      'what grows beyond measure',
      { compressionType: 4, metrics: compress(4, Buffer.alloc(1001)) },
      'INVALID_RECORD',
    ],
    ['an unknown compression', { compressionType: 5 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['a compression below 0', { compressionType: -1 }, 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['damaged data', { compressionType: 1, metrics: Buffer.from('x') }, 'INVALID_RECORD'],
    ['what are no metrics', { metrics: Buffer.from('junk') }, 'INVALID_RECORD'],
    ['another subscription', { subscriptionId: 1 }, 'UNKNOWN_SUBSCRIPTION_ID'],
  ])('are not %s', async (_, fields, error) => {
    const { logged, push, subscribed, telemetry } = open()
    const { id, subscriptionId } = subscribed()
    expect(await refused(() => push(id, { subscriptionId, ...fields }))).toBe(error)
    expect(telemetry.received()).toEqual([])
    expect(logged).toEqual([])
  })
})
