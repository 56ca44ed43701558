import { createRequire } from 'node:module'
import type * as Re2 from 're2js'
import { KafkaError } from '../protocol/errors.ts'

/** Whether a name matches a pattern as a whole. */
type Matcher = (name: string) => boolean

const load = createRequire(import.meta.url)
let library: typeof Re2 | undefined

/**
 * A regular expression of a client, in RE2's syntax as in Kafka: RE2 needs linear time for all of
 * them. `field` is where it stood. The library is loaded when the first one comes. Throws
 * INVALID_REGULAR_EXPRESSION.
 */
export function compilePattern(field: string, regex: string): Matcher {
  library ??= load('re2js') as typeof Re2
  try {
    const pattern = library.RE2JS.compile(regex)
    return name => pattern.matches(name)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new KafkaError(
      'INVALID_REGULAR_EXPRESSION',
      `${field} \`${regex}\` is no regular expression of RE2: ${reason}`,
    )
  }
}
