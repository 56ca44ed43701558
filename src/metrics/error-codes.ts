import type { Field } from '../../protocol/schema.ts'

/** Tells the error codes of a response, wherever they are in it. */
export type ErrorCodes = (response: unknown, tell: (code: number) => void) => void

type Struct = Readonly<Record<string, unknown>>

/** Looks where the schema has them, and nowhere else; undefined where it has none. */
export function errorCodesOf({ facts }: Pick<Field, 'facts'>): ErrorCodes | undefined {
  if (facts.type === 'array') return eachOf(errorCodesOf(facts.element!))
  if (facts.type !== 'struct') return undefined
  const inner = Object.entries(facts.fields!).flatMap(([name, field]) => {
    const codes = errorCodesOf(field)
    return codes === undefined ? [] : [{ name, codes }]
  })
  const hasOwn = 'errorCode' in facts.fields!
  if (!hasOwn && inner.length === 0) return undefined
  return (response, tell) => {
    const struct = response as Struct
    if (hasOwn) tell((struct['errorCode'] ?? 0) as number)
    for (const { name, codes } of inner) {
      // What has a default may be left out, and what may be null is.
      const value = struct[name]
      if (value !== undefined && value !== null) codes(value, tell)
    }
  }
}

function eachOf(codes: ErrorCodes | undefined): ErrorCodes | undefined {
  if (codes === undefined) return undefined
  return (elements, tell) => {
    for (const element of elements as readonly unknown[]) codes(element, tell)
  }
}
