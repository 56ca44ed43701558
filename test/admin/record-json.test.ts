import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewRecord } from '../../protocol/records.ts'
import { parseJson } from '../../src/admin/json-value.ts'
import { payloadFromJson, payloadToJson } from '../../src/admin/payload-json.ts'
import { recordFromJson, recordToJson, timestampFromJson } from '../../src/admin/record-json.ts'

const bytesOf = (json: string) => payloadFromJson(parseJson(json), 'value')?.toString('latin1')

describe('a value from JSON', () => {
  test.each([
    ['"abc"', 'abc'],
    ['""', ''],
    ['"12"', '12'],
    ['"null"', 'null'],
    ['12', '12'],
    ['1.0', '1.0'],
    ['-0', '-0'],
    ['1e400', '1e400'],
    ['12345678901234567890', '12345678901234567890'],
    ['true', 'true'],
    ['{ "b": 1, "a": [ 0.10 ] }', '{"b":1,"a":[0.10]}'],
    ['{"$schema":"x"}', '{"$schema":"x"}'],
    ['{"$base64":"/wA="}', '\u00ff\0'],
    ['{"$base64":""}', ''],
  ])('%s is %j', (json, bytes) => {
    expect(bytesOf(json)).toBe(bytes)
  })

  test('null is none', () => {
    expect(payloadFromJson(null, 'value')).toBeNull()
  })

  test.each([
    ['{"$base64":"/w"}', 'value: $base64 is not base64 with its padding: "/w"'],
    ['{"$base64":7}', 'value: $base64 is a number, not a string'],
    [
      '{"$base64":"","a":1}',
      'value: beside $base64 there may be no other name: ' +
        'give JSON that has such a name as a string',
    ],
    [
      '{"$avro":{},"subject":"s"}',
      'value: $avro needs a schema registry, not served yet: ' +
        'give the encoded bytes as {"$base64": "…"}',
    ],
    [
      '"\\ud800"',
      'value has half of a surrogate pair, which is no character: ' +
        'give bytes that are no text as {"$base64": "…"}',
    ],
  ])('%s is refused', (json, message) => {
    expect(() => bytesOf(json)).toThrow(message)
  })

  test('what a program gives may be bytes, and must be something', () => {
    expect(payloadFromJson(new Uint8Array([255]), 'value')).toEqual(Buffer.from([255]))
    expect(() => payloadFromJson(undefined, 'value')).toThrow('value is undefined')
    expect(() => payloadFromJson({ n: 1n }, 'value')).toThrow('value cannot be written as JSON')
  })
})

describe('a value to JSON', () => {
  test.each([
    ['abc', '"abc"'],
    ['"abc"', '"\\"abc\\""'],
    ['12', '"12"'],
    ['true', '"true"'],
    ['[12]', '[12]'],
    ['1.0', '"1.0"'],
    ['null', '"null"'],
    ['{"a":1}', '{"a":1}'],
    ['{"a": 1}', '"{\\"a\\": 1}"'],
    ['{"a":1,"a":2}', '"{\\"a\\":1,\\"a\\":2}"'],
    ['{"b":1,"1":2}', '"{\\"b\\":1,\\"1\\":2}"'],
    ['{"$base64":"/wA="}', '"{\\"$base64\\":\\"/wA=\\"}"'],
    ['\u00ef\u00bb\u00bfx', '"\ufeffx"'],
    ['\u00ff', '{"$base64":"/w=="}'],
  ])('%j is %s', (bytes, json) => {
    expect(JSON.stringify(payloadToJson(Buffer.from(bytes, 'latin1')))).toBe(json)
  })

  test('nesting that JSON.stringify cannot write stays text', () => {
    const deep = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))
    expect(payloadToJson(deep)).toBe(deep.toString())
  })
})

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map(array => Buffer.from(array)),
  fc.string({ unit: 'binary' }).map(text => Buffer.from(text)),
  fc.json({ maxDepth: 3 }).map(text => Buffer.from(text)),
  fc.json({ maxDepth: 3 }).map(text => Buffer.from(text.replaceAll(',', ', '))),
  fc.constantFrom('null', '"x"', '{"$base64":"AA=="}', '[{"$avro":1}]', '1.50').map(Buffer.from),
)
const nullable = fc.option(bytes)
const headerNames = fc.oneof(fc.constantFrom('a', 'b', '1', '0', '__proto__', ''), fc.string())
const record: fc.Arbitrary<NewRecord> = fc.record({
  timestamp: fc.oneof(fc.constantFrom(-1, 0, 8.64e15 + 1), fc.integer({ min: 0, max: 4e12 })),
  key: nullable,
  value: nullable,
  headers: fc.array(fc.record({ key: headerNames, value: nullable }), { maxLength: 5 }),
})

test('any record comes back byte for byte', () => {
  fc.assert(
    fc.property(record, original => {
      const text = JSON.stringify({ topic: 't', partition: 3, ...recordToJson(original) })
      expect(recordFromJson(parseJson(text))).toEqual({ ...original, partition: 3 })
      const { headers, ...rest } = recordToJson(original)
      const again = recordToJson(recordFromJson(parseJson(text)) as NewRecord)
      expect(again).toEqual({ ...rest, ...(headers === undefined ? {} : { headers }) })
    }),
    { numRuns: 500 },
  )
})

describe('headers', () => {
  const headers = (json: string) =>
    recordFromJson(parseJson(`{"value":null,"headers":${json}}`)).headers.map(({ key, value }) => [
      key,
      value?.toString() ?? null,
    ])

  test.each([
    ['{"h":"v","n":null,"i":1,"b":{"$base64":"dg=="}}', 'h=v n=null i=1 b=v'],
    ['{"h":["1",null,{"a":[]}]}', 'h=1 h=null h={"a":[]}'],
    ['[["h","1"],["x","2"],["h",[3]]]', 'h=1 x=2 h=[3]'],
    ['null', ''],
  ])('%s', (json, expected) => {
    expect(
      headers(json)
        .map(pair => pair.join('='))
        .join(' '),
    ).toBe(expected.replaceAll('=null', '='))
  })

  test('are an object where that keeps their order', () => {
    const written = (...names: string[]) =>
      recordToJson({
        timestamp: 0,
        key: null,
        value: null,
        headers: names.map((key, i) => ({ key, value: Buffer.from(String(i)) })),
      }).headers
    expect(written('a', 'b')).toEqual({ a: '0', b: '1' })
    expect(written('a', 'b', 'b')).toEqual({ a: '0', b: ['1', '2'] })
    expect(written('b', 'a', 'b')).toEqual([
      ['b', '0'],
      ['a', '1'],
      ['b', '2'],
    ])
    expect(written('b', '7')).toEqual([
      ['b', '0'],
      ['7', '1'],
    ])
  })

  test.each(['"h"', '[["h"]]', '[{"h":1}]', '[[1,"v"]]'])('%s are refused', json => {
    expect(() => headers(json)).toThrow(/^(headers are an object|a header is )/)
  })
})

describe('a timestamp', () => {
  test.each([
    ['2026-11-21T10:00:00Z', 1795255200000],
    ['2026-11-21T11:00:00.250+01:00', 1795255200250],
    ['2026-11-21', 1795219200000],
    [1795255200000, 1795255200000],
    [-1, -1],
    [undefined, undefined],
  ])('%s is %s', (json, ms) => {
    expect(timestampFromJson(json)).toBe(ms)
  })

  test.each(['2026-11-21T10:00:00', 'yesterday', '', '1.5', 1.5, -2, true, {}])(
    '%j is refused',
    json => {
      expect(() => timestampFromJson(json)).toThrow('timestamp is "2026-11-21T10:00:00Z" or')
    },
  )
})

test.each([
  ['[]', 'a record is an object, not an array'],
  ['{"key":"a"}', 'a record needs a value; null is a tombstone'],
  ['{"value":1,"vlaue":2}', 'a record has no field "vlaue"; it has topic, partition,'],
  ['{"value":1,"partition":-1}', 'partition is a number from 0 on, not -1'],
])('%s is refused', (json, message) => {
  expect(() => recordFromJson(parseJson(json))).toThrow(message)
})

test('what is not JSON says so', () => {
  expect(() => parseJson('{"a":1.5')).toThrow(/^not JSON: /)
})
