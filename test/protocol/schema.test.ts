import { describe, expect, test } from 'vitest'
import { compile } from '../../protocol/compile.ts'
import {
  array,
  bool,
  bytes,
  float64,
  int16,
  int32,
  int64,
  int8,
  nullableRecordBatches,
  nullableRecords,
  nullableString,
  recordBatches,
  string,
  struct,
  uint16,
  uint32,
  uuid,
  type Field,
} from '../../protocol/schema.ts'
import { Reader, WireError, Writer } from '../../protocol/wire.ts'

const plain = { version: 0, flexible: false }
const compact = { version: 0, flexible: true }

function write<Out, In>(schema: Field<Out, In>, value: In, { version, flexible } = plain): string {
  const writer = new Writer()
  compile(schema, version, flexible).encode(writer, value)
  return Buffer.concat(writer.finish()).toString('hex')
}

function read<Out, In>(schema: Field<Out, In>, hex: string, { version, flexible } = plain): Out {
  const reader = new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  const value = compile(schema, version, flexible).decode(reader)
  expect(reader.remaining, 'bytes left').toBe(0)
  return value
}

describe('the bytes of each type', () => {
  const every = struct({
    a: bool,
    b: int8,
    c: int16,
    d: uint16,
    e: int32,
    f: uint32,
    g: int64,
    h: float64,
    i: uuid,
    j: string,
    k: bytes,
    l: array(int16),
  })
  const value = {
    a: true,
    b: -2,
    c: -3,
    d: 0xfffe,
    e: -4,
    f: 0xfffffffd,
    g: -5,
    h: -1.5,
    i: '_____________________w',
    j: 'é',
    k: Buffer.from([7]),
    l: [1, -1],
  }
  const fixed =
    '01 fe fffd fffe fffffffc fffffffd fffffffffffffffb bff8000000000000' + 'ff'.repeat(16)

  test('plain: lengths are int16 or int32', () => {
    const hex = `${fixed} 0002c3a9 0000000107 000000020001ffff`.replaceAll(' ', '')
    expect(write(every, value)).toBe(hex)
    expect(read(every, hex)).toEqual(value)
  })

  test('KIP-482: compact lengths are one more, as varints; tags follow the struct', () => {
    const hex = `${fixed} 03c3a9 0207 030001ffff 00`.replaceAll(' ', '')
    expect(write(every, value, compact)).toBe(hex)
    expect(read(every, hex, compact)).toEqual(value)
  })

  test('null is -1, or 0 when compact', () => {
    const nulls = struct({
      a: nullableString,
      b: array(int8).nullable(),
      c: nullableRecords,
      d: nullableRecordBatches,
    })
    const value = { a: null, b: null, c: null, d: null }
    expect(write(nulls, value)).toBe('ffff' + 'ffffffff'.repeat(3))
    expect(read(nulls, 'ffff' + 'ffffffff'.repeat(3))).toEqual(value)
    expect(write(nulls, value, compact)).toBe('0000000000')
    expect(read(nulls, '0000000000', compact)).toEqual(value)
  })

  test('KIP-893: a nullable struct has a byte in front', () => {
    const schema = struct({ a: struct({ b: int8 }).nullable() })
    for (const [value, hex] of [
      [null, 'ff'],
      [{ b: 5 }, '0105'],
    ] as const) {
      expect(write(schema, { a: value })).toBe(hex)
      expect(read(schema, hex)).toEqual({ a: value })
    }
  })

  test('int64 past 2^53 is infinite, which is written as the largest', () => {
    const schema = struct({ a: int64 })
    expect(read(schema, '7fffffffffffffff')).toEqual({ a: Infinity })
    expect(read(schema, '8000000000000000')).toEqual({ a: -Infinity })
    expect(read(schema, '0020000000000000')).toEqual({ a: Infinity })
    expect(read(schema, '001fffffffffffff')).toEqual({ a: Number.MAX_SAFE_INTEGER })
    expect(write(schema, { a: Infinity })).toBe('7fffffffffffffff')
    expect(write(schema, { a: -Infinity })).toBe('8000000000000000')
  })

  test('records are refused as null where no null may be, in both directions', () => {
    const schema = struct({ a: recordBatches })
    expect(() => read(schema, 'ffffffff')).toThrow(WireError)
    expect(() => write(schema, { a: null as never })).toThrow(TypeError)
    expect(write(schema, { a: [] })).toBe('00000000')
    expect(read(struct({ a: nullableRecordBatches }), 'ffffffff')).toEqual({ a: null })
  })

  test('record batches are written one after the other, and kept by reference when big', () => {
    const schema = struct({ a: recordBatches })
    const big = Buffer.alloc(5000, 1)
    const writer = new Writer()
    compile(schema, 0, false).encode(writer, { a: [Buffer.from([1]), big] })
    const parts = writer.finish()
    expect(Buffer.concat(parts).readInt32BE(0)).toBe(5001)
    expect(parts.at(-1)!.buffer).toBe(big.buffer)
  })
})

describe('versions', () => {
  const schema = struct({
    old: int8.until(1).default(-1),
    name: string.nullable(2),
    added: array(int8).since(2),
  })

  test('a field that the version lacks has its default, on both sides', () => {
    expect(write(schema, { old: 7, name: 'a', added: [3] }, { version: 0, flexible: false })).toBe(
      '07000161',
    )
    expect(read(schema, '07000161', { version: 1, flexible: false })).toEqual({
      old: 7,
      name: 'a',
      added: [],
    })
    expect(read(schema, '000161 0000000103', { version: 2, flexible: false })).toEqual({
      old: -1,
      name: 'a',
      added: [3],
    })
  })

  test('null is refused before the version that allows it', () => {
    expect(() => read(schema, '07ffff', { version: 1, flexible: false })).toThrow(WireError)
    expect(read(schema, 'ffff00000000', { version: 2, flexible: false })).toMatchObject({
      name: null,
    })
  })

  test('a default cannot be changed by who reads it', () => {
    const { added } = read(schema, '07000161')
    expect(() => added.push(1)).toThrow(TypeError)
  })
})

describe('KIP-482: tagged fields', () => {
  const schema = struct({
    second: int8.tagged(1, 0).default(-1),
    first: struct({ a: int16.default(-1), b: string }).tagged(0, 0),
  })

  test('are ordered by tag; those with their default are left out', () => {
    expect(write(schema, {}, compact)).toBe('00')
    expect(write(schema, { first: { a: -1, b: '' } }, compact)).toBe('00')
    expect(write(schema, { second: 5, first: { a: 1, b: 'x' } }, compact)).toBe(
      '02 00 05 0001 0278 00 01 01 05'.replaceAll(' ', ''),
    )
  })

  test('do not exist before the version that has them', () => {
    const later = struct({ a: int8, b: int8.tagged(0, 3).default(9) })
    expect(write(later, { a: 1, b: 2 }, { version: 2, flexible: true })).toBe('0100')
    expect(read(later, '01 01 00 01 05', { version: 2, flexible: true })).toEqual({ a: 1, b: 9 })
    expect(read(later, '01 01 00 01 05', { version: 3, flexible: true })).toEqual({ a: 1, b: 5 })
  })

  test('that nobody knows are skipped, in the middle too', () => {
    const list = struct({ list: array(struct({ a: int8 })) })
    const hex = '03 01 01 63 03 ffffff 02 00 00'
    expect(read(list, hex, compact)).toEqual({ list: [{ a: 1 }, { a: 2 }] })
  })

  test('are none when there are 2^31 of them, a negative number to Kafka', () => {
    expect(read(schema, '8080808008', compact)).toEqual(read(schema, '00', compact))
  })

  test.each([
    ['a known one that is longer than its type', '01 01 02 05 00'],
    ['a known one that is shorter than its type', '01 00 01 00 01 02 00'],
    ['an unknown one that ends past the frame', '01 63 7f 00'],
    ['2^31-1 of them', 'ffffffff07'],
    ['a count of six bytes', '808080808000'],
  ])('are refused: %s', (_, hex) => {
    expect(() => read(schema, hex, compact)).toThrow(WireError)
  })
})

describe('lying lengths are errors, never allocations (CVE-2022-34917)', () => {
  const list = struct({ a: array(int64) })
  const structs = struct({ a: array(struct({ b: string })) })
  const empty = struct({ a: array(struct({ b: int8.since(1) })) })
  const text = struct({ a: string })
  const blob = struct({ a: bytes })
  const batches = struct({ a: nullableRecords })

  test.each([
    ['array of 2^31-1', list, '7fffffff 0000', plain],
    ['array of as many as there are bytes', list, `00000010 ${'00'.repeat(16)}`, plain],
    ['array of -1', list, 'ffffffff', plain],
    ['array of -2^31', list, '80000000', plain],
    ['array of structs, 2^31-1', structs, '7fffffff 0000', plain],
    ['array of structs without any field, 2^31-1', empty, '7fffffff', plain],
    ['string of 32767', text, '7fff 61', plain],
    ['string of -1', text, 'ffff', plain],
    ['bytes of 2^31-1', blob, '7fffffff 00', plain],
    ['bytes of -2', blob, 'fffffffe', plain],
    ['records past the end', batches, '00000002 00', plain],
    ['compact array of 2^32-2', list, 'ffffffff0f 00', compact],
    ['compact array of 2^31-1', list, '8080808008 00', compact],
    ['compact string of 2^32-2', text, 'ffffffff0f 61', compact],
    ['compact string of 32768, though it is there', text, `818002${'61'.repeat(32768)}00`, compact],
    ['compact null where none may be', text, '00 00', compact],
    ['length of six bytes', text, '808080808000', compact],
    ['compact records past the end', batches, '03 00', compact],
  ] as const)('%s', (_, schema, hex, options) => {
    const before = process.memoryUsage().rss
    expect(() => read(schema as unknown as Field, hex, options)).toThrow(WireError)
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('an over-long varint is a number all the same', () => {
    expect(read(text, '8280 00 61 00'.replaceAll(' ', ''), compact)).toEqual({ a: 'a' })
  })
})
