/** By the cases of Kafka's ConnectionQuotasTest. */
import { describe, expect, it } from 'vitest'
import { connectionQuotas } from '../doubles/connection-quotas.ts'

const home = '192.0.2.1'
const away = '192.0.2.2'

type Quotas = ReturnType<typeof connectionQuotas>['quotas']

/** How many of so many come in. */
function enter(quotas: Quotas, times: number, listener = 'EXTERNAL', address = home): number {
  let entered = 0
  for (let i = 0; i < times; i++) {
    if (quotas.whatIsFull(listener, address) !== undefined) continue
    quotas.enter(listener, address)
    entered++
  }
  return entered
}

describe('the number of connections', () => {
  it('has no limit by default', () => {
    const { quotas } = connectionQuotas()
    expect(enter(quotas, 10_000)).toBe(10_000)
    expect(quotas.connections).toBe(10_000)
    expect(quotas.delayMs('EXTERNAL', 0)).toBe(0)
    expect(quotas.refusalMs('EXTERNAL', home, 0)).toBe(0)
  })

  it('is limited for all listeners together', () => {
    const { quotas } = connectionQuotas({ 'max.connections': 800 })
    expect(enter(quotas, 801)).toBe(800)
    expect(quotas.whatIsFull('ADMIN', away)).toBe('max.connections')
    quotas.leave('EXTERNAL', home)
    expect(enter(quotas, 2, 'ADMIN')).toBe(1)
  })

  it('is limited for each listener', () => {
    const { quotas } = connectionQuotas({
      'max.connections': 300,
      'listener.name.external.max.connections': 200,
    })
    expect(enter(quotas, 250)).toBe(200)
    expect(enter(quotas, 250, 'ADMIN')).toBe(100)
    quotas.leave('ADMIN', home)
    expect(enter(quotas, 1)).toBe(0)
    expect(enter(quotas, 1, 'ADMIN')).toBe(1)
  })

  it('is limited for each address', () => {
    const { quotas } = connectionQuotas({ 'max.connections.per.ip': 17 })
    expect(enter(quotas, 19)).toBe(17)
    expect(quotas.whatIsFull('ADMIN', home)).toBe('max.connections.per.ip')
    expect(enter(quotas, 19, 'EXTERNAL', away)).toBe(17)
    for (let i = 0; i < 2; i++) quotas.leave('EXTERNAL', home)
    expect(enter(quotas, 3)).toBe(2)
  })

  it('has limits of its own for some addresses, and for hosts once they are known', async () => {
    const { quotas } = connectionQuotas({
      'max.connections.per.ip': 1,
      'max.connections.per.ip.overrides': '192.0.2.1: 3 ,::1:2,office.example:4,unknown.example:5',
    })
    await Promise.resolve()
    const office = '192.0.2.7'
    expect([home, '::1', office, away].map(ip => enter(quotas, 9, 'EXTERNAL', ip))).toEqual([
      3, 2, 4, 1,
    ])
  })

  it('may be 0 for others than those', () => {
    const { quotas } = connectionQuotas({
      'max.connections.per.ip': 0,
      'max.connections.per.ip.overrides': `${home}:1`,
    })
    expect(enter(quotas, 2)).toBe(1)
    expect(enter(quotas, 2, 'EXTERNAL', away)).toBe(0)
  })

  it('follows configs that change', () => {
    const { quotas, config } = connectionQuotas({ 'listener.name.external.max.connections': 1 })
    expect(enter(quotas, 2)).toBe(1)
    const { config: changed } = connectionQuotas({ 'listener.name.external.max.connections': 3 })
    Object.assign(config, changed)
    expect(enter(quotas, 5)).toBe(2)
  })
})

describe('the rate of new connections', () => {
  /** When so many are let in, one after the other. */
  function untilEntered(
    quotas: Quotas,
    times: number,
    listeners: readonly string[],
    fromMs = 0,
  ): number {
    let nowMs = fromMs
    for (let i = 0; i < times; i++) {
      nowMs += quotas.delayMs(listeners[i % listeners.length]!, nowMs)
    }
    return nowMs
  }

  it('of all listeners together is kept by waiting', () => {
    const { quotas } = connectionQuotas({ 'max.connection.creation.rate': 90 })
    // The burst of the first ten seconds is free.
    expect(untilEntered(quotas, 900, ['EXTERNAL', 'ADMIN'])).toBe(0)
    const fromMs = untilEntered(quotas, 1000, ['EXTERNAL', 'ADMIN'])
    const seconds = (untilEntered(quotas, 9000, ['EXTERNAL', 'ADMIN'], fromMs) - fromMs) / 1000
    expect(9000 / seconds).toBeGreaterThan(81)
    expect(9000 / seconds).toBeLessThan(99)
  })

  it('of one listener is kept by waiting there', () => {
    const { quotas } = connectionQuotas({
      'listener.name.external.max.connection.creation.rate': 10,
    })
    expect(untilEntered(quotas, 100, ['EXTERNAL'])).toBe(0)
    expect(quotas.delayMs('EXTERNAL', 0)).toBeCloseTo(100)
    expect(untilEntered(quotas, 1000, ['ADMIN'])).toBe(0)
  })

  it('has nobody wait longer than a window at once', () => {
    const { quotas } = connectionQuotas({
      'max.connection.creation.rate': 1,
      'quota.window.size.seconds': 2,
    })
    for (let i = 0; i < 1000; i++) quotas.delayMs('EXTERNAL', 0)
    expect(quotas.delayMs('EXTERNAL', 0)).toBe(2000)
  })

  it('of an address is kept by closing, and what is closed does not count', () => {
    const { quotas, limitAddress } = connectionQuotas({ 'max.connection.creation.rate': 4 })
    limitAddress(home, 2)
    for (let i = 0; i < 20; i++) {
      expect(quotas.delayMs('EXTERNAL', 0)).toBe(0)
      expect(quotas.refusalMs('EXTERNAL', home, 0)).toBe(0)
    }
    for (let i = 0; i < 100; i++) {
      expect(quotas.delayMs('EXTERNAL', 0)).toBe(0)
      expect(quotas.refusalMs('EXTERNAL', home, 0)).toBeCloseTo(500)
    }
    expect(quotas.refusalMs('EXTERNAL', away, 0)).toBe(0)
    expect(quotas.refusalMs('EXTERNAL', home, 500)).toBe(0)
  })

  it('of an address may have a default, and changes at once', () => {
    const { quotas, limitAddress } = connectionQuotas()
    limitAddress(null, 2)
    for (let i = 0; i < 20; i++) quotas.refusalMs('EXTERNAL', away, 0)
    expect(quotas.refusalMs('EXTERNAL', away, 0)).toBeGreaterThan(0)
    limitAddress(null, 3)
    expect(quotas.refusalMs('EXTERNAL', away, 0)).toBe(0)
    limitAddress(home, 1)
    expect(quotas.refusalMs('EXTERNAL', away, 0)).toBe(0)
  })
})
