/** The encoding of single records in message format v2 (Kafka: DefaultRecord). */
import type { BatchHeader } from './record-batch.ts'
import { WireError } from './wire.ts'

export interface RecordHeader {
  key: string
  value: Buffer | null
}

export interface KafkaRecord {
  offset: number
  /** Milliseconds since the epoch, or -1. Past 2^53 only nearly exact. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: RecordHeader[]
}

/** A record as it is stored, of which only its key is taken apart. */
export interface StoredRecord {
  attributes: number
  /** Milliseconds after the batch's base timestamp. */
  timestampDelta: number
  /** After the batch's base offset. */
  offsetDelta: number
  key: Buffer | null
  hasValue: boolean
  /** All of it, its length in front included. */
  bytes: Buffer
  /** What follows its timestamp. */
  rest: Buffer
}

/** Of a record; none is in use. */
const attributesBytes = 1
const maxVarintBytes = 5
const maxVarlongBytes = 10

/** Of one record: each is a byte or two, and time for those who wait. */
const maxHeaders = 100_000

/**
 * Steps through records. Single reads are not checked against the end, which makes a walk twice
 * as fast: past the buffer a byte reads as undefined, which ends a varint, and no record is
 * accepted that does not end exactly where its length, checked first, has said.
 */
export class RecordReader {
  readonly #buffer: Buffer
  #at: number
  /** Of the record that was skipped last: milliseconds after the batch's base timestamp. */
  timestampDelta = 0
  /** Of the record that was skipped last: after the batch's base offset. */
  offsetDelta = 0
  /** Of the record that was skipped last. */
  hasKey = false
  /** Where key, value and headers begin of the record that was skipped last. */
  contentStart = 0

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer
    this.#at = at
  }

  get remaining(): number {
    return this.#buffer.length - this.#at
  }

  record(batch: BatchHeader): KafkaRecord {
    const end = this.#recordEnd()
    this.#at += attributesBytes
    const timestamp = batch.baseTimestamp + this.#varlong()
    const record: KafkaRecord = {
      offset: batch.baseOffset + this.#varint(),
      timestamp: batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : timestamp,
      key: this.#nullableView(),
      value: this.#nullableView(),
      headers: [],
    }
    const headers = this.#headerCount(end)
    for (let i = 0; i < headers; i++) {
      const bytes = this.#headerKeyBytes()
      const key = this.#buffer.toString('utf8', this.#at, (this.#at += bytes))
      record.headers.push({ key, value: this.#nullableView() })
    }
    this.#assertAt(end)
    return record
  }

  storedRecord(): StoredRecord {
    const buffer = this.#buffer
    const start = this.#at
    const end = this.#recordEnd()
    // Past the end it is 0, and the record is refused where it should end.
    const attributes = (buffer[this.#at]! << 24) >> 24
    this.#at += attributesBytes
    const timestampDelta = this.#varlong()
    const rest = buffer.subarray(this.#at, end)
    const offsetDelta = this.#varint()
    const key = this.#nullableView()
    const hasValue = this.#skipNullable()
    this.#skipHeaders(end)
    this.#assertAt(end)
    const bytes = buffer.subarray(start, end)
    return { attributes, timestampDelta, offsetDelta, key, hasValue, bytes, rest }
  }

  /** Steps over a record, and takes note of its deltas and whether it `hasKey`. */
  skipRecord(): void {
    const end = this.#recordEnd()
    this.#at += attributesBytes
    this.timestampDelta = this.#varlong()
    this.offsetDelta = this.#varint()
    this.contentStart = this.#at
    this.hasKey = this.#skipNullable()
    this.#skipNullable()
    this.#skipHeaders(end)
    this.#assertAt(end)
  }

  #skipHeaders(end: number): void {
    const headers = this.#headerCount(end)
    for (let i = 0; i < headers; i++) {
      const bytes = this.#headerKeyBytes()
      this.#at += bytes
      this.#skipNullable()
    }
  }

  /** The position behind the record, by its length in front. */
  #recordEnd(): number {
    const bytes = this.#varint()
    if (bytes < 0 || bytes > this.remaining) {
      throw new WireError(`${bytes} bytes long, ${this.remaining} left`)
    }
    return this.#at + bytes
  }

  #headerCount(end: number): number {
    const count = this.#varint()
    if (count > maxHeaders) throw new WireError(`${count} headers; ${maxHeaders} are allowed`)
    if (count < 0 || count > end - this.#at) {
      throw new WireError(`${count} headers in ${end - this.#at} bytes`)
    }
    return count
  }

  #headerKeyBytes(): number {
    const bytes = this.#varint()
    if (bytes < 0) throw new WireError('header without a key')
    return bytes
  }

  #assertAt(end: number): void {
    if (this.#at !== end) {
      throw new WireError(`its fields end ${this.#at - end} bytes off the end by its length`)
    }
  }

  /** Any negative length is null. */
  #nullableView(): Buffer | null {
    const bytes = this.#varint()
    return bytes < 0 ? null : this.#buffer.subarray(this.#at, (this.#at += bytes))
  }

  /** False for null. */
  #skipNullable(): boolean {
    const bytes = this.#varint()
    if (bytes > 0) this.#at += bytes
    return bytes >= 0
  }

  /** Zigzag encoded, 32 bits. */
  #varint(): number {
    const buffer = this.#buffer
    let at = this.#at
    let byte = buffer[at++]!
    let value = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift === 7 * maxVarintBytes) throw tooLong(maxVarintBytes)
      byte = buffer[at++]!
      value |= (byte & 0x7f) << shift
    }
    this.#at = at
    return (value >>> 1) ^ -(value & 1)
  }

  /** Zigzag encoded, 64 bits; past 2^53 only nearly exact. */
  #varlong(): number {
    const first = this.#buffer[this.#at++]!
    if (!(first >= 0x80)) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    let scale = 0x80
    for (let i = 1; i < maxVarlongBytes; i++) {
      const byte = this.#buffer[this.#at++]!
      value += (byte & 0x7f) * scale
      if (!(byte >= 0x80)) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 0x80
    }
    throw tooLong(maxVarlongBytes)
  }
}

function tooLong(maxBytes: number): WireError {
  return new WireError(`varint of more than ${maxBytes} bytes`)
}
