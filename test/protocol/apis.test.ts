import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader, WireError } from '../../protocol/wire.ts'
import { valueOf } from './arbitrary.ts'
import { apis, cases, decode, encode } from './every-api.ts'

test('every API has a key of its own', () => {
  expect(new Set(apis.map(api => api.key)).size).toBe(apis.length)
})

describe('what is written is what is read', () => {
  test.each(cases)('$name $direction v$version', ({ codec, schema, version }) => {
    const roundTrip = fc.property(valueOf(schema, version), value => {
      expect(decode(codec, encode(codec, value))).toEqual(value)
    })
    fc.assert(roundTrip, { numRuns: 25 })
  })
})

describe('a message that is cut anywhere is a WireError', () => {
  test.each(cases)('$name $direction v$version', ({ codec, schema, version }) => {
    const cut = fc.property(valueOf(schema, version), value => {
      const bytes = encode(codec, value)
      const lengths = [...bytes.keys()].filter(length => length < 500 || length % 97 === 0)
      const accepted = lengths.filter(length => {
        return !(outcome(() => decode(codec, bytes.subarray(0, length))) instanceof WireError)
      })
      expect(accepted).toEqual([])
    })
    fc.assert(cut, { numRuns: 2 })
  })
})

describe('damaged bytes are read or are a WireError, and nothing else', () => {
  test.each(cases)('$name $direction v$version', ({ codec, schema, version }) => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1 })
    const damaged = fc.property(valueOf(schema, version), damage, (value, changes) => {
      const bytes = encode(codec, value)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      expect([undefined, WireError]).toContain(
        outcome(() => codec.decode(new Reader(bytes)))?.constructor,
      )
    })
    fc.assert(damaged, { numRuns: 25 })
  })
})

/** What was thrown, or undefined. */
function outcome(run: () => unknown): object | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return error as object
  }
}

describe('KIP-482: an unknown tagged field is skipped', () => {
  const flexible = cases.filter(({ api, version }) => api.isFlexible(version))
  test.each(flexible)('$name $direction v$version', ({ codec, schema, version }) => {
    const skipped = fc.property(valueOf(schema, version), sample => {
      const value = withoutTags(sample as Record<string, unknown>)
      const bytes = encode(codec, value)
      expect(bytes.at(-1), 'no tagged field is set').toBe(0)
      const unknownTag = [1, 0xe8, 0x07, 3, 0xff, 0xff, 0xff]
      const extended = Buffer.concat([bytes.subarray(0, -1), Buffer.from(unknownTag)])
      expect(decode(codec, extended)).toEqual(value)
    })
    fc.assert(skipped, { numRuns: 3 })

    function withoutTags(value: Record<string, unknown>): Record<string, unknown> {
      const tagged = Object.entries(schema.facts.fields!).filter(
        ([, field]) => field.facts.tag !== undefined,
      )
      return {
        ...value,
        ...Object.fromEntries(tagged.map(([name, { facts }]) => [name, facts.defaultValue])),
      }
    }
  })
})
