import { describe, expect, it } from 'vitest'
import { compileWhere, type WhereRecord } from '../../src/admin/where.ts'

const order = {
  id: 7,
  total: 12.5,
  paid: true,
  note: null,
  customer: { name: "O'Neil", tags: ['new', 'vip'] },
}

const record: WhereRecord = {
  topic: 'orders',
  partition: 1,
  offset: 42,
  timestamp: 1_000,
  key: '7',
  value: JSON.stringify(order),
  headers: { source: 'web', 'x-id': '1', none: null },
}

const matches = (text: string, changed: Partial<WhereRecord> = {}): boolean =>
  compileWhere(text)({ ...record, ...changed })

describe('an expression that is true of a record', () => {
  it.each([
    'value.total > 10',
    'value.total >= 12.5 && value.total <= 12.5',
    'value.id == 7 and not (value.id != 7)',
    'value.id === 7 && value.id = 7 && !(value.id !== 7)',
    "key == '7'",
    'value.paid',
    '!value.note',
    'value.note == null',
    'value.missing == null',
    'value.missing.deeper[3] == null',
    'value.customer.name == "O\'Neil"',
    "value.customer.name == 'O\\'Neil'",
    "value.customer.tags[1] == 'vip'",
    "value.customer['name'].startsWith('O')",
    "value.customer.name.endsWith('il')",
    "value.customer.name.includes('Ne')",
    "value.customer.tags.includes('vip')",
    'value.customer.tags.length == 2',
    'value.customer.name.length == 6',
    "headers.source == 'web' || headers.source == 'app'",
    "headers['x-id'] == '1'",
    'headers.none == null',
    "topic == 'orders' && partition == 1 && offset == 42 && timestamp < 2e3",
    'value.id + 1 == 8 && value.id - 1 == 6 && value.id * 2 == 14',
    'value.id / 2 == 3.5 && value.id % 4 == 3 && -value.id == -7',
    "key + '!' == '7!'",
    '1 + 2 * 3 == 7 && (1 + 2) * 3 == 9',
    '10 - 2 - 3 == 5',
    'false && false || true',
  ])('%s', text => {
    expect(matches(text)).toBe(true)
  })
})

describe('an expression that is not', () => {
  it.each([
    'value.total > 12.5',
    "value.total > '1'",
    "value.id == '7'",
    'key == 7',
    'value.missing > 0',
    'value.missing < 0',
    'value.missing + 1 == 1',
    'value.note.length',
    'value.customer == value.customers',
    "value.customer.tags.includes('v')",
    'value.id.includes(7)',
    'value.constructor',
    "value['__proto__']",
    'value.customer.tags.map',
    'headers.toString',
  ])('%s', text => {
    expect(matches(text)).toBe(false)
  })
})

describe('the value', () => {
  it('is its text where it is no JSON', () => {
    expect(matches("value == 'paid 12'", { value: 'paid 12' })).toBe(true)
    expect(matches("value.startsWith('paid')", { value: 'paid 12' })).toBe(true)
  })

  it('is null where it is a tombstone', () => {
    expect(matches('value == null', { value: null })).toBe(true)
    expect(matches('value.total > 10', { value: null })).toBe(false)
  })

  it('may be a number, or a list', () => {
    expect(matches('value > 10', { value: '11' })).toBe(true)
    expect(matches('value[0] == 1', { value: '[1]' })).toBe(true)
  })
})

describe('what is no expression', () => {
  it.each([
    ['', 'a value is wanted, but it ends, at column 1 of: '],
    ['value.total > > 10', "a value is wanted, but there is '>', at column 15"],
    ['value.total >', 'a value is wanted, but it ends, at column 14'],
    ['(value.total', "')' is wanted, but it ends, at column 13"],
    ['value total', "an operator, or the end is wanted, but there is 'total', at column 7"],
    ['value.', 'a name is wanted, but it ends, at column 7'],
    ['value[0', "']' is wanted, but it ends"],
    ['valeu.total > 1', "there is no 'valeu'; there is 'value', at column 1"],
    ['process.exit(1)', "there is no 'process'; there is topic, partition"],
    ["value.replace('a')", "there is no method 'replace'; there are includes, startsWith"],
    ["key == 'a", 'the text that begins here does not end, at column 8'],
    ['key == #', "'#' means nothing, at column 8"],
    ['a'.repeat(10_001), 'the expression has 10001 characters; 10000 are allowed'],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 'it is nested too deeply'],
    [`${'!'.repeat(200)}1`, 'it is nested too deeply'],
  ])('%s', (text, reason) => {
    expect(() => compileWhere(text)).toThrow(`where: ${reason}`)
  })
})
