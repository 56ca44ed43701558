import { WireError } from '../protocol/wire.ts'

/** Of the size that stands before each frame. */
export const sizeBytes = 4

/** Pieces of a frame that are smaller than this on average are joined: each costs 300 bytes. */
const smallPieceBytes = 4096

/**
 * Cuts a byte stream into frames: a 4-byte size, then so many bytes. A frame that lies within one
 * chunk is a view of it; one that spans several is copied once, when it is complete. The announced
 * size is never allocated ahead: memory grows with the bytes that have come (CVE-2022-34917).
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** The bytes of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** The frames that this chunk completes, without their size; then a WireError for a bad size. */
  *push(chunk: Buffer): Generator<Buffer, void> {
    this.#pending.push(chunk)
    this.#pendingBytes += chunk.length
    let size = this.#nextSize()
    while (size !== undefined && this.#pendingBytes >= sizeBytes + size) {
      yield this.#take(sizeBytes + size).subarray(sizeBytes)
      size = this.#nextSize()
    }
    if (this.#pendingBytes < this.#pending.length * smallPieceBytes) this.#joined()
  }

  /** The first bytes, which end in the last chunk; what follows them does not keep their memory. */
  #take(bytes: number): Buffer {
    const rest = this.#pendingBytes - bytes
    const last = this.#pending.pop()!
    this.#pending.push(last.subarray(0, last.length - rest))
    const taken = this.#joined()
    this.#pending = rest === 0 ? [] : [last.subarray(last.length - rest)]
    this.#pendingBytes = rest
    return taken
  }

  #nextSize(): number | undefined {
    if (this.#pendingBytes < sizeBytes) return undefined
    const first = this.#pending[0]!
    const size = (first.length < sizeBytes ? this.#joined() : first).readInt32BE(0)
    if (size >= 0 && size <= this.#maxFrameBytes) return size
    throw new WireError(describeBadSize(size, this.#maxFrameBytes))
  }

  #joined(): Buffer {
    if (this.#pending.length > 1) this.#pending = [Buffer.concat(this.#pending)]
    return this.#pending[0]!
  }
}

/** First bytes of other protocols, read as a size, and what speaks them. */
const strangers: readonly (readonly [RegExp, string])[] = [
  [/^(GET |POST|PUT |HEAD|DELE|OPTI|PATC|CONN|PRI )$/, 'HTTP'],
  [/^\x16\x03/, 'TLS'],
]

function describeBadSize(size: number, maxFrameBytes: number): string {
  const start = Buffer.alloc(sizeBytes)
  start.writeInt32BE(size)
  const text = start.toString('latin1')
  const stranger = strangers.find(([pattern]) => pattern.test(text))
  return stranger
    ? `the client speaks ${stranger[1]}, but this port speaks the Kafka protocol in plain text`
    : `frame of ${size} bytes; allowed are 0 to ${maxFrameBytes} (socket.request.max.bytes)`
}
