/** ACLs for tests, in few words. */
import type { AclRow } from '../../storage/metadata-store.ts'
import {
  allOperations,
  operationCodes,
  patternTypes,
  permissionTypes,
  resourceTypeCodes,
} from '../../src/auth/acl-codes.ts'
import type { Asker } from '../../src/auth/acl-index.ts'
import type { Operation, ResourceType, Rule } from '../../src/auth/required.ts'

/**
 * 'allow User:alice to read topic orders'; a name that ends in '…' is a prefix, and the host stands
 * behind 'from'.
 */
export function acl(text: string): AclRow {
  const form = /^(allow|deny) (\S+) to (\w+) (\w+) (\S+?)(…?)(?: from (\S+))?$/
  const [, permission, principal, operation, resource, name, isPrefix, host] = form.exec(text) ?? []
  if (permission === undefined) throw new Error(`'${text}' is no ACL`)
  return {
    resourceType: resourceTypeCodes[resource as ResourceType],
    resourceName: name!,
    patternType: isPrefix ? patternTypes.prefixed : patternTypes.literal,
    principal: principal!,
    host: host ?? '*',
    operation: operation === 'all' ? allOperations : operationCodes[operation as Operation],
    permissionType: permissionTypes[permission as 'allow' | 'deny'],
  }
}

export function asker(name: string, host = '192.0.2.1', type = 'User'): Asker {
  return { principal: { type, name }, clientHost: `/${host}` }
}

export function rule(resource: ResourceType, operation: Operation): Rule {
  return { resource, operation, denied: 'left out' }
}
