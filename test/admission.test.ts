import { expect, it } from 'vitest'
import { Admission, maxOpenFiles } from '../src/admission.ts'
import { silentLogger } from '../src/logger.ts'
import { connectionQuotas } from './doubles/connection-quotas.ts'
import { ManualClock } from './doubles/manual-clock.ts'

const address = '192.0.2.1'

function setUp(files: number, configs: Readonly<Record<string, string | number>> = {}) {
  const clock = new ManualClock()
  const warnings: object[] = []
  const logger = { ...silentLogger, warn: (facts: object) => void warnings.push(facts) }
  const { quotas } = connectionQuotas(configs)
  const admission = new Admission({ logger, clock, quotas, maxOpenFiles: () => files })
  const enterTimes = (times: number): number => {
    let entered = 0
    for (let i = 0; i < times; i++) {
      if (!admission.hasRoom('PLAINTEXT', address)) continue
      quotas.enter('PLAINTEXT', address)
      entered++
    }
    return entered
  }
  return { admission, quotas, clock, warnings, enterTimes }
}

it.each([
  [20_000, 18_800],
  [1024, 512],
])('of %i open files leaves those for storage', (files, connections) => {
  const { admission, enterTimes } = setUp(files)
  expect(enterTimes(files)).toBe(connections)
  expect(admission.connections).toBe(connections)
})

it('takes any number where the system sets no limit', () => {
  expect(setUp(Infinity).enterTimes(100_000)).toBe(100_000)
})

it('takes one more for each that leaves', () => {
  const { quotas, enterTimes } = setUp(100)
  enterTimes(60)
  quotas.leave('PLAINTEXT', address)
  expect(enterTimes(3)).toBe(1)
})

it('counts sockets that are held, too', () => {
  const { admission, enterTimes } = setUp(100)
  for (let i = 0; i < 10; i++) admission.holds(1)
  expect(enterTimes(60)).toBe(40)
  for (let i = 0; i < 10; i++) admission.holds(-1)
  expect(enterTimes(60)).toBe(10)
})

it('says which config there is no room by', () => {
  const { warnings, enterTimes } = setUp(100, { 'max.connections': 3 })
  expect(enterTimes(5)).toBe(3)
  const facts = { listener: 'PLAINTEXT', address, connections: 3, config: 'max.connections' }
  expect(warnings).toEqual([facts])
})

it('says once in a minute why connections are closed', () => {
  const { admission, clock, warnings, enterTimes } = setUp(100)
  enterTimes(60)
  clock.advance(59_999)
  admission.failed(new Error('EMFILE'))
  expect(warnings).toEqual([{ connections: 50, maxConnections: 50, maxOpenFiles: 100 }])
  clock.advance(1)
  admission.failed(new Error('EMFILE'))
  expect(warnings.length).toBe(2)
})

it('knows how many files the process may open', () => {
  expect(maxOpenFiles()).toBeGreaterThan(100)
})
