/** Clients under quotas, in virtual time; cases of ClientQuotaManagerTest among them. */
import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../protocol/errors.ts'
import { Throttles } from '../../src/throttling/throttles.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

type Names = Readonly<Record<string, string | null>>

function setUp(maxClients = 10_000) {
  const clock = new ManualClock()
  const throttles = new Throttles({
    clock,
    addressOf: async () => undefined,
    config: {
      quotaWindowNum: 11,
      quotaWindowSizeSeconds: 1,
      controllerQuotaWindowNum: 11,
      controllerQuotaWindowSizeSeconds: 1,
      quotaMaxClients: maxClients,
    },
  })
  const use = (...quotas: readonly (readonly [Names, Readonly<Record<string, number>>])[]): void =>
    throttles.use(
      quotas.map(([names, values]) => {
        return { entity: new Map(Object.entries(names)), values: new Map(Object.entries(values)) }
      }),
    )
  const begin = (name: string, { version = 99, user = 'alice', id = 'app', bytes = 0 } = {}) =>
    throttles.begin({ name, version, frameBytes: bytes }, { user, clientId: id })
  return { clock, throttles, use, begin }
}

const answer = { hasAnswer: true, isRefused: false }

describe('quotas', () => {
  it('cost nothing while nobody has one', () => {
    const { throttles, use } = setUp()
    expect(throttles.isActive).toBe(false)
    use([{ user: 'alice' }, { producer_byte_rate: 1000 }])
    expect(throttles.isActive).toBe(true)
    use([{ ip: '127.0.0.1' }, { connection_creation_rate: 1 }])
    expect(throttles.isActive).toBe(false)
  })

  it('act at once when they change, and count what was done before', () => {
    const { use, begin } = setUp()
    const ask = (bytes: number): number => begin('Produce', { bytes }).answered(answer)
    use([{ user: 'alice' }, { producer_byte_rate: 2000 }])
    expect(ask(27_500)).toBe(3750)
    use([{ user: 'alice' }, { producer_byte_rate: 3000 }])
    expect(ask(0)).toBe(0)
    use([{ user: 'alice' }, { producer_byte_rate: 500 }])
    expect(ask(0)).toBe(45_000)
    use([{ user: null }, { producer_byte_rate: 4000 }])
    expect(ask(10_000)).toBe(0)
    use()
    expect(ask(1_000_000)).toBe(0)
  })
})

describe('producer_byte_rate', () => {
  it('counts requests when they come, so that no further one starts', () => {
    const { clock, use, begin } = setUp()
    use([{ user: 'alice' }, { producer_byte_rate: 1000 }])
    expect(begin('Produce', { bytes: 10_000 }).isThrottled).toBe(false)
    const throttle = begin('Produce', { bytes: 1000 })
    expect(throttle.isThrottled).toBe(true)
    clock.advance(400)
    expect(throttle.answered(answer)).toBe(600)
  })

  it('holds without an answer, too (acks=0)', () => {
    const { use, begin } = setUp()
    use([{ user: 'alice' }, { producer_byte_rate: 1000, request_percentage: 0.001 }])
    const throttle = begin('Produce', { bytes: 12_000 })
    expect(throttle.answered({ hasAnswer: false, isRefused: false })).toBe(2000)
  })

  it('counts no other requests', () => {
    const { use, begin } = setUp()
    use([{ user: 'alice' }, { producer_byte_rate: 1000 }])
    expect(begin('Metadata', { bytes: 1_000_000 }).answered(answer)).toBe(0)
  })

  it('is met exactly by a client that is quiet as long as it is told', () => {
    const { clock, use, begin } = setUp()
    use([{ user: 'alice' }, { producer_byte_rate: 1_000_000 }])
    let sent = 0
    const produce = (untilMs: number): number => {
      const before = sent
      while (clock.monotonic() < untilMs) {
        sent += 65_536
        clock.advance(1 + begin('Produce', { bytes: 65_536 }).answered(answer))
      }
      return sent - before
    }
    produce(20_000)
    const fromMs = clock.monotonic()
    const bytes = produce(fromMs + 60_000)
    expect((bytes / (clock.monotonic() - fromMs)) * 1000).toBeCloseTo(1_000_000, -5)
  })
})

describe('consumer_byte_rate', () => {
  it('has a fetch answered without records, which do not count then', () => {
    const { clock, use, begin } = setUp()
    use([{ 'client-id': 'app' }, { consumer_byte_rate: 1000 }])
    expect(begin('Fetch').mayDeliver(10_000)).toBe(true)
    const throttle = begin('Fetch')
    expect(throttle.mayDeliver(500)).toBe(false)
    expect(throttle.answered(answer)).toBe(500)
    throttle.encoded(50)
    clock.advance(500)
    expect(begin('Fetch').mayDeliver(500)).toBe(true)
  })

  it('counts the rest of the answer as well', () => {
    const { use, begin } = setUp()
    use([{ 'client-id': 'app' }, { consumer_byte_rate: 1000 }])
    const throttle = begin('Fetch')
    expect(throttle.mayDeliver(9000)).toBe(true)
    throttle.encoded(10_000)
    expect(begin('Fetch').mayDeliver(1)).toBe(false)
  })

  it('limits a fetch to what may be had at once, if nothing else is fetched', () => {
    const { use, begin } = setUp()
    use(
      [{ 'client-id': 'app' }, { consumer_byte_rate: 1000 }],
      [{ 'client-id': 'tiny' }, { consumer_byte_rate: 0.01 }],
    )
    expect(begin('Fetch').mostFetchedBytes).toBe(10_000)
    expect(begin('Fetch', { id: 'tiny' }).mostFetchedBytes).toBe(1)
    expect(begin('Fetch', { id: 'other' }).mostFetchedBytes).toBe(Infinity)
  })

  it('has records that are acquired delivered, and counts them for what follows', () => {
    const { use, begin } = setUp()
    use([{ 'client-id': 'app' }, { consumer_byte_rate: 1000 }])
    const throttle = begin('ShareFetch')
    throttle.delivers(12_000)
    expect(throttle.answered(answer)).toBe(2000)
    expect(begin('Fetch').mayDeliver(1)).toBe(false)
  })
})

describe('request_percentage', () => {
  it('counts the time that a request takes, also to encode and to write the answer', () => {
    const { clock, use, begin } = setUp()
    use([{ user: null, 'client-id': null }, { request_percentage: 1 }])
    const first = begin('Metadata')
    clock.advance(60)
    first.pause()
    clock.advance(5000)
    first.resume()
    clock.advance(20)
    expect(first.answered(answer)).toBe(0)
    clock.advance(15)
    first.written(15)
    // 110 ms in 10 s and a bit are above 1 %: it takes until 11 s have gone by.
    expect(begin('Metadata').answered(answer)).toBeGreaterThan(0)
  })

  it('throttles nobody longer than one window at once', () => {
    const { clock, use, begin } = setUp()
    use([{ user: null }, { request_percentage: 0.01 }])
    const throttle = begin('Metadata')
    clock.advance(100)
    expect(throttle.answered(answer)).toBe(1000)
  })

  it('has fetches wait without records, too', () => {
    const { clock, use, begin } = setUp()
    use([{ user: null }, { request_percentage: 0.01 }])
    const throttle = begin('Fetch')
    clock.advance(100)
    expect(throttle.mayDeliver(10)).toBe(false)
    expect(throttle.answered(answer)).toBe(1000)
  })

  it('leaves out what brokers ask of brokers, unless it is refused', () => {
    const { clock, use, begin } = setUp()
    use([{ user: null }, { request_percentage: 0.01 }])
    const exempt = begin('WriteTxnMarkers')
    const refused = begin('WriteTxnMarkers')
    clock.advance(100)
    expect(exempt.answered(answer)).toBe(0)
    expect(refused.answered({ hasAnswer: true, isRefused: true })).toBe(1000)
  })
})

describe('controller_mutation_rate', () => {
  const quota = [{ user: 'alice' }, { controller_mutation_rate: 2 }] as const
  const burst = 22

  it.each([
    ['CreateTopics', 6],
    ['DeleteTopics', 5],
    ['CreatePartitions', 3],
  ])('refuses %s from v%i on, and lets older ones owe', (name, strict) => {
    const { use, begin } = setUp()
    use(quota)
    const first = begin(name, { version: strict })
    first.mutates(burst + 10)
    expect(first.answered(answer)).toBe(0)
    const refused = begin(name, { version: strict })
    expect(() => refused.mutates(1)).toThrow(new KafkaError('THROTTLING_QUOTA_EXCEEDED'))
    expect(refused.answered(answer)).toBe(5000)
    const older = begin(name, { version: strict - 1 })
    older.mutates(20)
    expect(older.answered(answer)).toBe(15_000)
  })

  it('holds for topics that a request brings about, without telling', () => {
    const { clock, use, begin } = setUp()
    use(quota)
    const first = begin('Metadata')
    expect(first.mayCreate(burst + 4)).toBe(true)
    expect(first.mayCreate(1)).toBe(false)
    expect(first.answered(answer)).toBe(0)
    clock.advance(2000)
    expect(begin('Metadata').mayCreate(1)).toBe(true)
  })

  it('is nothing to others', () => {
    const { use, begin } = setUp()
    use(quota)
    begin('CreateTopics').mutates(100)
    begin('CreateTopics', { user: 'bob' }).mutates(100)
  })
})

describe('what is known of clients', () => {
  it('is forgotten when it says nothing any more', () => {
    const { clock, throttles, use, begin } = setUp()
    use([{ 'client-id': null }, { producer_byte_rate: 1000 }])
    for (let i = 0; i < 100; i++) begin('Produce', { id: `app-${i}`, bytes: 10 })
    expect(throttles.produce.size).toBe(100)
    clock.advance(11_000)
    begin('Produce', { id: 'another', bytes: 10 })
    expect(throttles.produce.size).toBe(1)
  })

  it('is no more than quota.max.clients, whatever names a client makes up', () => {
    const { throttles, use, begin } = setUp(50)
    use([{ 'client-id': null }, { producer_byte_rate: 1000 }])
    for (let i = 0; i < 1000; i++) {
      begin('Produce', { id: `${'x'.repeat(30_000)}${i}`, bytes: 100 })
      begin('Produce', { id: 'steady', bytes: 11 })
    }
    expect(throttles.produce.size).toBe(50)
    // Who goes on is not forgotten for the sake of those that come once.
    expect(begin('Produce', { id: 'steady' }).answered(answer)).toBe(1000)
    const last = `${'x'.repeat(30_000)}999`
    expect(begin('Produce', { id: last, bytes: 10_000 }).answered(answer)).toBe(100)
  })
})
