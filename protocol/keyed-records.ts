/**
 * Records of the topics in which Kafka's coordinators keep their state: keys begin with the type of
 * the record, values with their version.
 */
import { compile, type Codec } from './compile.ts'
import type { Field } from './schema.ts'
import { Writer } from './wire.ts'

export interface RecordType<KeyIn, ValueIn> {
  readonly type: number
  /** Keys have one version, which is not flexible. */
  readonly key: Field<unknown, KeyIn>
  readonly value: Field<unknown, ValueIn>
  /** First version of the value with compact types and tagged fields. */
  readonly flexibleSince: number
}

export interface KeyedRecord {
  key: Buffer
  /** Null deletes what the key names. */
  value: Buffer | null
}

export function encodeRecord<KeyIn, ValueIn>(
  { type, key, value, flexibleSince }: RecordType<KeyIn, ValueIn>,
  version: number,
  keyFields: KeyIn,
  fields: ValueIn | null,
): KeyedRecord {
  return {
    key: encode(codecOf(key, 0, Infinity), type, keyFields),
    value: fields && encode(codecOf(value, version, flexibleSince), version, fields),
  }
}

/** Of all versions of the value. */
export function encodeTombstone<KeyIn>(
  { type, key }: Pick<RecordType<KeyIn, never>, 'type' | 'key'>,
  fields: KeyIn,
): KeyedRecord {
  return { key: encode(codecOf(key, 0, Infinity), type, fields), value: null }
}

function encode<In>(codec: Codec<unknown, In>, prefix: number, fields: In): Buffer {
  const writer = new Writer()
  writer.int16(prefix)
  codec.encode(writer, fields)
  return Buffer.concat(writer.finish())
}

/** By schema and version: each is compiled once, for there are many records. */
const codecs = new Map<Field, unknown[]>()

export function codecOf<Out, In>(
  schema: Field<Out, In>,
  version: number,
  flexibleSince: number,
): Codec<Out, In> {
  let versions = codecs.get(schema)
  if (versions === undefined) codecs.set(schema, (versions = []))
  const codec = (versions[version] ??= compile(schema, version, version >= flexibleSince))
  return codec as Codec<Out, In>
}
