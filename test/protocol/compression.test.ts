import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compress, decompress } from '../../protocol/compression.ts'
import { KafkaError } from '../../protocol/errors.ts'

const codecs = [
  { id: 0, name: 'none' },
  { id: 1, name: 'gzip' },
  { id: 2, name: 'snappy' },
  { id: 3, name: 'lz4' },
  { id: 4, name: 'zstd' },
]
const compressing = codecs.slice(1)
const limit = 64 * 1024 * 1024

/** What was thrown. */
function refusal(run: () => unknown): KafkaError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(KafkaError)
    return error as KafkaError
  }
  throw new Error('nothing was thrown')
}

describe.each(codecs)('$name', ({ id }) => {
  test('gives back what went in', () => {
    const anything = fc.property(fc.uint8Array({ maxLength: 2000 }), data => {
      const bytes = Buffer.from(data)
      expect(decompress(id, compress(id, bytes), limit).equals(bytes)).toBe(true)
    })
    fc.assert(anything, { numRuns: 50 })
  })

  test('gives back many blocks', () => {
    const bytes = Buffer.alloc(9_000_000)
    for (let i = 0; i < bytes.length; i += 5) bytes.writeUInt16BE(i & 0xfff, i)
    expect(decompress(id, compress(id, bytes), bytes.length).equals(bytes)).toBe(true)
  })

  test('the limit is exact', () => {
    const data = compress(id, Buffer.alloc(100_000, 'ab'))
    expect(decompress(id, data, 100_000)).toHaveLength(100_000)
    expect(refusal(() => decompress(id, data, 99_999)).error).toBe('MESSAGE_TOO_LARGE')
  })
})

describe.each(compressing)('damaged $name', ({ id }) => {
  const data = compress(id, Buffer.from('some text, some text, some other text. '.repeat(20)))

  test('cut anywhere, it is CORRUPT_MESSAGE', () => {
    // The last bytes of gzip and LZ4 are a checksum and an end mark: they are needed as well.
    for (let length = 0; length < data.length; length++) {
      const cut = data.subarray(0, length)
      // Xerial framing without any block is empty data.
      if (id === 2 && length === 16) continue
      expect(refusal(() => decompress(id, cut, limit)).error, `${length}`).toBe('CORRUPT_MESSAGE')
    }
  })

  test('with any bytes changed, it is read, or refused with an error of Kafka', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1 })
    const damaged = fc.property(changes, list => {
      const bytes = Buffer.from(data)
      for (const [at, byte] of list) bytes[at % bytes.length] = byte
      try {
        expect(decompress(id, bytes, 100_000).length).toBeLessThanOrEqual(100_000)
      } catch (error) {
        expect(error).toBeInstanceOf(KafkaError)
      }
    })
    fc.assert(damaged, { numRuns: 300 })
  })

  test('garbage is CORRUPT_MESSAGE', () => {
    const garbage = Buffer.from('this was never compressed by anybody')
    expect(refusal(() => decompress(id, garbage, limit)).error).toBe('CORRUPT_MESSAGE')
  })
})

describe('a bomb is refused before it takes memory (CVE-2023-34455)', () => {
  test.each(compressing)('$name of 100 MB', ({ id }) => {
    const bomb = compress(id, Buffer.alloc(100_000_000))
    const before = process.memoryUsage().rss
    expect(refusal(() => decompress(id, bomb, 1_000_000)).error).toBe('MESSAGE_TOO_LARGE')
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })

  test('snappy blocks that say they are 4 GB', () => {
    const raw = Buffer.from('ffffffff0f0000', 'hex')
    expect(refusal(() => decompress(2, raw, limit)).error).toBe('MESSAGE_TOO_LARGE')
    const header = compress(2, Buffer.alloc(0))
    const framed = Buffer.concat([header, Buffer.from('00000007', 'hex'), raw])
    expect(refusal(() => decompress(2, framed, limit)).error).toBe('MESSAGE_TOO_LARGE')
  })

  test('a snappy block length past the end, or negative', () => {
    const header = compress(2, Buffer.alloc(0))
    for (const length of ['7fffffff', 'ffffffff']) {
      const framed = Buffer.concat([header, Buffer.from(`${length}01`, 'hex')])
      expect(refusal(() => decompress(2, framed, limit)).error).toBe('CORRUPT_MESSAGE')
    }
  })
})

test('snappy is written in the framing of snappy-java, and read without it too', () => {
  const text = Buffer.from('what librdkafka sends is one raw block')
  const framed = compress(2, text)
  expect(framed.subarray(0, 16).toString('latin1')).toBe('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01')
  const raw = framed.subarray(20)
  expect(decompress(2, raw, limit).equals(text)).toBe(true)
})

test('ids without a compression are UNSUPPORTED_COMPRESSION_TYPE', () => {
  for (const id of [5, 6, 7]) {
    const error = refusal(() => decompress(id, Buffer.alloc(1), limit)).error
    expect(error).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  }
})
