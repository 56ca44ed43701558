import { describe, expect, it } from 'vitest'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { compileFormat } from '../../src/cli/record-format.ts'
import type { ReadRecord } from '../../src/client/read-record.ts'

const timestamp = Date.UTC(2026, 10, 21, 10, 2, 3, 45)
const batch = parseBatchHeader(
  encodeBatch({
    records: [{ timestamp, key: null, value: null }],
    partitionLeaderEpoch: 3,
    producerId: 7,
    producerEpoch: 1,
    isTransactional: true,
  }),
)
const facts = { logStartOffset: 1, lastStableOffset: 8, highWatermark: 9 }
const record: ReadRecord = {
  offset: 5,
  timestamp,
  key: Buffer.from('ké'),
  value: Buffer.from([0, 0, 1, 0, 0x41]),
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
    { key: 'c', value: Buffer.alloc(0) },
  ],
  from: { topic: 'orders', partition: 2, node: 0, ...facts },
  batch,
}

const format = (text: string, of = record, none = ''): string =>
  compileFormat(text, { null: none })(of, 12).toString('latin1')

describe('formats', () => {
  it.each([
    ['Topic %t [%p] at offset %o', 'Topic orders [2] at offset 5'],
    ['%K %S %V %H', '3 5 5 3'],
    ['%T', String(timestamp)],
    ['%h', 'a=1,b=NULL,c='],
    ['%R', '\0\0\0\x05'],
    ['%%\\n\\t\\r\\x41\\65\\0101\\\\\\q', '%\n\t\rAAA\\q'],
    ['100%% {"o":%o}', '100% {"o":5}'],
    ['%e %x %y %i %[ %| %]', '3 7 1 12 1 8 9'],
    ['%a', 'none,CreateTime,transactional'],
    ['%k{hex} %k{base64} %v{base64raw}', '6bc3a9 a8Op AAABAEE'],
    ['%k{json}', '"k\xc3\xa9"'],
    ['%v{unpack[>hHc$]}', '0 256A'.replace(' ', '')],
    ['%v{unpack[<h s]}', '0 \x01\0A'],
    ['%p{hex16} %o{ascii} %p{bool}', '0002 5 true'],
    ['%o{big32}%o{little16}%o{byte}', '\0\0\0\x05\x05\0\x05'],
    ['%d %d{iso}', `${timestamp} 2026-11-21T10:02:03.045Z`],
    ['%d{strftime[%F %T.%L %z %Q]}', '2026-11-21 10:02:03.045 +0000 %Q'],
    ['%d{go[2006-01-02T15:04:05.000Z07:00]}', '2026-11-21T10:02:03.045Z'],
    ['%h{<%k:%v{hex}>}', '<a:31><b:><c:>'],
    ['%{%}', '{}'],
  ])('%j', (text, expected) => {
    expect(format(text)).toBe(expected)
  })

  it('write null as nothing, or as they are told', () => {
    const empty = { ...record, key: null, value: null, headers: [] }
    expect(format('%k|%s|%K|%S|%h|%R', empty)).toBe('||-1|-1||\xff\xff\xff\xff')
    expect(format('%k|%v', empty, 'NULL')).toBe('NULL|NULL')
  })

  it.each([
    ['%q', 'there is no %q; %t topic'],
    ['a%', 'there is a % at 1 without a letter'],
    ['%k{zip}', '%k has no {zip}; there is {hex}'],
    ['%o{hex}', '%o has no {hex}; there is {ascii}'],
    ['%d{later}', '%d has no {later}'],
  ])('refuse %j', (text, message) => {
    expect(() => format(text)).toThrow(message)
  })
})
