import { operationCodes, resourceTypeCodes } from './acl-codes.ts'
import type { AclIndex, Asker } from './acl-index.ts'
import type { Principal } from './principal.ts'
import type { Operation, ResourceType, Rule } from './required.ts'

export interface AuthorizerOptions {
  acls: Pick<AclIndex, 'decide' | 'allowsAny'>
  /** They may do everything, whatever ACLs say. */
  superUsers: readonly Principal[]
  /** Of a resource for which there is no ACL. */
  allowEveryoneIfNoAclFound: boolean
  /** Told of what a client has asked for by name and is refused; for the audit. */
  denied?: (asker: Asker, rule: Rule, name: string) => void
}

/** Who may do what to which resource, as Kafka's StandardAuthorizer decides it. */
export class Authorizer {
  readonly #options: AuthorizerOptions | undefined

  /** Without options everybody may do everything, as without `authorizer.class.name`. */
  constructor(options?: AuthorizerOptions) {
    this.#options = options
  }

  /** False where everybody may do everything, so that nobody needs to ask. */
  get isEnabled(): boolean {
    return this.#options !== undefined
  }

  /** Whether the client may do what the rule asks for to the resource of this name. */
  allows(asker: Asker, rule: Rule, name: string): boolean {
    const options = this.#options
    if (options === undefined) return true
    if (isAllowed(options, asker, rule.operation, rule.resource, name)) return true
    const isError = rule.denied !== 'left out' && rule.denied !== 'next rule'
    if (isError) options.denied?.(asker, rule, name)
    return false
  }

  /** The same of some resource of the type. */
  allowsAny(asker: Asker, { operation, resource }: Rule): boolean {
    const options = this.#options
    if (options === undefined) return true
    // A name for which there is no ACL tells what holds without one (Kafka: Authorizer).
    if (isAllowed(options, asker, operation, resource, 'hardcode')) return true
    const { acls } = options
    return acls.allowsAny(asker, operationCodes[operation], resourceTypeCodes[resource])
  }

  /** What the client may do to it, as the bit field of KIP-430: bit n is operation n. */
  operations(asker: Asker, resource: ResourceType, name: string): number {
    const options = this.#options
    return supportedOperations[resource]
      .filter(each => options === undefined || isAllowed(options, asker, each, resource, name))
      .reduce((field, operation) => field | (1 << operationCodes[operation]), 0)
  }
}

function isAllowed(
  { acls, superUsers, allowEveryoneIfNoAclFound }: AuthorizerOptions,
  asker: Asker,
  operation: Operation,
  resource: ResourceType,
  name: string,
): boolean {
  const { type, name: user } = asker.principal
  for (const each of superUsers) if (each.name === user && each.type === type) return true
  const verdict = acls.decide(asker, operationCodes[operation], resourceTypeCodes[resource], name)
  return verdict === 'allowed' || (verdict === 'nothing' && allowEveryoneIfNoAclFound)
}

/** What can be done to a resource of each type (Kafka: AclEntry.supportedOperations). */
const supportedOperations: Readonly<Record<ResourceType, readonly Operation[]>> = {
  topic: [
    'read',
    'write',
    'create',
    'delete',
    'alter',
    'describe',
    'describeConfigs',
    'alterConfigs',
  ],
  group: ['read', 'delete', 'describe', 'describeConfigs', 'alterConfigs'],
  cluster: [
    'create',
    'alter',
    'describe',
    'clusterAction',
    'describeConfigs',
    'alterConfigs',
    'idempotentWrite',
  ],
  transactionalId: ['write', 'describe', 'twoPhaseCommit'],
  delegationToken: ['describe'],
  user: ['createTokens', 'describeTokens'],
}
