/**
 * Kafka's message schemas as values. A schema says which fields exist in which versions; the codec
 * of one version is compiled from it (compile.ts). A handler sees one shape for all versions: a
 * field that a version lacks has its default. (Format: KIP-482 for flexible versions and tags.)
 */
import { zeroUuid } from './wire.ts'

export type TypeName =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records'
  | 'recordBatches'
  | 'array'
  | 'struct'

/** The facts of a field; compilation and the comparison with Kafka's own definitions read them. */
export interface FieldFacts {
  readonly type: TypeName
  /** Of an array. */
  readonly element?: Field
  /** Of a struct, in wire order. */
  readonly fields?: Readonly<Record<string, Field>>
  /** First and last version that has the field. */
  readonly firstVersion: number
  readonly lastVersion: number
  /** First version in which the value may be null. */
  readonly nullableSince: number
  /** Tag number; undefined for an ordinary field. */
  readonly tag?: number
  readonly defaultValue: unknown
}

declare const output: unique symbol
declare const input: unique symbol
declare const omittable: unique symbol

/**
 * A typed field: `Out` is what decoding gives, `In` what encoding takes. Modifiers give a new
 * field. One that some version lacks, that is tagged, or has a default may be omitted on encoding.
 */
export class Field<Out = unknown, In = unknown, Omittable extends boolean = boolean> {
  declare readonly [output]: Out
  declare readonly [input]: In
  declare readonly [omittable]: Omittable
  readonly facts: FieldFacts

  constructor(facts: FieldFacts) {
    this.facts = facts
  }

  /** The first version that has this field. */
  since(version: number): Field<Out, In, true> {
    return new Field({ ...this.facts, firstVersion: version })
  }

  /** The last version that has this field. */
  until(version: number): Field<Out, In, true> {
    return new Field({ ...this.facts, lastVersion: version })
  }

  /** May be null, from `since` on. */
  nullable(since = 0): Field<Out | null, In | null, Omittable> {
    return new Field({ ...this.facts, nullableSince: since })
  }

  /** A tagged field, which exists from version `since` on (KIP-482). */
  tagged(tag: number, since: number): Field<Out, In, true> {
    return new Field({ ...this.facts, tag, firstVersion: since })
  }

  /** The value where the version or the writer has none. Without one: 0, '', empty, or zero. */
  default(value: Out): Field<Out, In, true> {
    return new Field({ ...this.facts, defaultValue: value })
  }
}

export type Infer<F> = F extends Field<infer Out> ? Out : never
export type Input<F> = F extends Field<unknown, infer In> ? In : never

type Fields = Readonly<Record<string, Field>>
type OmittableKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, unknown, true> ? K : never
}[keyof F]
type StructOut<F extends Fields> = { [K in keyof F]: Infer<F[K]> }
type StructIn<F extends Fields> = {
  readonly [K in Exclude<keyof F, OmittableKeys<F>>]: Input<F[K]>
} & { readonly [K in OmittableKeys<F>]?: Input<F[K]> }

function type<Out, In = Out>(
  name: TypeName,
  defaultValue: unknown,
  parts: Pick<FieldFacts, 'element' | 'fields'> = {},
): Field<Out, In, false> {
  return new Field({
    type: name,
    ...parts,
    firstVersion: 0,
    lastVersion: Infinity,
    nullableSince: Infinity,
    defaultValue,
  })
}

export const bool = type<boolean>('bool', false)
export const int8 = type<number>('int8', 0)
export const int16 = type<number>('int16', 0)
export const uint16 = type<number>('uint16', 0)
export const int32 = type<number>('int32', 0)
export const uint32 = type<number>('uint32', 0)
/** Values that no safe integer can hold are ±Infinity, and the reverse. */
export const int64 = type<number>('int64', 0)
export const float64 = type<number>('float64', 0)
/** Kafka's text form: base64url, 22 characters. */
export const uuid = type<string>('uuid', zeroUuid)
export const string = type<string>('string', '')
export const nullableString = string.nullable()
export const bytes = type<Buffer>('bytes', Buffer.alloc(0))
/** Record batches as they came: not decoded, not copied. */
export const nullableRecords = type<Buffer>('records', null).nullable()
/** Record batches on their way out, in parts that are sent one after the other, uncopied. */
export const recordBatches = type<readonly Buffer[]>('recordBatches', Object.freeze([]))
export const nullableRecordBatches = type<readonly Buffer[]>('recordBatches', null).nullable()

export function array<Out, In>(element: Field<Out, In>): Field<Out[], readonly In[], false> {
  return type('array', Object.freeze([]), { element })
}

export function struct<F extends Fields>(fields: F): Field<StructOut<F>, StructIn<F>, false> {
  const defaults = Object.entries(fields).map(([name, field]) => [name, field.facts.defaultValue])
  return type('struct', Object.freeze(Object.fromEntries(defaults)), { fields })
}
