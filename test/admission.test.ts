import { expect, it } from 'vitest'
import { Admission, maxOpenFiles } from '../src/admission.ts'
import { silentLogger } from '../src/logger.ts'
import { ManualClock } from './doubles/manual-clock.ts'

function setUp(files: number) {
  const clock = new ManualClock()
  const warnings: object[] = []
  const logger = { ...silentLogger, warn: (facts: object) => void warnings.push(facts) }
  const admission = new Admission({ logger, clock, maxOpenFiles: () => files })
  const enterTimes = (times: number): number => {
    let entered = 0
    for (let i = 0; i < times; i++) if (admission.enter()) entered++
    return entered
  }
  return { admission, clock, warnings, enterTimes }
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
  const { admission, enterTimes } = setUp(100)
  enterTimes(60)
  admission.leave()
  expect(enterTimes(3)).toBe(1)
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
