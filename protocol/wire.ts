/**
 * The primitive types of Kafka's protocol over bytes. Every read is checked against the end of the
 * frame before anything is allocated, so a lying length is a WireError and never memory.
 */

/** The bytes are not what the protocol allows. Kafka closes the connection on these. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'
/** What Kafka allows for a string, in every version of the encoding. */
export const maxStringBytes = 32767

export class Reader {
  readonly buffer: Buffer
  offset: number
  readonly end: number

  constructor(buffer: Buffer, offset = 0, end = buffer.length) {
    this.buffer = buffer
    this.offset = offset
    this.end = end
  }

  get remaining(): number {
    return this.end - this.offset
  }

  /** Claims `bytes` bytes and gives the position of the first. */
  skip(bytes: number): number {
    const at = this.offset
    if (bytes < 0 || bytes > this.end - at) {
      throw new WireError(`${bytes} bytes needed at ${at}, ${this.end - at} left`)
    }
    this.offset = at + bytes
    return at
  }

  bool(): boolean {
    return this.buffer[this.skip(1)] !== 0
  }

  int8(): number {
    return (this.buffer[this.skip(1)]! << 24) >> 24
  }

  int16(): number {
    const at = this.skip(2)
    return ((this.buffer[at]! << 24) >> 16) | this.buffer[at + 1]!
  }

  uint16(): number {
    return this.int16() & 0xffff
  }

  int32(): number {
    const at = this.skip(4)
    const b = this.buffer
    return (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  /** What no safe integer can hold becomes ±Infinity: the protocol's maximum means "no limit". */
  int64(): number {
    const high = this.int32()
    const value = high * 0x100000000 + this.uint32()
    return Number.isSafeInteger(value) ? value : value < 0 ? -Infinity : Infinity
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.skip(8))
  }

  /**
   * Unsigned LEB128 of at most 32 bits (KIP-482). Past 2^31 it is negative, as in Kafka, where such
   * a count is thus none and such a length null.
   */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.skip(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new WireError(`unsigned varint longer than 5 bytes at ${this.offset - 5}`)
  }

  uuid(): string {
    const at = this.skip(16)
    return this.buffer.toString('base64url', at, at + 16)
  }

  /** A string of so many bytes. */
  text(bytes: number): string {
    if (bytes > maxStringBytes) throw new WireError(`string of ${bytes} bytes`)
    const at = this.skip(bytes)
    return this.buffer.toString('utf8', at, at + bytes)
  }

  /** So many bytes of the frame, uncopied. */
  view(bytes: number): Buffer {
    const at = this.skip(bytes)
    return this.buffer.subarray(at, at + bytes)
  }
}

/** Byte strings from this size on are kept by reference instead of being copied. */
const referenceBytes = 1024
const firstChunkBytes = 512
const maxChunkBytes = 64 * 1024

export class Writer {
  #chunks: Buffer[] = []
  #bytes = 0
  #buffer: Buffer
  /** Where the current chunk starts in the buffer, and where the next byte goes. */
  #start = 0
  #at = 0

  constructor(expectedBytes = firstChunkBytes) {
    this.#buffer = Buffer.allocUnsafe(expectedBytes)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#bytes + this.#at - this.#start
  }

  /** Makes room for `bytes` bytes and gives the position of the first. */
  #claim(bytes: number): number {
    const at = this.#at
    if (at + bytes > this.#buffer.length) {
      this.#flush()
      this.#buffer = Buffer.allocUnsafe(
        Math.max(bytes, Math.min(this.#buffer.length * 2, maxChunkBytes)),
      )
      this.#start = 0
      this.#at = bytes
      return 0
    }
    this.#at = at + bytes
    return at
  }

  #flush(): void {
    if (this.#at === this.#start) return
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#at))
    this.#bytes += this.#at - this.#start
    this.#start = this.#at
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#claim(1)
    this.#buffer[at] = value
  }

  int16(value: number): void {
    const at = this.#claim(2)
    this.#buffer[at] = value >> 8
    this.#buffer[at + 1] = value
  }

  uint16(value: number): void {
    this.int16(value)
  }

  int32(value: number): void {
    const at = this.#claim(4)
    const b = this.#buffer
    b[at] = value >> 24
    b[at + 1] = value >> 16
    b[at + 2] = value >> 8
    b[at + 3] = value
  }

  uint32(value: number): void {
    this.int32(value | 0)
  }

  int64(value: number): void {
    if (value === Infinity) {
      this.int32(0x7fffffff)
      this.int32(-1)
    } else if (value === -Infinity) {
      this.int32(-0x80000000)
      this.int32(0)
    } else {
      this.int32(Math.floor(value / 0x100000000))
      this.int32((value % 0x100000000) | 0)
    }
  }

  float64(value: number): void {
    const at = this.#claim(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uvarint(value: number): void {
    while (value >= 0x80) {
      this.int8((value & 0x7f) | 0x80)
      value >>>= 7
    }
    this.int8(value)
  }

  uuid(value: string): void {
    const at = this.#claim(16)
    if (this.#buffer.write(value, at, 16, 'base64url') !== 16) {
      throw new WireError(`not a uuid: ${value}`)
    }
  }

  /** The string's bytes; `bytes` is their number, as `Buffer.byteLength` gives it. */
  text(value: string, bytes: number): void {
    const at = this.#claim(bytes)
    this.#buffer.write(value, at, bytes, 'utf8')
  }

  /** Big values are kept by reference: they must not change until they are sent. */
  raw(value: Buffer): void {
    if (value.length < referenceBytes) {
      const at = this.#claim(value.length)
      value.copy(this.#buffer, at)
    } else {
      this.#flush()
      this.#chunks.push(value)
      this.#bytes += value.length
    }
  }

  /** The bytes, in order. The writer is done. */
  finish(): Buffer[] {
    this.#flush()
    return this.#chunks
  }
}
