/** Bytes of a message with the places where its fields are, and what can be done to them. */
import { Writer } from '../../protocol/wire.ts'
import type { Dice } from '../simulation/dice.ts'

/** A field, a length or a count: from its first byte to behind its last. */
export interface Span {
  start: number
  end: number
  isVarint: boolean
}

export interface Message {
  bytes: Buffer
  /** In the order of the bytes, without gaps; none where the bytes come from elsewhere. */
  spans: readonly Span[]
}

/** Writes as the broker's codec does, and remembers where. */
export class SpanWriter extends Writer {
  readonly #spans: Span[] = []
  #isWithin = false

  message(): Message {
    return { bytes: Buffer.concat(this.finish()), spans: this.#spans }
  }

  #span(write: () => void, isVarint = false): void {
    if (this.#isWithin) return write()
    const start = this.length
    this.#isWithin = true
    write()
    this.#isWithin = false
    if (this.length > start) this.#spans.push({ start, end: this.length, isVarint })
  }

  override int8(value: number): void {
    this.#span(() => super.int8(value))
  }

  override int16(value: number): void {
    this.#span(() => super.int16(value))
  }

  override int32(value: number): void {
    this.#span(() => super.int32(value))
  }

  override int64(value: number): void {
    this.#span(() => super.int64(value))
  }

  override float64(value: number): void {
    this.#span(() => super.float64(value))
  }

  override uvarint(value: number): void {
    this.#span(() => super.uvarint(value), true)
  }

  override uuid(value: string): void {
    this.#span(() => super.uuid(value))
  }

  override text(value: string, bytes: number): void {
    this.#span(() => super.text(value, bytes))
  }

  override raw(value: Buffer): void {
    this.#span(() => super.raw(value))
  }
}

/** Lengths and counts that lie, null, the ends of the ranges, and more than five bytes. */
const varints = ['00', '01', '7f', 'ffff01', 'ffffffff07', 'ffffffff0f', '8000', 'ffffffffff01']
const fixed = ['ff', '00', '01', '7f', '80'].map(first => [first, first === '7f' ? 'ff' : '00'])
const maxCopies = 1000
/** Of an array of small structs that is given so many times, or of tags. */
const maxBytes = 64 * 1024

/** The message after one to three changes. */
export function damaged({ bytes, spans }: Message, dice: Dice): Buffer {
  let result = dice.chance(0.75) && spans.length > 0 ? changedSpan(bytes, spans, dice) : bytes
  const more = result === bytes ? dice.between(1, 3) : dice.below(2)
  for (let i = 0; i < more; i++) result = changedBytes(result, dice)
  return result
}

function changedSpan(bytes: Buffer, spans: readonly Span[], dice: Dice): Buffer {
  const index = dice.below(spans.length)
  const span = spans[index]!
  const until = spans[Math.min(spans.length - 1, index + dice.below(4))]!
  const before = bytes.subarray(0, span.start)
  const after = bytes.subarray(span.end)
  switch (dice.below(6)) {
    case 0:
      return before
    case 1:
      return Buffer.concat([before, bytes.subarray(until.end)])
    case 2: {
      const part = bytes.subarray(span.start, until.end)
      const copies = Math.min(dice.between(1, maxCopies), Math.ceil(maxBytes / part.length))
      return Buffer.concat([before, ...Array.from({ length: copies }, () => part), after])
    }
    case 3:
      return Buffer.concat([before, tags(dice), after])
    default:
      return Buffer.concat([before, oddValue(span, bytes.length - span.end, dice), after])
  }
}

function oddValue({ start, end, isVarint }: Span, left: number, dice: Dice): Buffer {
  if (isVarint) return Buffer.from(dice.pick(varints), 'hex')
  const value = Buffer.alloc(end - start)
  if (dice.chance(0.3) && value.length <= 4) {
    // Just what there is, or one more.
    value.writeUIntBE((left + dice.below(3)) % 2 ** (8 * value.length), 0, value.length)
    return value
  }
  const [first, rest] = dice.pick(fixed)
  value.fill(rest!, 'hex')
  value.fill(first!, 0, 1, 'hex')
  return value
}

/** Tagged fields (KIP-482): many, of any size, in any order. */
function tags(dice: Dice): Buffer {
  const writer = new Writer()
  const count = dice.pick([1, 3, 1000])
  writer.uvarint(dice.chance(0.2) ? 0xffffffff : count)
  for (let i = 0; i < count; i++) {
    writer.uvarint(dice.chance(0.5) ? i : dice.below(2 ** 31))
    const size = dice.below(12)
    writer.uvarint(dice.chance(0.01) ? 0x7fffffff : size)
    writer.raw(Buffer.alloc(size, dice.below(256)))
  }
  return Buffer.concat(writer.finish())
}

/** Without regard to what they mean. */
function changedBytes(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length)
  const before = bytes.subarray(0, at)
  switch (dice.below(6)) {
    case 0: {
      const copy = Buffer.from(bytes)
      if (copy.length > 0) copy[at]! ^= 1 << dice.below(8)
      return copy
    }
    case 1:
      return before
    case 2:
      return Buffer.concat([before, bytes.subarray(at + dice.between(1, 8))])
    case 3:
      return Buffer.concat([before, noise(dice, 20), bytes.subarray(at)])
    case 4:
      return Buffer.concat([before, bytes.subarray(0, dice.below(64)), bytes.subarray(at)])
    default: {
      const copy = Buffer.from(bytes)
      const odd = dice.pick(['7fff', '7fffffff', 'ffffffff', 'ffffffff0f', '80000000', '00'])
      Buffer.from(odd, 'hex').copy(copy, at)
      return copy
    }
  }
}

export function noise(dice: Dice, maxLength: number): Buffer {
  return Buffer.from(Array.from({ length: dice.below(maxLength + 1) }, () => dice.below(256)))
}
