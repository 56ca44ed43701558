import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { KafkaError } from '../../protocol/errors.ts'
import { readMetrics } from '../../protocol/otlp.ts'
import {
  attribute,
  double,
  fixed64,
  gauge,
  integer,
  message,
  metricsData,
  raw,
  sum,
  text,
} from './otlp-writer.ts'

const error = (data: Buffer): string | undefined => {
  try {
    readMetrics(data)
    return undefined
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return error.error
  }
}
const repeated = (part: Buffer, times: number): Buffer => Buffer.alloc(times * part.length, part)
const pointsOf = (count: number, ...point: readonly Buffer[]): Buffer => {
  const points = repeated(message(1, ...point), count)
  return metricsData([], message(2, text(1, 'm'), message(5, points)))
}

describe('OpenTelemetry metrics', () => {
  it('have values of doubles and integers, and attributes of resource and point', () => {
    const data = metricsData(
      [attribute(1, 'client_rack', text(1, 'r1')), attribute(1, 'both', text(1, 'resource'))],
      gauge('depth', double(4, 1.5), attribute(7, 'topic', text(1, 'ä'))),
      sum('total', fixed64(6, -3n), attribute(7, 'both', text(1, 'point'))),
    )
    expect(readMetrics(data)).toEqual([
      {
        name: 'depth',
        attributes: { client_rack: 'r1', both: 'resource', topic: 'ä' },
        kind: 'gauge',
        value: 1.5,
      },
      {
        name: 'total',
        attributes: { client_rack: 'r1', both: 'point' },
        kind: 'sum',
        value: -3,
      },
    ])
  })

  it('have attributes of several types; lists, maps and bytes are left out', () => {
    const [point] = readMetrics(
      metricsData(
        [],
        gauge(
          'm',
          double(4, 1),
          attribute(7, 'bool', integer(2, 1)),
          attribute(7, 'int', integer(3, 300)),
          attribute(7, 'negative', raw(3, 0, Buffer.from('ffffffffffffffffff01', 'hex'))),
          attribute(7, 'double', double(4, 0.5)),
          attribute(7, 'list', message(5, message(1, text(1, 'x')))),
          attribute(7, 'bytes', message(7, Buffer.from('x'))),
          attribute(7, '__proto__', text(1, 'own')),
        ),
      ),
    )
    expect(Object.entries(point!.attributes)).toEqual([
      ['bool', true],
      ['int', 300],
      ['negative', -1],
      ['double', 0.5],
      ['__proto__', 'own'],
    ])
  })

  it.each([
    ['histogram', 9, 9],
    ['exponentialHistogram', 10, 1],
    ['summary', 11, 7],
  ] as const)('of kind %s have sum and count', (kind, field, attributes) => {
    const label = attribute(attributes, 'a', text(1, 'b'))
    const point = message(1, fixed64(4, 12n), double(5, 7.5), label)
    expect(readMetrics(metricsData([], message(2, text(1, 'm'), message(field, point))))).toEqual([
      { name: 'm', attributes: { a: 'b' }, kind, value: 7.5, count: 12 },
    ])
  })

  it('may say that nothing was recorded, and more than anybody asks for', () => {
    const known = gauge(
      'm',
      fixed64(3, 5n),
      double(4, 1),
      integer(8, 0),
      raw(99, 5, Buffer.alloc(4)),
    )
    const data = metricsData(
      [integer(77, 1)],
      gauge('nothing', integer(8, 1)),
      known,
      text(88, 'x'),
    )
    expect(readMetrics(data)).toMatchObject([{ name: 'm', value: 1 }])
    expect(readMetrics(Buffer.alloc(0))).toEqual([])
  })

  it.each<[string, Buffer]>([
    ['text', Buffer.from('junk')],
    ['zeros', Buffer.alloc(8)],
    ['a number that does not end', Buffer.alloc(11, 0xff)],
    ['a length beyond the end', raw(1, 2, Buffer.from([5, 0]))],
    ['a length of 35 bits', raw(1, 2, Buffer.from('ffffffff7f', 'hex'))],
    ['a fixed value that is cut', raw(9, 1, Buffer.alloc(7))],
    ['a group', raw(1, 3)],
    ['wire type 7', raw(1, 7)],
    ['a message that is a number', integer(1, 5)],
    ['a text that is a number', metricsData([], message(2, integer(1, 5)))],
    ['a text that is not UTF-8', metricsData([], message(2, message(1, Buffer.from([0xff]))))],
    ['a double that is an integer', metricsData([], gauge('m', integer(4, 5)))],
  ])('are not %s', (_, data) => {
    expect(error(data)).toBe('INVALID_RECORD')
  })

  it('are no more than memory can bear', () => {
    expect(error(pointsOf(100_000, double(4, 1)))).toBeUndefined()
    expect(error(pointsOf(100_001, double(4, 1)))).toBe('TELEMETRY_TOO_LARGE')
    const label = attribute(1, 'a', text(1, 'b'))
    const points = message(5, repeated(message(1, double(4, 1)), 100))
    const multiplied = metricsData([repeated(label, 1000)], message(2, points))
    expect(multiplied.length).toBeLessThan(20_000)
    expect(error(multiplied)).toBe('TELEMETRY_TOO_LARGE')
    expect(error(metricsData([repeated(label, 100_001)]))).toBe('TELEMETRY_TOO_LARGE')
  })

  it('never fail otherwise, whatever bytes there are', () => {
    const good = metricsData([attribute(1, 'a', text(1, 'b'))], sum('m', double(4, 1)))
    const damaged = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map(changes => {
        const data = Buffer.from(good)
        for (const [at, byte] of changes) data[at] = byte
        return data
      })
    const bytes = fc.uint8Array({ maxLength: 64 }).map(array => Buffer.from(array))
    fc.assert(
      fc.property(fc.oneof(damaged, bytes), data => {
        expect([undefined, 'INVALID_RECORD']).toContain(error(data))
      }),
    )
  })
})
