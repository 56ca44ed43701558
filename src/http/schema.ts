/** Schemas that only HTTP needs, besides those that the command line has as well. */
import type { JsonSchema, Schema } from '../cli/json-schema.ts'

/** The same with more said of it: a description, a default, an example, a limit. */
export function as<T>({ json }: Schema<T>, more: JsonSchema): Schema<T> {
  return { json: { ...json, ...more } }
}

export const anything: Schema<unknown> = { json: {} }

export function mapOf<T>({ json }: Schema<T>): Schema<Record<string, T>> {
  return { json: { type: 'object', additionalProperties: json } }
}
