/** What commands print with `--json`, as JSON Schemas that TypeScript knows the types of. */

/** JSON Schema 2020-12, as much of it as is used here. */
export type JsonSchema = Readonly<Record<string, unknown>>

declare const described: unique symbol

/** Describes a `T`. */
export interface Schema<T> {
  readonly [described]?: T
  readonly json: JsonSchema
}

export type Described<S> = S extends Schema<infer T> ? T : never

type Properties = Readonly<Record<string, Schema<unknown>>>
type Required<P extends Properties> = { -readonly [K in keyof P]: Described<P[K]> }
type Optional<P extends Properties> = { -readonly [K in keyof P]?: Described<P[K]> | undefined }

export const string: Schema<string> = { json: { type: 'string' } }
export const number: Schema<number> = { json: { type: 'number' } }
export const integer: Schema<number> = { json: { type: 'integer' } }
export const boolean: Schema<boolean> = { json: { type: 'boolean' } }

/** Whatever JSON can say. */
export const anything: Schema<unknown> = { json: {} }

export function nullable<T>({ json }: Schema<T>): Schema<T | null> {
  return { json: { anyOf: [json, { type: 'null' }] } }
}

export function listOf<T>({ json }: Schema<T>): Schema<T[]> {
  return { json: { type: 'array', items: json } }
}

/** An object with any names. */
export function mapOf<T>({ json }: Schema<T>): Schema<Record<string, T>> {
  return { json: { type: 'object', additionalProperties: json } }
}

export function oneOf<const T extends string>(...values: readonly T[]): Schema<T> {
  return { json: { enum: values } }
}

/** What has one of several forms. */
export function anyOf<const S extends readonly Schema<unknown>[]>(
  ...schemas: S
): Schema<Described<S[number]>> {
  return { json: { anyOf: schemas.map(({ json }) => json) } }
}

/** An object with these properties, and no others. */
export function object<P extends Properties>(properties: P): Schema<Required<P>>
export function object<P extends Properties, Q extends Properties>(
  properties: P,
  optional: Q,
): Schema<Required<P> & Optional<Q>>
export function object(properties: Properties, optional: Properties = {}): Schema<unknown> {
  const all = Object.entries({ ...properties, ...optional })
  return {
    json: {
      type: 'object',
      properties: Object.fromEntries(all.map(([name, { json }]) => [name, json])),
      required: Object.keys(properties),
      additionalProperties: false,
    },
  }
}
