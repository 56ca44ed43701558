/** How records are shown: as kcat does in JSON, in a format, or on a line for people. */
import { isUtf8 } from 'node:buffer'
import type { ReadRecord } from '../client/read-record.ts'
import {
  anyOf,
  integer,
  listOf,
  nullable,
  object,
  oneOf,
  string,
  type Described,
} from './json-schema.ts'
import { printable } from './printable.ts'

/** The fields of kcat's -J, in its order; `marker` is ours, with --txn-markers. */
export const consumed = object(
  {
    topic: string,
    partition: integer,
    offset: integer,
    tstype: oneOf('create', 'logappend'),
    ts: integer,
    broker: integer,
    key: nullable(string),
    payload: nullable(string),
  },
  {
    /** Names and values in turns. */
    headers: listOf(anyOf(string, nullable(string))),
    marker: oneOf('commit', 'abort'),
  },
)
export type Consumed = Described<typeof consumed>

const textOf = (bytes: Buffer | null): string | null => bytes?.toString('utf8') ?? null

export function toConsumed({ from, batch, marker, ...record }: ReadRecord): Consumed {
  const headers = record.headers.flatMap(({ key, value }) => [key, textOf(value)])
  return {
    topic: from.topic,
    partition: from.partition,
    offset: record.offset,
    tstype: batch.timestampType === 'LogAppendTime' ? 'logappend' : 'create',
    ts: record.timestamp,
    broker: from.node,
    ...(headers.length === 0 ? {} : { headers }),
    ...(marker === undefined
      ? { key: textOf(record.key), payload: textOf(record.value) }
      : { key: null, payload: null, marker }),
  }
}

/** A line for people; the topic where there may be several. */
export function recordLine(record: ReadRecord, { withTopic = false } = {}): string {
  const { from, offset, timestamp, key, value, headers, marker } = record
  const where = `${withTopic ? from.topic : ''}${withTopic ? '-' : ''}${from.partition}@${offset}`
  const time = timestamp < 0 ? '-' : new Date(timestamp).toISOString()
  if (marker !== undefined) return `${time}  ${where}  (${marker} of a transaction)`
  const own = headers.map(header => `${printable(header.key)}=${shown(header.value)}`)
  const parts = [time, where, shown(key), shown(value)]
  return [...parts, ...(own.length === 0 ? [] : [`{${own.join(', ')}}`])].join('  ')
}

function shown(bytes: Buffer | null): string {
  if (bytes === null) return 'null'
  if (!isUtf8(bytes)) return `base64:${bytes.toString('base64')}`
  return printable(bytes.toString('utf8'))
}
