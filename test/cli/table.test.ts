import { expect, it } from 'vitest'
import { facts, table } from '../../src/cli/table.ts'

const headers = ['TOPIC', 'PARTITIONS', 'NOTE']
const rows = [
  ['orders', 3, null],
  ['o\u001b[2J', 12, 'of yesterday'],
]

it('has columns as wide as their cells, numbers at the right, and nothing moves a cursor', () => {
  expect(table(headers, rows).split('\n')).toEqual([
    'TOPIC       PARTITIONS  NOTE',
    'orders               3  -',
    'o\\u001b[2J          12  of yesterday',
  ])
})

it('cuts a row where it would wrap, and the header gets its look', () => {
  const look = { columns: 28, heading: (text: string) => `<${text}>` }
  expect(table(headers, rows, look).split('\n')).toEqual([
    '<TOPIC       PARTITIONS  NOTE>',
    'orders               3  -',
    'o\\u001b[2J          12  of …',
  ])
})

it('is its headers where there are no rows', () => {
  expect(table(headers, [])).toBe('TOPIC  PARTITIONS  NOTE')
})

it('lines facts up', () => {
  expect(
    facts([
      ['cluster', 'x'],
      ['id', undefined],
    ]),
  ).toBe('cluster  x\nid       -')
})
