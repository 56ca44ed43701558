import { WireError } from '../protocol/wire.ts'
import { foreignProtocol, ForeignProtocolError } from './foreign-protocols.ts'

/** Of the size that stands before each frame. */
export const sizeBytes = 4

/** The most that is read at a time. */
const maxReadBytes = 64 * 1024
/** Memory for a frame is at most this many times what has come of it (CVE-2022-34917). */
const aheadFactor = 16
const minFrameMemory = 16 * 1024

/**
 * Where all readers of a process read to while they know no frame: each takes out what has come
 * before anybody else reads.
 */
const sharedSpace = Buffer.allocUnsafeSlow(maxReadBytes)

/**
 * Cuts a byte stream into frames: a 4-byte size, then so many bytes. Of a frame that does not come
 * in one piece, the rest is read to where it belongs, so that hardly a byte is copied. Memory grows
 * with the bytes that have come, whatever size is announced.
 */
export class FrameReader {
  /** Holds for the frames that begin from now on. */
  maxFrameBytes: number
  readonly #allocate: (bytes: number) => Buffer
  readonly #size = Buffer.alloc(sizeBytes)
  #sizeFilled = 0
  /** Of the frame that is not complete yet. */
  #frameBytes = 0
  #frame: Buffer | undefined
  #filled = 0

  constructor(maxFrameBytes: number, allocate: (bytes: number) => Buffer = Buffer.allocUnsafe) {
    this.maxFrameBytes = maxFrameBytes
    this.#allocate = allocate
  }

  /** The bytes of a frame that is not complete yet, and of its size. */
  get pendingBytes(): number {
    return this.#sizeFilled + this.#filled
  }

  /** Where the next bytes of the stream are to be put, before anything else happens. */
  get space(): Buffer {
    if (this.#frame === undefined) return sharedSpace
    return this.#frame.subarray(this.#filled, this.#filled + maxReadBytes)
  }

  /** The frames that are complete with a chunk that lies elsewhere. */
  *push(chunk: Buffer): Generator<Buffer, void> {
    for (let at = 0; at < chunk.length;) {
      const bytes = chunk.copy(this.space, 0, at)
      yield* this.take(bytes)
      at += bytes
    }
  }

  /**
   * So many bytes have been put into `space`: the frames that are complete now, without their size;
   * then a WireError for a bad size; a ForeignProtocolError where it is none.
   */
  *take(bytes: number): Generator<Buffer, void> {
    if (this.#frame !== undefined) {
      this.#filled += bytes
      if (this.#filled === this.#frameBytes) yield this.#finish(this.#frame)
      else if (this.#filled === this.#frame.length) this.#grow(this.#frame)
      return
    }
    let at = 0
    while (at < bytes) {
      const sizeEnd = Math.min(at + sizeBytes - this.#sizeFilled, bytes)
      this.#sizeFilled += sharedSpace.copy(this.#size, this.#sizeFilled, at, sizeEnd)
      at = sizeEnd
      if (this.#sizeFilled < sizeBytes) return
      this.#frameBytes = this.#checkedSize(at, bytes)
      const end = Math.min(at + this.#frameBytes, bytes)
      const frame = this.#allocate(this.#capacity(end - at))
      this.#filled = sharedSpace.copy(frame, 0, at, end)
      at = end
      if (this.#filled === this.#frameBytes) yield this.#finish(frame)
      else this.#frame = frame
    }
  }

  #finish(frame: Buffer): Buffer {
    this.#frame = undefined
    this.#filled = 0
    this.#sizeFilled = 0
    return frame
  }

  #grow(frame: Buffer): void {
    this.#frame = this.#allocate(this.#capacity(this.#filled))
    frame.copy(this.#frame, 0, 0, this.#filled)
  }

  #capacity(filled: number): number {
    return Math.min(this.#frameBytes, Math.max(filled * aheadFactor, minFrameMemory))
  }

  /** `rest`: where what has come behind the size ends in the space. */
  #checkedSize(at: number, rest: number): number {
    const size = this.#size.readInt32BE(0)
    if (size >= 0 && size <= this.maxFrameBytes) return size
    const protocol = foreignProtocol(this.#size)
    if (protocol !== undefined) {
      const start = Buffer.concat([this.#size, sharedSpace.subarray(at, rest)])
      throw new ForeignProtocolError(protocol, start)
    }
    throw new WireError(
      `frame of ${size} bytes; allowed are 0 to ${this.maxFrameBytes} (socket.request.max.bytes,` +
        ' before authentication sasl.server.max.receive.size)',
    )
  }
}
