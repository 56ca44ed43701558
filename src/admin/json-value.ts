/** JSON as people write it: what is read and written again keeps its numbers. */
import { InvalidInput } from './invalid-input.ts'

export type JsonValue =
  string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue }

/** A number that JavaScript may write otherwise: 1.0, 1e3, -0, or of 17 digits. */
const unusualNumber = /\d[.eE]|-0|\d{16}/

interface Source {
  readonly source?: string
}

/** JSON.rawJSON and the source of a number are of ECMAScript 2026: TypeScript has no types yet. */
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, revive: (name: string, value: unknown, context: Source) => unknown): unknown
  rawJSON(text: string): unknown
}

/**
 * Parses JSON; `JSON.stringify` of the result writes each number as it was given, however many
 * digits it has. Throws InvalidInput.
 */
export function parseJson(text: string): unknown {
  try {
    if (!unusualNumber.test(text)) return JSON.parse(text) as unknown
    return parse(text, (_name, value, { source }) => {
      const isOther = typeof value === 'number' && source !== String(value)
      return isOther ? rawJSON(source!) : value
    })
  } catch (error) {
    throw new InvalidInput(`not JSON: ${(error as Error).message}`, { cause: error })
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** For messages: what kind of JSON a value is. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
