/** A record as JSON, in seeds, exports, HTTP and the command line: one form for all of them. */
import type { NewRecord } from '../../protocol/records.ts'
import type { RecordHeader } from '../../protocol/record-reader.ts'
import { InvalidInput } from './invalid-input.ts'
import { isObject, kindOf, type JsonValue } from './json-value.ts'
import { payloadFromJson, payloadToJson, textToJson } from './payload-json.ts'

/** As it is written. What is read may leave out all but the value. */
export interface RecordJson {
  /** ISO 8601, or milliseconds since the epoch where that cannot tell them. */
  timestamp: string | number
  key: JsonValue
  value: JsonValue
  /** Left out when there are none. */
  headers?: HeadersJson
}

/**
 * By name; the values of a name that is repeated are in an array. Where an object would put them
 * into another order, pairs of name and value.
 */
export type HeadersJson = { [name: string]: JsonValue } | [name: string, value: JsonValue][]

/** What was read. */
export interface RecordInput extends Omit<NewRecord, 'timestamp'> {
  headers: RecordHeader[]
  /** Milliseconds since the epoch; undefined for now. */
  timestamp: number | undefined
  /** Undefined where it follows from the key. */
  partition: number | undefined
}

export function recordToJson(record: NewRecord): RecordJson {
  const { headers = [] } = record
  return {
    timestamp: timestampToJson(record.timestamp),
    key: payloadToJson(record.key),
    value: payloadToJson(record.value),
    ...(headers.length > 0 ? { headers: headersToJson(headers) } : {}),
  }
}

const fields = new Set(['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'])

/**
 * Reads a record, in a program also with Uint8Arrays and Dates. The topic is for the caller to
 * look at, the offset for nobody: a log gives its own. Throws InvalidInput.
 */
export function recordFromJson(json: unknown): RecordInput {
  if (!isObject(json)) throw new InvalidInput(`a record is an object, not ${kindOf(json)}`)
  const unknown = Object.keys(json).find(name => !fields.has(name))
  if (unknown !== undefined) {
    const known = [...fields].join(', ')
    throw new InvalidInput(`a record has no field ${JSON.stringify(unknown)}; it has ${known}`)
  }
  if (json.value === undefined) {
    throw new InvalidInput('a record needs a value; null is a tombstone')
  }
  return {
    partition: partitionFromJson(json.partition),
    timestamp: timestampFromJson(json.timestamp),
    key: json.key === undefined ? null : payloadFromJson(json.key, 'key'),
    value: payloadFromJson(json.value, 'value'),
    headers: headersFromJson(json.headers),
  }
}

function partitionFromJson(json: unknown): number | undefined {
  if (json === undefined || json === null) return undefined
  if (Number.isInteger(json) && (json as number) >= 0) return json as number
  throw new InvalidInput(`partition is a number from 0 on, not ${JSON.stringify(json)}`)
}

/** What Date can tell. */
const maxTimestampMs = 8.64e15

function timestampToJson(timestampMs: number): string | number {
  const isTime = timestampMs >= 0 && timestampMs <= maxTimestampMs
  return isTime ? new Date(timestampMs).toISOString() : timestampMs
}

/** A date, or with a time also the zone, for it would be another moment on each machine. */
const isoTime = /^[+-]?\d{4,6}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d:?\d\d))?$/i

/** Milliseconds since the epoch; undefined where nothing was given. Throws InvalidInput. */
export function timestampFromJson(json: unknown): number | undefined {
  if (json === undefined || json === null) return undefined
  const ms = json instanceof Date ? json.getTime() : json
  if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= -1) return ms
  const parsed = typeof json === 'string' && isoTime.test(json) ? Date.parse(json) : NaN
  if (parsed >= 0) return parsed
  const forms = '"2026-11-21T10:00:00Z" or milliseconds since 1970'
  throw new InvalidInput(`timestamp is ${forms}, not ${JSON.stringify(json)}`)
}

function headersToJson(headers: readonly RecordHeader[]): HeadersJson {
  const byName = Object.groupBy(headers, ({ key }) => key) as Record<string, RecordHeader[]>
  const inThatOrder = Object.values(byName).flat()
  if (headers.some((header, i) => header !== inThatOrder[i])) {
    return headers.map(({ key, value }): [string, JsonValue] => [key, textToJson(value)])
  }
  return Object.fromEntries(
    Object.entries(byName).map(([name, [first, ...others]]) => {
      const values = [first!, ...others].map(({ value }) => textToJson(value))
      return [name, others.length > 0 ? values : values[0]!]
    }),
  )
}

/** Throws InvalidInput. */
function headersFromJson(json: unknown): RecordHeader[] {
  if (json === undefined || json === null) return []
  if (Array.isArray(json)) return json.map(headerFromPair)
  if (isObject(json)) {
    return Object.entries(json).flatMap(([name, values]) => {
      const each = Array.isArray(values) ? values : [values]
      return each.map(value => headerFromPair([name, value]))
    })
  }
  throw new InvalidInput(`headers are an object of names and values, not ${kindOf(json)}`)
}

function headerFromPair(pair: unknown): RecordHeader {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
    const hint = 'each is an array of name and value where headers are an array'
    throw new InvalidInput(`a header is ${JSON.stringify(pair)}: ${hint}`)
  }
  const [key, value] = pair as [string, unknown]
  return { key, value: payloadFromJson(value, `header ${JSON.stringify(key)}`) }
}
