/** Writes protobuf, and OpenTelemetry's metrics in it, by their published definitions. */

type Bytes = Buffer

/** Unsigned, up to 2^53. */
function varint(value: number): Bytes {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}

const tag = (number: number, type: number): Bytes => varint(number * 8 + type)

/** A field of any wire type, its value as it is. */
export const raw = (number: number, type: number, value: Bytes = Buffer.alloc(0)): Bytes =>
  Buffer.concat([tag(number, type), value])

export function message(number: number, ...parts: readonly Bytes[]): Bytes {
  const body = Buffer.concat(parts)
  return Buffer.concat([tag(number, 2), varint(body.length), body])
}

export const text = (number: number, value: string): Bytes => message(number, Buffer.from(value))

export function double(number: number, value: number): Bytes {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return raw(number, 1, bytes)
}

export function fixed64(number: number, value: bigint): Bytes {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value))
  return raw(number, 1, bytes)
}

export const integer = (number: number, value: number): Bytes => raw(number, 0, varint(value))

/** A KeyValue in a field; `value` is an AnyValue's field. */
export const attribute = (number: number, key: string, value: Bytes): Bytes =>
  message(number, text(1, key), message(2, value))

/** MetricsData of one resource with one scope. */
export const metricsData = (resource: readonly Bytes[], ...metrics: readonly Bytes[]): Bytes =>
  message(1, message(1, ...resource), message(2, ...metrics))

export const gauge = (name: string, ...point: readonly Bytes[]): Bytes =>
  message(2, text(1, name), message(5, message(1, ...point)))

export const sum = (name: string, ...point: readonly Bytes[]): Bytes =>
  message(2, text(1, name), message(7, message(1, ...point), integer(2, 1), integer(3, 1)))
