/**
 * Keys, values and header values as JSON. A string is its text, null is none, {"$base64": …} is
 * bytes, and any other JSON value is its own JSON text. What is written gives the same bytes again:
 * objects and arrays as themselves, the rest as strings.
 */
import { isUtf8 } from 'node:buffer'
import { InvalidInput } from './invalid-input.ts'
import { isObject, kindOf, type JsonValue } from './json-value.ts'

/** What bytes are in JSON; all that is neither text nor JSON is base64. */
export function payloadToJson(bytes: Buffer | null): JsonValue {
  if (bytes === null) return null
  if (!isUtf8(bytes)) return { $base64: bytes.toString('base64') }
  const text = bytes.toString('utf8')
  return sameWhenParsed(text) ?? text
}

/** The same for what is text or bytes and nothing else. */
export function textToJson(bytes: Buffer | null): JsonValue {
  if (bytes === null || isUtf8(bytes)) return bytes?.toString('utf8') ?? null
  return { $base64: bytes.toString('base64') }
}

/** Objects and arrays do; a number stays text, lest keys be of another type now and then. */
const standsForItself = /^[[{]/

/** The JSON value whose text this is, if writing it gives exactly this text again. */
function sameWhenParsed(text: string): JsonValue | undefined {
  if (!standsForItself.test(text)) return undefined
  try {
    const value = JSON.parse(text) as JsonValue
    return JSON.stringify(value) === text && !hasReservedName(value) ? value : undefined
  } catch {
    // No JSON, or nested too deeply to be written again.
    return undefined
  }
}

/** Objects with a name that begins with $ are written as text: some of them mean something. */
function hasReservedName(value: JsonValue): boolean {
  return isObject(value) && Object.keys(value).some(name => name.startsWith('$'))
}

/**
 * The bytes that a JSON value, or in a program a Uint8Array, stands for. Throws InvalidInput;
 * `what` names the value in its message.
 */
export function payloadFromJson(value: unknown, what: string): Buffer | null {
  if (value === null) return null
  if (typeof value === 'string') return textBytes(value, what)
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (isObject(value)) {
    if ('$base64' in value) return base64Bytes(value, what)
    const schema = ['$avro', '$protobuf'].find(name => name in value)
    if (schema !== undefined) {
      const hint = 'give the encoded bytes as {"$base64": "…"}'
      throw new InvalidInput(`${what}: ${schema} needs a schema registry, not served yet: ${hint}`)
    }
  }
  return Buffer.from(jsonText(value, what))
}

function jsonText(value: unknown, what: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    const message = `${what} cannot be written as JSON: ${(error as Error).message}`
    throw new InvalidInput(message, { cause: error })
  }
  if (text === undefined) throw new InvalidInput(`${what} is ${typeof value}, which JSON has not`)
  return text
}

function textBytes(text: string, what: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  const hint = 'give bytes that are no text as {"$base64": "…"}'
  throw new InvalidInput(`${what} has half of a surrogate pair, which is no character: ${hint}`)
}

function base64Bytes(value: Record<string, unknown>, what: string): Buffer {
  const { $base64: text, ...others } = value
  if (Object.keys(others).length > 0) {
    const hint = 'give JSON that has such a name as a string'
    throw new InvalidInput(`${what}: beside $base64 there may be no other name: ${hint}`)
  }
  if (typeof text !== 'string') {
    throw new InvalidInput(`${what}: $base64 is ${kindOf(text)}, not a string`)
  }
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') === text) return bytes
  throw new InvalidInput(`${what}: $base64 is not base64 with its padding: ${shortened(text)}`)
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
