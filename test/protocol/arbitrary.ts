import * as fc from 'fast-check'
import type { Field, FieldFacts, TypeName } from '../../protocol/schema.ts'

const maxElements = 3

const scalars: Readonly<Record<Exclude<TypeName, 'array' | 'struct'>, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer(),
  uint32: fc.integer({ min: 0, max: 0xffffffff }),
  int64: fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -5, max: 5 }),
    fc.constantFrom(Infinity, -Infinity),
  ),
  float64: fc.double({ noNaN: true }),
  uuid: bytes(16, 16).map(uuid => uuid.toString('base64url')),
  string: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('x'.repeat(300))),
  bytes: fc.oneof(bytes(0, 40), fc.constant(Buffer.alloc(3000, 1))),
  records: fc.oneof(bytes(0, 40), fc.constant(Buffer.alloc(3000, 1))),
  recordBatches: bytes(0, 40).map(batches => [batches]),
}

/** Values as decoding a version of the schema gives them: defaults where the version has none. */
export function valueOf({ facts }: Field, version: number): fc.Arbitrary<unknown> {
  if (version < facts.firstVersion || version > facts.lastVersion) {
    return fc.constant(facts.defaultValue)
  }
  const value = presentValue(facts, version)
  return version >= facts.nullableSince ? fc.option(value, { nil: null }) : value
}

function presentValue(facts: FieldFacts, version: number): fc.Arbitrary<unknown> {
  if (facts.type === 'struct') return structOf(facts.fields!, version)
  if (facts.type !== 'array') return scalars[facts.type]
  return fc.array(valueOf(facts.element!, version), { maxLength: maxElements })
}

function structOf(fields: Readonly<Record<string, Field>>, version: number): fc.Arbitrary<unknown> {
  const values = Object.entries(fields).map(([name, field]) => [name, valueOf(field, version)])
  return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
    noNullPrototype: true,
  })
}

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map(array => Buffer.from(array))
}
