/** Reads DER (X.690), as far as certificates and key stores need it. */

export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  /** With tag and length. */
  readonly encoded: Buffer
}

export const derTags = {
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific 0, constructed. */
  explicit0: 0xa0,
} as const

const maxLengthBytes = 4

/** The values one behind the other. Throws a RangeError for what is no DER. */
export function derValues(bytes: Buffer): DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const value = valueAt(bytes, at)
    values.push(value)
    at += value.encoded.length
  }
  return values
}

/** What is in the first value, which must have this tag. */
export function derContent(bytes: Buffer, tag: number): Buffer {
  const value = valueAt(bytes, 0)
  if (value.tag !== tag) throw new RangeError(`tag ${value.tag} where ${tag} was expected`)
  return value.content
}

/** In dots: '2.5.4.3'. */
export function objectIdentifier(content: Buffer): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    numbers.push(number)
    number = 0
  }
  const [first = 0, ...rest] = numbers
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - root * 40, ...rest].join('.')
}

function valueAt(bytes: Buffer, at: number): DerValue {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw new RangeError('DER ends too early')
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthBytes > maxLengthBytes) throw new RangeError('no length of DER')
  const start = at + 2 + lengthBytes
  if (start > bytes.length) throw new RangeError('DER ends too early')
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  if (length > bytes.length - start) throw new RangeError('DER ends too early')
  const end = start + length
  return { tag, content: bytes.subarray(start, end), encoded: bytes.subarray(at, end) }
}
