import { errors } from '../../protocol/errors.ts'
import type { Field, TypeName } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'

const values: Readonly<Record<Exclude<TypeName, 'array' | 'struct'>, unknown>> = {
  bool: false,
  int8: 1,
  int16: 1,
  uint16: 1,
  int32: 1,
  uint32: 1,
  int64: 1,
  float64: 1,
  uuid: zeroUuid,
  string: 'name',
  bytes: Buffer.alloc(0),
  records: Buffer.alloc(0),
  recordBatches: [],
}

/**
 * A value of the schema with one element in each array, so that an answer has where to refuse.
 * `given` takes the place of what all scalars of a type are.
 */
export function sampleOf(
  { facts }: Field,
  version: number,
  given: Partial<Record<TypeName, unknown>> = {},
): unknown {
  if (version < facts.firstVersion || version > facts.lastVersion) return facts.defaultValue
  if (facts.type === 'array') return [sampleOf(facts.element!, version, given)]
  if (facts.type !== 'struct') return given[facts.type] ?? values[facts.type]
  const fields = Object.entries(facts.fields!)
  return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, version, given)]))
}

/** Every error of an answer, wherever it stands. */
export function errorsIn(answer: unknown): number[] {
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return []
  return Object.entries(answer).flatMap(([name, value]) => {
    if (!/errorCode$/i.test(name)) return errorsIn(value)
    return value === errors.NONE ? [] : [value as number]
  })
}
