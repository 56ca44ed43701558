/**
 * From a schema to the codec of one version. Each struct becomes one generated function: a single
 * object literal and a straight sequence of calls, which the engine compiles as well as code that
 * is written by hand. Where code generation is forbidden, closures do the same.
 */
import type { Field } from './schema.ts'
import { maxStringBytes, WireError, Writer, type Reader } from './wire.ts'

export interface Codec<Out, In> {
  decode(reader: Reader): Out
  encode(writer: Writer, value: In): void
}

type AnyCodec = Codec<unknown, unknown>
type Fields = Readonly<Record<string, Field>>
type Struct = Record<string, unknown>

/** One field of a struct in one version. */
interface Slot {
  name: string
  codec: AnyCodec
  /** Set where a Reader and Writer method of that name is the whole codec. */
  primitive: string | undefined
  present: boolean
  tag: number | undefined
  field: Field
}

const primitives: ReadonlySet<string> = new Set([
  'bool',
  'int8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'float64',
  'uuid',
])

/** The codec of a struct in one version. */
export function compile<Out, In>(
  struct: Field<Out, In>,
  version: number,
  flexible: boolean,
): Codec<Out, In> {
  return compileStruct(struct.facts.fields!, version, flexible) as Codec<Out, In>
}

function compileStruct(fields: Fields, version: number, flexible: boolean): AnyCodec {
  const slots = Object.entries(fields).map(([name, field]): Slot => {
    const { type, firstVersion, lastVersion, tag } = field.facts
    return {
      name,
      field,
      codec: codecOf(field, version, flexible),
      primitive: primitives.has(type) ? type : undefined,
      present: version >= firstVersion && version <= lastVersion,
      tag,
    }
  })
  const tagged = slots
    .filter(slot => slot.present && slot.tag !== undefined)
    .toSorted((a, b) => a.tag! - b.tag!)
  const struct = canGenerate() ? generate(slots) : interpret(slots)
  if (!flexible) return struct
  return {
    decode(reader) {
      const value = struct.decode(reader) as Struct
      decodeTags(reader, tagged, value)
      return value
    },
    encode(writer, value) {
      struct.encode(writer, value)
      encodeTags(writer, tagged, value as Struct)
    },
  }
}

let generation: boolean | undefined

/** False under a policy that forbids it (--disallow-code-generation-from-strings). */
function canGenerate(): boolean {
  if (generation === undefined) {
    try {
      generation = new Function('return true')() as boolean
    } catch {
      generation = false
    }
  }
  return generation
}

const isOrdinary = (slot: Slot): boolean => slot.present && slot.tag === undefined

/** The source text has nothing in it but field names of our own schemas. */
function generate(slots: Slot[]): AnyCodec {
  const reads: string[] = []
  const writes: string[] = []
  slots.forEach(({ name, primitive }, i) => {
    if (!isOrdinary(slots[i]!)) {
      reads.push(`${name}: defaults[${i}]`)
      return
    }
    const value = `v.${name} === undefined ? defaults[${i}] : v.${name}`
    reads.push(`${name}: ${primitive ? `r.${primitive}()` : `codecs[${i}].decode(r)`}`)
    writes.push(primitive ? `w.${primitive}(${value})` : `codecs[${i}].encode(w, ${value})`)
  })
  const build = new Function(
    'codecs',
    'defaults',
    `return {
      decode(r) { return { ${reads.join(', ')} } },
      encode(w, v) { ${writes.join('; ')} },
    }`,
  ) as (codecs: AnyCodec[], defaults: unknown[]) => AnyCodec
  return build(
    slots.map(slot => slot.codec),
    slots.map(slot => slot.field.facts.defaultValue),
  )
}

/** The same as `generate`, step by step. */
function interpret(slots: Slot[]): AnyCodec {
  return {
    decode(reader) {
      const value: Struct = {}
      for (const slot of slots) {
        value[slot.name] = isOrdinary(slot)
          ? slot.codec.decode(reader)
          : slot.field.facts.defaultValue
      }
      return value
    },
    encode(writer, value) {
      for (const slot of slots) {
        if (isOrdinary(slot)) slot.codec.encode(writer, valueOf(slot, value as Struct))
      }
    },
  }
}

function valueOf(slot: Slot, struct: Struct): unknown {
  const value = struct[slot.name]
  return value === undefined ? slot.field.facts.defaultValue : value
}

function decodeTags(reader: Reader, tagged: readonly Slot[], into: Struct): void {
  const count = reader.uvarint()
  for (let i = 0; i < count; i++) {
    const tag = reader.uvarint()
    const bytes = reader.uvarint()
    const end = reader.offset + bytes
    const slot = tagged.find(candidate => candidate.tag === tag)
    if (slot === undefined) {
      reader.skip(bytes)
      continue
    }
    into[slot.name] = slot.codec.decode(reader)
    if (reader.offset !== end) throw new WireError(`tagged field ${slot.name} is not ${bytes} long`)
  }
}

/** Tagged fields that have their default are left out. */
function encodeTags(writer: Writer, tagged: readonly Slot[], from: Struct): void {
  const set = tagged.filter(slot => !isDefault(slot.field, valueOf(slot, from)))
  writer.uvarint(set.length)
  for (const slot of set) {
    const body = new Writer()
    slot.codec.encode(body, valueOf(slot, from))
    writer.uvarint(slot.tag!)
    writer.uvarint(body.length)
    for (const part of body.finish()) writer.raw(part)
  }
}

function isDefault(field: Field, value: unknown): boolean {
  const { type, fields, defaultValue } = field.facts
  if (value === defaultValue) return true
  if (value === null || defaultValue === null) return false
  if (Array.isArray(value) || Buffer.isBuffer(value)) return value.length === 0
  if (type !== 'struct') return false
  return Object.entries(fields!).every(([name, inner]) => {
    const part = (value as Struct)[name]
    return part === undefined || isDefault(inner, part)
  })
}

function codecOf(field: Field, version: number, flexible: boolean): AnyCodec {
  const { type, element, fields, nullableSince, tag } = field.facts
  const nullable = version >= nullableSince
  switch (type) {
    case 'string':
      return stringCodec(nullable, flexible)
    case 'bytes':
    case 'records':
      return bytesCodec(nullable, flexible)
    case 'recordBatches':
      return recordBatchesCodec(nullable, flexible)
    case 'array':
      return arrayCodec(codecOf(element!, version, flexible), nullable, flexible)
    case 'struct': {
      const codec = compileStruct(fields!, version, flexible)
      return nullable ? nullableStruct(codec, tag !== undefined) : codec
    }
    default:
      return {
        decode: reader => reader[type](),
        encode: (writer, value) => writer[type](value as never),
      }
  }
}

/**
 * The length in front of a variable value, or -1 for null. Flexible versions write length + 1 as an
 * unsigned varint and 0 for null; others write it as int16 (strings) or int32, below 0 for null.
 */
function readLength(reader: Reader, nullable: boolean, flexible: boolean, short: boolean): number {
  const length = flexible ? (reader.uvarint() - 1) | 0 : short ? reader.int16() : reader.int32()
  if (length >= 0) return length
  if (!nullable) throw new WireError(`null at ${reader.offset}, where no null may be`)
  return -1
}

function writeLength(writer: Writer, length: number, flexible: boolean, short: boolean): void {
  if (flexible) writer.uvarint(length + 1)
  else if (short) writer.int16(length)
  else writer.int32(length)
}

function stringCodec(nullable: boolean, flexible: boolean): Codec<string | null, unknown> {
  return {
    decode(reader) {
      const length = readLength(reader, nullable, flexible, true)
      return length < 0 ? null : reader.text(length)
    },
    encode(writer, value) {
      if (value === null && nullable) return writeLength(writer, -1, flexible, true)
      const text = value as string
      const length = Buffer.byteLength(text)
      if (length > maxStringBytes) throw new RangeError(`string of ${length} bytes cannot be sent`)
      writeLength(writer, length, flexible, true)
      writer.text(text, length)
    },
  }
}

function bytesCodec(nullable: boolean, flexible: boolean): Codec<Buffer | null, unknown> {
  return {
    decode(reader) {
      const length = readLength(reader, nullable, flexible, false)
      return length < 0 ? null : reader.view(length)
    },
    encode(writer, value) {
      if (value === null && nullable) return writeLength(writer, -1, flexible, false)
      writeLength(writer, (value as Buffer).length, flexible, false)
      writer.raw(value as Buffer)
    },
  }
}

function recordBatchesCodec(nullable: boolean, flexible: boolean): Codec<Buffer[] | null, unknown> {
  return {
    decode(reader) {
      const length = readLength(reader, nullable, flexible, false)
      return length < 0 ? null : [reader.view(length)]
    },
    encode(writer, value) {
      if (value === null && nullable) return writeLength(writer, -1, flexible, false)
      const parts = value as readonly Buffer[]
      let bytes = 0
      for (const part of parts) bytes += part.length
      writeLength(writer, bytes, flexible, false)
      for (const part of parts) writer.raw(part)
    },
  }
}

function arrayCodec(
  element: AnyCodec,
  nullable: boolean,
  flexible: boolean,
): Codec<unknown[] | null, unknown> {
  return {
    decode(reader) {
      const count = readLength(reader, nullable, flexible, false)
      if (count < 0) return null
      // Each element takes a byte or more (CVE-2022-34917: a count is not a reason to allocate).
      if (count > reader.remaining) throw new WireError(`${count} elements in too few bytes`)
      const values: unknown[] = []
      for (let i = 0; i < count; i++) values.push(element.decode(reader))
      return values
    },
    encode(writer, value) {
      if (value === null && nullable) return writeLength(writer, -1, flexible, false)
      const values = value as readonly unknown[]
      writeLength(writer, values.length, flexible, false)
      for (const item of values) element.encode(writer, item)
    },
  }
}

/** A nullable struct has a byte in front: below 0 for null (KIP-893). */
/** Kafka tells null from a struct in a byte: -1 and 1, but 0 and 1 where the field is tagged. */
function nullableStruct(codec: AnyCodec, isTagged: boolean): AnyCodec {
  const none = isTagged ? 0 : -1
  return {
    decode: reader => (reader.int8() <= none ? null : codec.decode(reader)),
    encode(writer, value) {
      writer.int8(value === null ? none : 1)
      if (value !== null) codec.encode(writer, value)
    },
  }
}
