import { describe, expect, it } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { MovableClock } from '../src/movable-clock.ts'
import { ManualClock } from './doubles/manual-clock.ts'

function start() {
  const base = new ManualClock()
  const clock = new MovableClock(base)
  const fired: string[] = []
  return {
    base,
    clock,
    fired,
    startMs: clock.now(),
    after: (ms: number, name: string) => clock.after(ms, () => fired.push(name)),
    /** Moves time on; the clock below does what is due now meanwhile. */
    async advance(ms: number) {
      const state = { isDone: false }
      void clock.advance(ms).then(() => (state.isDone = true))
      while (!state.isDone) {
        base.advance(0)
        await Promise.resolve()
      }
    },
  }
}

describe('while nobody touches it', () => {
  it('it is the clock below', () => {
    const { base, clock, fired, after, startMs } = start()
    after(10, 'a')
    base.advance(9)
    expect([clock.now() - startMs, clock.monotonic(), fired]).toEqual([9, 9, []])
    base.advance(1)
    expect(fired).toEqual(['a'])
  })

  it('a timer that is cancelled does not fire', () => {
    const { base, fired, after } = start()
    after(10, 'a').cancel()
    base.advance(20)
    expect([fired, base.pending]).toEqual([[], 0])
  })

  it('a timer fires after 24 days, no sooner', () => {
    const { base, fired, after } = start()
    after(2 ** 31 + 1000, 'a')
    base.advance(2 ** 31)
    expect(fired).toEqual([])
    base.advance(1000)
    expect(fired).toEqual(['a'])
  })
})

describe('frozen', () => {
  it('nothing fires, and time is the same', () => {
    const { base, clock, fired, after, startMs } = start()
    after(10, 'a')
    clock.freeze()
    base.advance(20)
    expect([clock.now() - startMs, clock.monotonic(), fired]).toEqual([0, 0, []])
  })

  it('what is due at once fires nevertheless', () => {
    const { base, clock, fired, after } = start()
    clock.freeze()
    after(0, 'a')
    base.advance(0)
    expect(fired).toEqual(['a'])
  })

  it('it goes on from there when it is resumed', () => {
    const { base, clock, fired, after, startMs } = start()
    after(10, 'a')
    base.advance(4)
    clock.freeze()
    base.advance(100)
    clock.resume()
    base.advance(5)
    expect([clock.now() - startMs, fired]).toEqual([9, []])
    base.advance(1)
    expect(fired).toEqual(['a'])
  })

  it('at a time of its own, which passes when it is resumed', () => {
    const { base, clock } = start()
    const newYear = Date.UTC(2030, 0, 1)
    clock.freeze(newYear)
    expect([clock.now(), clock.monotonic()]).toEqual([newYear, 0])
    clock.resume()
    base.advance(5)
    expect([clock.now(), clock.monotonic()]).toEqual([newYear + 5, 5])
  })
})

describe('advanced', () => {
  it('timers fire in their order, each at its time, those too that others set', async () => {
    const { clock, fired, startMs, advance } = start()
    const note = (name: string) => () => fired.push(`${name} ${clock.now() - startMs}`)
    clock.after(20, note('c'))
    clock.after(10, () => {
      note('a')()
      clock.after(5, note('b'))
      clock.after(50, note('d'))
    })
    await advance(30)
    expect(fired).toEqual(['a 10', 'b 15', 'c 20'])
    expect(clock.now() - startMs).toBe(30)
    await advance(30)
    expect(fired.at(-1)).toBe('d 60')
  })

  it('frozen, it stays so; else time passes from there', async () => {
    const { base, clock, startMs, advance } = start()
    await advance(1000)
    expect(clock.isFrozen).toBe(false)
    base.advance(5)
    expect(clock.now() - startMs).toBe(1005)
    clock.freeze()
    await advance(1000)
    base.advance(5)
    expect([clock.isFrozen, clock.now() - startMs]).toEqual([true, 2005])
  })

  it('two calls add up', async () => {
    const { clock, startMs, advance } = start()
    await Promise.all([advance(10), advance(20)])
    expect(clock.now() - startMs).toBe(30)
  })

  it('reset, it tells the time of the clock below; what lasts goes on', async () => {
    const { base, clock, fired, after, startMs, advance } = start()
    after(50, 'a')
    clock.freeze()
    await advance(40)
    clock.reset()
    expect([clock.isFrozen, clock.now(), clock.monotonic()]).toEqual([false, startMs, 40])
    base.advance(10)
    expect(fired).toEqual(['a'])
  })

  it('reset meanwhile, it goes no further', async () => {
    const clock = new MovableClock(systemClock)
    const again = (): void => void clock.after(1000, again)
    again()
    clock.freeze()
    const advanced = clock.advance(1_000_000)
    await new Promise(resolve => setImmediate(resolve))
    clock.reset()
    await advanced
    expect(clock.isFrozen).toBe(false)
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000)
  })

  it('goes on when what a timer does has failed', async () => {
    const clock = new MovableClock(systemClock)
    clock.freeze()
    clock.after(10, () => {
      throw new Error('a timer')
    })
    await expect(clock.advance(20)).rejects.toThrow('a timer')
    await clock.advance(20)
  })

  it('what a timer has begun goes on before the next one fires', async () => {
    const clock = new MovableClock(systemClock)
    const order: string[] = []
    clock.freeze()
    clock.after(10, () => {
      void Promise.resolve()
        .then(() => {})
        .then(() => order.push('begun at 10'))
    })
    clock.after(20, () => order.push('at 20'))
    await clock.advance(20)
    expect(order).toEqual(['begun at 10', 'at 20'])
  })
})
