import { describe, expect, it } from 'vitest'
import type { ClientMetricsSubscription } from '../../src/config/client-metrics.ts'
import { clientSubscription, type ClientFacts } from '../../src/telemetry/subscription.ts'

const client: ClientFacts = {
  client_instance_id: 'AAAAAAAAAAAAAAAAAAAABQ',
  client_id: 'app',
  client_software_name: 'apache-kafka-java',
  client_software_version: '4.3.1',
  client_source_address: '10.0.0.1',
  client_source_port: '50000',
}
const all = new Map()
const subscription = (
  metrics: readonly string[],
  intervalMs = 300_000,
  match: ClientMetricsSubscription['match'] = all,
): ClientMetricsSubscription => ({ metrics, intervalMs, match })

describe('what a client is asked to push (KIP-714)', () => {
  it.each([
    ['AAAAAAAAAAAAAAAAAAAABQ', [], -725_132_325],
    ['AAAAAAAAAAAAAAAAAAAAAQ', [], -725_132_321],
    ['c3Ay_atpTzCG-lkX-uZnBA', [], 1_891_768_320],
    ['AAAAAAAAAAAAAAAAAAAABQ', ['only'], 1_246_711_364],
  ])('has the id that Apache Kafka 4.3.1 gave: %s %j', (id, metrics, expected) => {
    const facts = { ...client, client_instance_id: id }
    expect(clientSubscription(facts, [subscription(metrics)]).id).toBe(expected)
  })

  it('is nothing where nobody has subscribed', () => {
    const { metrics, intervalMs } = clientSubscription(client, [])
    expect({ metrics, intervalMs }).toEqual({ metrics: [], intervalMs: 300_000 })
  })

  it('is what all subscriptions ask for that choose the client, as often as the busiest', () => {
    const chosen = clientSubscription(client, [
      subscription(['b.', 'a.'], 60_000),
      subscription(['a.', 'c.'], 1000, new Map([['client_software_version', /^(?:4\..*)$/]])),
      subscription(['no.'], 100, new Map([['client_id', /^(?:ap)$/]])),
      subscription(
        ['not.both.'],
        100,
        new Map([
          ['client_id', /^(?:app)$/],
          ['client_source_address', /^(?:10\.0\.0\.2)$/],
        ]),
      ),
    ])
    expect(chosen).toMatchObject({ metrics: ['a.', 'b.', 'c.'], intervalMs: 1000 })
  })

  it('is * where one of them asks for everything', () => {
    const chosen = clientSubscription(client, [subscription(['a.']), subscription(['*', 'b.'])])
    expect(chosen.metrics).toEqual(['*'])
  })

  it('is never less often than every five minutes (Kafka: createClientInstance)', () => {
    expect(clientSubscription(client, [subscription(['a.'], 3_600_000)]).intervalMs).toBe(300_000)
  })

  it('has an id that changes with metrics and interval, and not with their order', () => {
    const id = (...given: ClientMetricsSubscription[]): number =>
      clientSubscription(client, given).id
    const [a, b] = [subscription(['a.'], 1000), subscription(['b.'], 1000)]
    expect(id(a, b)).toBe(id(b, a))
    expect(new Set([id(a), id(b), id(a, b), id(subscription(['a.'], 1001))]).size).toBe(4)
  })
})
