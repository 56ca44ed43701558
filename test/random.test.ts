import { describe, expect, it } from 'vitest'
import { quickRandom, systemRandom } from '../src/random.ts'

describe.each([
  ['of the system', systemRandom],
  ['of a broker in memory', quickRandom],
])('randomness %s', (_, random) => {
  it('makes ids of version 4, no two alike', () => {
    const uuids = Array.from({ length: 1000 }, () => random.uuid())
    const version4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
    expect(uuids.filter(uuid => !version4.test(uuid))).toEqual([])
    expect(new Set(uuids).size).toBe(1000)
  })

  it("makes ids in Kafka's form, none of which reads as an option", () => {
    const ids = Array.from({ length: 1000 }, () => random.id())
    expect(ids.filter(id => !/^[\w][\w-]{21}$/.test(id))).toEqual([])
    expect(new Set(ids).size).toBe(1000)
  })

  it('gives each number below a limit', () => {
    const numbers = new Set(Array.from({ length: 1000 }, () => random.below(5)))
    expect(numbers).toEqual(new Set([0, 1, 2, 3, 4]))
    expect(random.bytes(32)).toHaveLength(32)
  })
})
