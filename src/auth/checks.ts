/** What handlers ask of the authorizer, in their words. */
import { KafkaError } from '../../protocol/errors.ts'
import type { Context } from '../handler.ts'
import type { Rule } from './required.ts'

/** Who asks, and whom. */
export type Asking = Pick<Context, 'authorizer' | 'principal' | 'clientHost'>

/** Throws the error of the rule unless the client may do this to the resource of this name. */
export function checkAllowed(context: Asking, rule: Rule, name: string): void {
  if (!context.authorizer.allows(context, rule, name)) throw denialOf(rule)
}

/** The same of several resources, all of which are needed; `reason` is for the client. */
export function checkAllAllowed(
  context: Asking,
  rule: Rule,
  names: Iterable<string>,
  reason?: string,
): void {
  const { authorizer } = context
  if (!authorizer.isEnabled) return
  for (const name of new Set(names)) {
    if (!authorizer.allows(context, rule, name)) throw denialOf(rule, reason)
  }
}

/** What the rule answers where it is not met. */
export function denialOf({ denied }: Rule, reason?: string): KafkaError {
  if (denied === 'left out' || denied === 'next rule') throw new Error(`${denied} is no error`)
  return new KafkaError(denied, reason)
}

export interface Split<T> {
  readonly allowed: readonly T[]
  readonly denied: readonly T[]
}

const none: readonly never[] = []

/**
 * Tells items apart by what the client may do to the resources that they name; their order stays.
 * What names nothing that there is (undefined) is not for the authorizer to judge, thus allowed.
 */
export function splitAllowed<T>(
  context: Asking,
  rule: Rule,
  items: readonly T[],
  nameOf: (item: T) => string | undefined,
): Split<T> {
  if (!context.authorizer.isEnabled) return { allowed: items, denied: none }
  const answers = new Map<string, boolean>()
  const isAllowed = (item: T): boolean => {
    const name = nameOf(item)
    if (name === undefined) return true
    const answer = answers.get(name) ?? context.authorizer.allows(context, rule, name)
    answers.set(name, answer)
    return answer
  }
  const { yes = none, no = none } = Object.groupBy(items, item => (isAllowed(item) ? 'yes' : 'no'))
  return { allowed: yes, denied: no }
}
