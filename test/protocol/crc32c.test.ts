import { describe, expect, it } from 'vitest'
import { crc32c, loadNative, tableCrc32c } from '../../protocol/crc32c.ts'
import { seededRandom } from '../doubles/random.ts'

const native = loadNative()

const ascending = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const scsiRead = Buffer.alloc(48)
scsiRead.writeUInt32BE(0x01c00000, 0)
scsiRead.writeUInt32BE(0x14000000, 16)
scsiRead.writeUInt32BE(0x00000400, 20)
scsiRead.writeUInt32BE(0x00000014, 24)
scsiRead.writeUInt32BE(0x00000018, 28)
scsiRead.writeUInt32BE(0x28000000, 32)
scsiRead.writeUInt32BE(0x02000000, 40)

/** RFC 3720, appendix B.4, and the check value of the CRC catalogue. */
const vectors: [string, Buffer, number][] = [
  ['nothing', Buffer.alloc(0), 0],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 ascending', ascending, 0x46dd794e],
  ['32 descending', Buffer.from(ascending.map(i => 31 - i)), 0x113fdb5c],
  ['an iSCSI read command', scsiRead, 0xd9963a56],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
]

const random = seededRandom(1)
const lengths = [...Array.from({ length: 40 }, (_, i) => i), 255, 256, 257, 1000, 4096, 70_001]

describe.each([
  ['crc32c', crc32c],
  ['by table', tableCrc32c],
] as const)('the checksum (%s)', (_, checksum) => {
  it.each(vectors)('of %s', (_, bytes, expected) => {
    expect(checksum(bytes, 0)).toBe(expected)
  })

  it.each(lengths)('can be summed up in parts (%i bytes)', length => {
    const bytes = Buffer.from(Array.from({ length }, () => random() * 256))
    const cut = Math.floor(random() * length)
    const seed = checksum(bytes.subarray(0, cut), 0)
    expect(checksum(bytes.subarray(cut), seed)).toBe(checksum(bytes, 0))
  })
})

const skipped = native === undefined ? ' (skipped: no native one here)' : ''

describe.skipIf(skipped)(`the native checksum${skipped}`, () => {
  it.each(vectors)('of %s', (_, bytes, expected) => {
    expect(native!(bytes, 0)).toBe(expected)
  })

  it.each(lengths)('is the one by table (%i bytes)', length => {
    const bytes = Buffer.from(Array.from({ length: length + 8 }, () => random() * 256))
    for (let start = 0; start < 8; start++) {
      const part = bytes.subarray(start, start + length)
      const expected = native!(part, 0)
      expect(tableCrc32c(part, 0)).toBe(expected)
      expect(crc32c(part)).toBe(expected)
    }
  })
})
