/**
 * Odradek against Apache Kafka 4.3.1, request by request: no difference but those that
 * differences.md lists, and none listed that is gone.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { apis } from '../test/protocol/every-api.ts'
import { skipped } from './codec/clients.ts'
import { allScenarios } from './oracle/areas.ts'
import { compareAll, type Result } from './oracle/compare.ts'
import { outdated, readEntries, unlisted } from './oracle/differences.ts'
import { matrixOf, readMatrix } from './oracle/matrix.ts'
import { inNames } from './oracle/scenario.ts'

const minCases = 600
/** By users with and without rights. */
const minSecuredCases = 300
/** It has both cores of a small machine for minutes, and may have to share them. */
const timeoutMs = 900_000

it('has scenarios with names of their own', () => {
  const names = allScenarios.map(scenario => `${scenario.api.name} ${inNames(scenario)}`)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

describe.skipIf(skipped)(`answers are those of Apache Kafka${skipped}`, () => {
  let results: Result[]
  let matrix: string

  beforeAll(async () => {
    const compared = await compareAll(allScenarios)
    results = compared.results
    matrix = matrixOf(apis, compared.peers, results)
  }, timeoutMs)

  it('in many cases', () => {
    expect(results.length).toBeGreaterThan(minCases)
    const secured = results.filter(({ setting }) => setting === 'secured')
    expect(secured.length).toBeGreaterThan(minSecuredCases)
  })

  it('but for what differences.md lists', () => {
    expect(unlisted(results, readEntries())).toEqual([])
  })

  it('and differences.md lists nothing that is gone', () => {
    expect(outdated(results, readEntries())).toEqual([])
  })

  it('as matrix.md says (else: npm run compat:oracle)', () => {
    expect(readMatrix()).toBe(matrix)
  })
})
