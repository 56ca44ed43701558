import { describe, expect, it } from 'vitest'
import { WireError } from '../protocol/wire.ts'
import { ForeignProtocolError } from '../src/foreign-protocols.ts'
import { FrameReader } from '../src/frames.ts'

const maxFrameBytes = 1000

function framed(...bodies: string[]): Buffer {
  return Buffer.concat(
    bodies.map(body => {
      const frame = Buffer.alloc(4 + body.length)
      frame.writeInt32BE(body.length)
      frame.write(body, 4)
      return frame
    }),
  )
}

function texts(frames: Iterable<Buffer>): string[] {
  return Array.from(frames, frame => frame.toString())
}

describe('frames of a byte stream', () => {
  it('finds several in one chunk', () => {
    expect(texts(new FrameReader(maxFrameBytes).push(framed('one', '', 'three')))).toEqual([
      'one',
      '',
      'three',
    ])
  })

  it('finds them wherever the stream is cut', () => {
    const stream = framed('hello', 'a', '', 'world'.repeat(10))
    for (let chunkBytes = 1; chunkBytes <= stream.length; chunkBytes++) {
      const reader = new FrameReader(maxFrameBytes)
      const found: string[] = []
      for (let at = 0; at < stream.length; at += chunkBytes) {
        found.push(...texts(reader.push(stream.subarray(at, at + chunkBytes))))
      }
      expect(found).toEqual(['hello', 'a', '', 'world'.repeat(10)])
      expect(reader.pendingBytes).toBe(0)
    }
  })

  it('reads the rest of a frame to where it belongs', () => {
    const frameBytes = 300_000
    const taken: Buffer[] = []
    const reader = new FrameReader(frameBytes, bytes => {
      taken.push(Buffer.alloc(bytes))
      return taken.at(-1)!
    })
    const stream = framed('x'.repeat(frameBytes), 'next')
    const found: Buffer[] = []
    for (let at = 0; at < stream.length;) {
      const bytes = stream.copy(reader.space, 0, at)
      found.push(...reader.take(bytes))
      at += bytes
    }
    expect(texts(found)).toEqual(['x'.repeat(frameBytes), 'next'])
    expect(taken.map(({ length }) => length)).toEqual([frameBytes, 4])
    expect(found[0]).toBe(taken[0])
  })

  it('takes no more memory than sixteen times what has come, whatever size is announced', () => {
    const allocated: number[] = []
    const reader = new FrameReader(2 ** 31 - 1, bytes => {
      allocated.push(bytes)
      return Buffer.alloc(bytes)
    })
    const start = Buffer.alloc(10)
    start.writeInt32BE(2 ** 31 - 1)
    expect([...reader.push(start)]).toEqual([])
    expect(reader.pendingBytes).toBe(10)
    expect([...reader.push(Buffer.alloc(100_000))]).toEqual([])
    expect(reader.pendingBytes).toBe(100_010)
    expect(allocated.reduce((sum, bytes) => sum + bytes)).toBeLessThan(16 * 100_010)
  })

  it('keeps of a large frame only its own bytes', () => {
    const frameBytes = 100_000
    const stream = framed('x'.repeat(frameBytes), 'y'.repeat(frameBytes))
    const reader = new FrameReader(frameBytes, Buffer.allocUnsafeSlow)
    const found = [90_000, 150_000, stream.length].flatMap((end, i, ends) => [
      ...reader.push(stream.subarray(ends[i - 1] ?? 0, end)),
    ])
    expect(texts(found)).toEqual(['x'.repeat(frameBytes), 'y'.repeat(frameBytes)])
    expect(found.map(({ buffer }) => buffer.byteLength)).toEqual([frameBytes, frameBytes])
  })

  it.each([
    ['a negative size', Buffer.from([0xff, 0xff, 0xff, 0xff]), /frame of -1 bytes/],
    ['a size above the limit', Buffer.from([0, 0, 0x03, 0xe9]), /frame of 1001 bytes/],
  ])('refuses %s', (_, bytes, reason) => {
    const push = (chunk: Buffer) => [...new FrameReader(maxFrameBytes).push(chunk)]
    expect(() => push(bytes)).toThrow(WireError)
    expect(() => push(bytes)).toThrow(reason)
  })

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), 'HTTP'],
    ['the preface of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'HTTP/2'],
    ['a TLS ClientHello', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]), 'TLS'],
  ])('knows %s, and keeps what has come of it', (_, bytes, protocol) => {
    for (const first of [bytes.length, 5, 3, 1]) {
      const reader = new FrameReader(maxFrameBytes)
      const push = (chunk: Buffer) => [...reader.push(chunk)]
      let met: unknown
      try {
        push(bytes.subarray(0, first))
        push(bytes.subarray(first))
      } catch (error) {
        met = error
      }
      expect(met).toBeInstanceOf(ForeignProtocolError)
      const start = first < 4 ? bytes : bytes.subarray(0, first)
      expect(met).toMatchObject({ protocol, start })
    }
  })

  it('finds those before a bad one', () => {
    const chunk = Buffer.concat([framed('one', 'two'), Buffer.alloc(4, 0xff)])
    const frames = new FrameReader(maxFrameBytes).push(chunk)
    expect(frames.next().value?.toString()).toBe('one')
    expect(frames.next().value?.toString()).toBe('two')
    expect(() => frames.next()).toThrow(WireError)
  })
})
