import { describe, expect, it } from 'vitest'
import { WireError } from '../protocol/wire.ts'
import { FrameSplitter } from '../src/frames.ts'

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
    expect(texts(new FrameSplitter(maxFrameBytes).push(framed('one', '', 'three')))).toEqual([
      'one',
      '',
      'three',
    ])
  })

  it('finds them wherever the stream is cut', () => {
    const stream = framed('hello', 'a', '', 'world'.repeat(10))
    for (let chunkBytes = 1; chunkBytes <= stream.length; chunkBytes++) {
      const splitter = new FrameSplitter(maxFrameBytes)
      const found: string[] = []
      for (let at = 0; at < stream.length; at += chunkBytes) {
        found.push(...texts(splitter.push(stream.subarray(at, at + chunkBytes))))
      }
      expect(found).toEqual(['hello', 'a', '', 'world'.repeat(10)])
      expect(splitter.pendingBytes).toBe(0)
    }
  })

  it('does not copy a frame that lies within a chunk', () => {
    const chunk = framed('hello')
    const [frame] = new FrameSplitter(maxFrameBytes).push(chunk)
    expect(frame!.buffer).toBe(chunk.buffer)
  })

  it('holds no more than what has come, whatever size is announced', () => {
    const splitter = new FrameSplitter(2 ** 31 - 1)
    const start = Buffer.alloc(10)
    start.writeInt32BE(2 ** 31 - 1)
    expect([...splitter.push(start)]).toEqual([])
    expect(splitter.pendingBytes).toBe(10)
  })

  it('does not keep a frame for the bytes that follow it', () => {
    const frameBytes = 100_000
    const stream = framed('x'.repeat(frameBytes), 'y'.repeat(frameBytes))
    const splitter = new FrameSplitter(frameBytes)
    expect([...splitter.push(stream.subarray(0, 90_000))]).toEqual([])
    const [first] = splitter.push(stream.subarray(90_000, 150_000))
    const [second] = splitter.push(stream.subarray(150_000))
    expect([first!.length, second!.length]).toEqual([frameBytes, frameBytes])
    expect(first!.buffer.byteLength).toBe(4 + frameBytes)
    expect(second!.toString()).toBe('y'.repeat(frameBytes))
  })

  it.each([
    ['a negative size', Buffer.from([0xff, 0xff, 0xff, 0xff]), /frame of -1 bytes/],
    ['a size above the limit', Buffer.from([0, 0, 0x03, 0xe9]), /frame of 1001 bytes/],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n'), /speaks HTTP/],
    ['a TLS ClientHello', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]), /speaks TLS/],
  ])('refuses %s', (_, bytes, reason) => {
    const push = (chunk: Buffer) => [...new FrameSplitter(maxFrameBytes).push(chunk)]
    expect(() => push(bytes)).toThrow(WireError)
    expect(() => push(bytes)).toThrow(reason)
  })

  it('finds those before a bad one', () => {
    const chunk = Buffer.concat([framed('one', 'two'), Buffer.alloc(4, 0xff)])
    const frames = new FrameSplitter(maxFrameBytes).push(chunk)
    expect(frames.next().value?.toString()).toBe('one')
    expect(frames.next().value?.toString()).toBe('two')
    expect(() => frames.next()).toThrow(WireError)
  })
})
