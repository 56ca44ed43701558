import { describe, expect, it } from 'vitest'
import { checkedPosition, offsetAt, placeIn } from '../../src/admin/position.ts'

const time = new Date('2026-11-21T10:00:00Z')

describe('a position', () => {
  it.each([
    ['start', 'start'],
    ['end', 'end'],
    [42, 42],
    [-10, -10],
    ['42', 42],
    ['-10', -10],
    [time, time],
    ['@2026-11-21T10:00:00Z', time],
    ['2026-11-21T10:00Z', time],
    [
      { 0: '5', 1: 'end' },
      { 0: 5, 1: 'end' },
    ],
    [
      'orders/0=42, a.b-c/1=end,orders/2=@2026-11-21T10:00:00Z',
      {
        'orders/0': 42,
        'a.b-c/1': 'end',
        'orders/2': time,
      },
    ],
  ])('is read from %j', (given, position) => {
    expect(checkedPosition(given)).toEqual(position)
  })

  it.each([
    ['noon', "\"noon\" is no position: it is 'start', 'end', an offset"],
    [1.5, '1.5 is no position'],
    [null, 'null is no position'],
    [new Date(NaN), 'a position is an invalid Date'],
    ['@2026-11-21T10:00:00', 'timestamp is'],
    ['=5', "'=5' names no partition: write orders/0=42"],
    [{ 0: 'noon' }, '"noon" is no position'],
  ])('cannot be %j', (given, reason) => {
    expect(() => checkedPosition(given)).toThrow(reason)
  })
})

describe('the place in a partition', () => {
  it('is the same in all, or its own', () => {
    expect(placeIn(-1, 'orders', 3)).toBe(-1)
    expect(placeIn(time, 'orders', 3)).toBe(time)
    expect(placeIn({ 3: 'end' }, 'orders', 3)).toBe('end')
    expect(placeIn({ 3: 'end' }, 'orders', 2)).toBe(undefined)
    expect(placeIn({ 'orders/3': 1, 3: 2 }, 'orders', 3)).toBe(1)
    expect(placeIn({ 'orders/3': 1 }, 'invoices', 3)).toBe(undefined)
  })

  const partition = {
    startOffset: 10,
    highWatermark: 20,
    offsetForTimestamp: async (ms: number) => {
      return ms > time.getTime() ? undefined : { offset: 15, timestamp: ms }
    },
  }

  it.each([
    ['start', 10],
    ['end', 20],
    [12, 12],
    [5, 10],
    [25, 20],
    [-3, 17],
    [-30, 10],
    [time, 15],
    [new Date(time.getTime() + 1), 20],
  ] as const)('%j is offset %i', async (place, offset) => {
    expect(await offsetAt(partition, place)).toBe(offset)
  })
})
