import { expect, it } from 'vitest'
import { Admission } from '../src/admission.ts'
import { Door } from '../src/door.ts'
import { silentLogger } from '../src/logger.ts'
import { connectionQuotas } from './doubles/connection-quotas.ts'
import { ManualClock } from './doubles/manual-clock.ts'

/** Sockets at a door, by number: those that came in, and those that were closed. */
function setUp(configs: Readonly<Record<string, string | number>>) {
  const clock = new ManualClock()
  const { quotas, limitAddress } = connectionQuotas(configs)
  const warnings: string[] = []
  const warn = (_: object, message: string): void => void warnings.push(message)
  const logger = { ...silentLogger, warn }
  const admission = new Admission({ logger, clock, quotas, maxOpenFiles: () => Infinity })
  const door = new Door('PLAINTEXT', admission)
  const entered: number[] = []
  const closed: number[] = []
  const leaves: (() => void)[] = []
  let count = 0
  const arrive = (remoteAddress = '::ffff:192.0.2.1'): void => {
    const number = ++count
    const socket = { remoteAddress, destroy: () => closed.push(number), on: () => socket }
    door.arrive(socket as never, leave => {
      entered.push(number)
      leaves.push(leave)
    })
  }
  return { clock, quotas, limitAddress, warnings, door, entered, closed, leaves, arrive }
}

it('closes at once whom there is no room for, and those who are there stay', () => {
  const { entered, closed, leaves, arrive } = setUp({ 'max.connections': 2 })
  for (let i = 0; i < 4; i++) arrive()
  expect([entered, closed]).toEqual([
    [1, 2],
    [3, 4],
  ])
  leaves[0]!()
  arrive()
  expect(entered).toEqual([1, 2, 5])
})

it('counts by address, in whatever form it comes', () => {
  const { entered, closed, arrive } = setUp({ 'max.connections.per.ip': 1 })
  arrive('::ffff:192.0.2.1')
  arrive('192.0.2.1')
  arrive('::1')
  expect([entered, closed]).toEqual([[1, 3], [2]])
})

it('lets those that come too fast wait, in their order', () => {
  const { clock, entered, closed, arrive } = setUp({ 'max.connection.creation.rate': 1 })
  for (let i = 0; i < 13; i++) arrive()
  expect(entered.length).toBe(10)
  clock.advance(999)
  expect(entered.length).toBe(10)
  clock.advance(1)
  expect(entered.length).toBe(11)
  clock.advance(2000)
  expect(entered).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
  expect(closed).toEqual([])
})

it('closes those that have waited when there is no room any more', () => {
  const { clock, quotas, entered, closed, arrive } = setUp({
    'max.connection.creation.rate': 1,
    'max.connections': 11,
  })
  for (let i = 0; i < 12; i++) arrive()
  quotas.enter('OTHER', '192.0.2.9')
  clock.advance(5000)
  expect([entered.length, closed]).toEqual([10, [11, 12]])
})

it('holds no more than 511 of a listener', () => {
  const { entered, closed, warnings, arrive } = setUp({ 'max.connection.creation.rate': 1 })
  for (let i = 0; i < 600; i++) arrive()
  expect([entered.length, closed.length]).toEqual([10, 600 - 10 - 511])
  expect(warnings).toEqual(['connections are closed: they come too fast, and too many wait'])
})

it('closes those of an address that makes too many later, and holds up nobody else', () => {
  const { clock, limitAddress, entered, closed, arrive } = setUp({})
  limitAddress('192.0.2.1', 1)
  for (let i = 0; i < 12; i++) arrive()
  arrive('192.0.2.2')
  expect([entered.length, closed]).toEqual([11, []])
  clock.advance(999)
  expect(closed).toEqual([])
  clock.advance(1)
  expect(closed).toEqual([11, 12])
})

it('closes all whom it holds when nobody gets in any more', () => {
  const { clock, limitAddress, entered, closed, door, arrive } = setUp({
    'max.connection.creation.rate': 1,
  })
  limitAddress('192.0.2.2', 0.1)
  arrive('192.0.2.2')
  arrive('192.0.2.2')
  for (let i = 0; i < 12; i++) arrive()
  const before = entered.length
  door.close()
  expect(entered.length + closed.length).toBe(14)
  expect(clock.pending).toBe(0)
  clock.advance(10_000)
  expect(entered.length).toBe(before)
})
