import { expect, it } from 'vitest'
import { whenOrphaned } from '../../src/cli/orphan.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

it('calls once, soon after the parent has changed', () => {
  const clock = new ManualClock()
  let parent = 100
  let calls = 0
  whenOrphaned(
    clock,
    () => calls++,
    () => parent,
  )
  clock.advance(60_000)
  expect(calls).toBe(0)
  parent = 1
  clock.advance(1000)
  expect(calls).toBe(1)
})
