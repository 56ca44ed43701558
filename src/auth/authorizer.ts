/** Who may do what to which resource. */
import type { Call } from '../call.ts'
import type { Rule } from './required.ts'

/** Without `authorizer.class.name`, everybody may do everything. */
export class Authorizer {
  /** Whether the client may do what the rule asks for to the resource of this name. */
  allows(_call: Pick<Call, 'principal' | 'clientHost'>, _rule: Rule, _name: string): boolean {
    return true
  }
}
