import type { AclRow } from '../../storage/metadata-store.ts'
import type { Config } from '../config.ts'
import { Acls, type AclsOptions } from './acls.ts'
import { Authorizer } from './authorizer.ts'
import type { Audit } from '../audit/audit.ts'
import { parsePrincipal } from './principal.ts'
import { apiOf } from './required.ts'

/**
 * The authorizer that is configured, with the ACLs that it looks at. Where there is none, those
 * that were stored stay as they are.
 */
export function openAuthorizer(
  rows: ReadonlyMap<string, AclRow>,
  { config, audit, ...options }: AclsOptions & { config: Config; audit: Pick<Audit, 'record'> },
): { acls: Acls | undefined; authorizer: Authorizer } {
  const { authorizerClassName, superUsers, allowEveryoneIfNoAclFound } = config
  if (authorizerClassName === '') return { acls: undefined, authorizer: new Authorizer() }
  const acls = new Acls(options)
  acls.load(rows)
  const authorizer = new Authorizer({
    acls: acls.index,
    superUsers: superUsers.split(';').flatMap(text => parsePrincipal(text.trim()) ?? []),
    allowEveryoneIfNoAclFound,
    denied: (actor, rule, name) => {
      const { operation, resource: type } = rule
      const resource = { type, name }
      const api = apiOf(rule)
      audit.record({ type: 'authorization', outcome: 'denied', actor, api, operation, resource })
    },
  })
  return { acls, authorizer }
}
