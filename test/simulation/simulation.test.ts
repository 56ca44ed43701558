/**
 * Exactly-once over crashes, lost and late requests, and clients that get in each other's way.
 * SIMULATION_SEEDS says how many schedules; the first one is ODRADEK_TEST_SEED. A failing one is in
 * the test's message: `npm run simulation -- --seed N` repeats and tells it.
 */
import { expect, it } from 'vitest'
import { simulate } from './simulation.ts'

const seeds = Number(process.env['SIMULATION_SEEDS'] ?? 100)
const firstSeed = Number(process.env['ODRADEK_TEST_SEED'] ?? 1)

it('stands every schedule', { timeout: 60_000 + seeds * 100 }, async () => {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const { violations } = await simulate(seed)
    expect(violations, `npm run simulation -- --seed ${seed}`).toEqual([])
  }
})

it('is the same for the same seed', async () => {
  const [first, second] = [await simulate(firstSeed), await simulate(firstSeed)]
  expect(second).toEqual(first)
  expect(first.events).not.toEqual([])
})
