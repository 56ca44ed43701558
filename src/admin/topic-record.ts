import type { KafkaRecord, RecordHeader } from '../../protocol/record-reader.ts'
import { recordToJson, type RecordJson } from './record-json.ts'

/** What `JSON.parse` gives: name what your records hold to have it checked. */
export type Parsed = ReturnType<typeof JSON.parse>

/** A record as it lies in a topic. */
export class TopicRecord<Value = Parsed> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  /** As text; null for none. */
  readonly key: string | null
  /** As text; null for a tombstone. */
  readonly value: string | null
  /** As text, by name; of a name that is repeated, the last one counts. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly #record: KafkaRecord
  #json: { readonly parsed: unknown } | undefined

  constructor(topic: string, partition: number, record: KafkaRecord) {
    this.topic = topic
    this.partition = partition
    this.offset = record.offset
    this.timestamp = record.timestamp
    this.key = record.key?.toString() ?? null
    this.value = record.value?.toString() ?? null
    const headers = record.headers.map(({ key, value }) => [key, value?.toString() ?? null])
    this.headers = Object.fromEntries(headers) as Record<string, string | null>
    this.#record = record
  }

  /** The value, parsed as JSON; null for a tombstone, undefined for a value that is no JSON. */
  get json(): Value {
    this.#json ??= { parsed: parsed(this.value) }
    return this.#json.parsed as Value
  }

  /** A copy, as are the others: the log's own bytes stay as they are. */
  get keyBytes(): Buffer | null {
    return copied(this.#record.key)
  }

  get valueBytes(): Buffer | null {
    return copied(this.#record.value)
  }

  /** All headers, in their order. */
  get headerBytes(): RecordHeader[] {
    return this.#record.headers.map(({ key, value }) => ({ key, value: copied(value) }))
  }

  /** As in exports and over HTTP. */
  toJSON(): { topic: string; partition: number; offset: number } & RecordJson {
    const { topic, partition, offset } = this
    return { topic, partition, offset, ...recordToJson(this.#record) }
  }
}

function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function copied(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}
