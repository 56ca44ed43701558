/**
 * Protobuf's wire format, read field by field; each read is checked against the end of its message.
 * Throws INVALID_RECORD for what is none.
 */
import { KafkaError } from './errors.ts'

const varint = 0
const fixed64 = 1
const lengthDelimited = 2
const fixed32 = 5

const maxFieldNumber = 2 ** 29 - 1
const maxVarintBytes = 10

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A cursor over the fields of a message: `while (fields.next()) switch (fields.number) …`. */
export class ProtobufFields {
  readonly #buffer: Buffer
  readonly #end: number
  #at: number
  #type = varint
  #valueAt = 0
  #valueEnd = 0
  /** Of the field at hand. */
  number = 0

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer
    this.#at = start
    this.#end = end
  }

  /** False at the end of the message. */
  next(): boolean {
    if (this.#at === this.#end) return false
    const tag = this.#length()
    this.number = tag >>> 3
    this.#type = tag & 7
    if (this.number < 1 || this.number > maxFieldNumber) throw malformed(`field ${this.number}`)
    const bytes = this.#valueBytes()
    if (bytes > this.#end - this.#at) throw malformed(`${bytes} bytes needed at ${this.#at}`)
    this.#valueAt = this.#at
    this.#at += bytes
    this.#valueEnd = this.#at
    return true
  }

  /** The field is a message. */
  message(): ProtobufFields {
    this.#expect(lengthDelimited)
    return new ProtobufFields(this.#buffer, this.#valueAt, this.#valueEnd)
  }

  string(): string {
    this.#expect(lengthDelimited)
    try {
      return utf8.decode(this.#buffer.subarray(this.#valueAt, this.#valueEnd))
    } catch {
      throw malformed('a text is not UTF-8')
    }
  }

  double(): number {
    this.#expect(fixed64)
    return this.#buffer.readDoubleLE(this.#valueAt)
  }

  /** Past 2^53, the nearest number. */
  sfixed64(): number {
    this.#expect(fixed64)
    return Number(this.#buffer.readBigInt64LE(this.#valueAt))
  }

  fixed64(): number {
    this.#expect(fixed64)
    return Number(this.#buffer.readBigUInt64LE(this.#valueAt))
  }

  bool(): boolean {
    return this.int64() !== 0
  }

  /** Past 2^53, the nearest number. */
  int64(): number {
    this.#expect(varint)
    let value = 0n
    for (let i = this.#valueEnd - 1; i >= this.#valueAt; i--) {
      value = (value << 7n) | BigInt(this.#buffer[i]! & 0x7f)
    }
    return Number(BigInt.asIntN(64, value))
  }

  #expect(type: number): void {
    if (this.#type !== type) throw malformed(`field ${this.number} has wire type ${this.#type}`)
  }

  #valueBytes(): number {
    if (this.#type === lengthDelimited) return this.#length()
    if (this.#type === fixed64) return 8
    if (this.#type === fixed32) return 4
    if (this.#type === varint) return this.#varintBytes()
    throw malformed(`wire type ${this.#type}`)
  }

  #varintBytes(): number {
    const last = Math.min(this.#end, this.#at + maxVarintBytes)
    for (let i = this.#at; i < last; i++) if (this.#buffer[i]! < 0x80) return i + 1 - this.#at
    throw malformed(`no number at ${this.#at}`)
  }

  /** A tag or a length: 32 bits. */
  #length(): number {
    const bytes = this.#varintBytes()
    let value = 0
    for (let i = bytes - 1; i >= 0; i--) value = value * 128 + (this.#buffer[this.#at + i]! & 0x7f)
    if (value >= 2 ** 32) throw malformed(`length ${value}`)
    this.#at += bytes
    return value
  }
}

function malformed(reason: string): KafkaError {
  return new KafkaError('INVALID_RECORD', `not protobuf: ${reason}`)
}
