/** What an ACL may be, and which ones a filter means (Kafka: AclControlManager, AclApis). */
import { KafkaError } from '../../protocol/errors.ts'
import { WireError } from '../../protocol/wire.ts'
import type { AclRow } from '../../storage/metadata-store.ts'
import {
  any,
  clusterName,
  matchingPatterns,
  operationCodes,
  patternTypes,
  permissionTypes,
  resourceTypeCodes,
} from './acl-codes.ts'

/** Which ACLs are meant; null is any, and so is 1. */
export interface AclFilter {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

const lastResourceType = Math.max(...Object.values(resourceTypeCodes))
const lastOperation = Math.max(...Object.values(operationCodes))

/**
 * Throws a WireError for a code that no client means: to Kafka, a request with one is as unreadable
 * as one that is cut short (DescribeAclsRequest, CreateAclsRequest, DeleteAclsRequest).
 */
export function refuseUnknown(...codes: readonly number[]): void {
  if (codes.includes(0)) throw new WireError('unknown element in an ACL')
}

/**
 * Throws UNKNOWN_SERVER_ERROR, as Kafka does, where an ACL has what only filters have
 * (ResourcePattern, AccessControlEntry).
 */
export function refuseFilter(acl: AclRow): void {
  const { resourceType, patternType, operation, permissionType } = acl
  const isFilter =
    [resourceType, patternType, operation, permissionType].includes(any) ||
    patternType === matchingPatterns
  if (isFilter) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'an ACL must not be a filter')
}

/** What is wrong with a new ACL, if anything is. */
export function faultOf(acl: AclRow): KafkaError | undefined {
  const reason = reasonAgainst(acl)
  return reason === undefined ? undefined : new KafkaError('INVALID_REQUEST', reason)
}

function reasonAgainst(acl: AclRow): string | undefined {
  const { resourceType, resourceName, patternType, principal, operation, permissionType } = acl
  if (resourceType === resourceTypeCodes.cluster && resourceName !== clusterName) {
    return `The only valid name for the CLUSTER resource is ${clusterName}`
  }
  if (resourceName === '') return 'Invalid empty resource name'
  if (!isKnown(resourceType, lastResourceType)) return 'Invalid resourceType UNKNOWN'
  if (!isOneOf(patternTypes, patternType)) return 'Invalid patternType UNKNOWN'
  if (!isKnown(operation, lastOperation)) return 'Invalid operation UNKNOWN'
  if (!isOneOf(permissionTypes, permissionType)) return 'Invalid permissionType UNKNOWN'
  if (!principal.includes(':')) {
    return (
      `Could not parse principal from \`${principal}\` (no colon is present separating the` +
      ' principal type from the principal name)'
    )
  }
  return undefined
}

function isKnown(code: number, last: number): boolean {
  return code > any && code <= last
}

function isOneOf(codes: Readonly<Record<string, number>>, code: number): boolean {
  return Object.values(codes).includes(code)
}

/** What is wrong with a filter of what is to be deleted; such a one may only list. */
export function faultOfFilter(filter: AclFilter): KafkaError | undefined {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter
  const isPatternKnown =
    isKnownInFilter(resourceTypeFilter, lastResourceType) &&
    isKnownInFilter(patternTypeFilter, patternTypes.prefixed)
  if (!isPatternKnown) return new KafkaError('INVALID_REQUEST', 'Unknown patternFilter.')
  const isEntryKnown =
    isKnownInFilter(operation, lastOperation) &&
    isKnownInFilter(permissionType, permissionTypes.allow)
  return isEntryKnown ? undefined : new KafkaError('INVALID_REQUEST', 'Unknown entryFilter.')
}

function isKnownInFilter(code: number, last: number): boolean {
  return code >= any && code <= last
}

/** Kafka: ResourcePatternFilter, AccessControlEntryFilter. */
export function isMeant(acl: AclRow, filter: AclFilter): boolean {
  const { principalFilter, hostFilter } = filter
  return (
    isAnyOr(filter.resourceTypeFilter, acl.resourceType) &&
    isPatternMeant(acl, filter) &&
    (principalFilter === null || principalFilter === acl.principal) &&
    (hostFilter === null || hostFilter === acl.host) &&
    isAnyOr(filter.operation, acl.operation) &&
    isAnyOr(filter.permissionType, acl.permissionType)
  )
}

function isAnyOr(wanted: number, code: number): boolean {
  return wanted === any || wanted === code
}

function isPatternMeant(
  { patternType, resourceName }: AclRow,
  { patternTypeFilter: wanted, resourceNameFilter: name }: AclFilter,
): boolean {
  if (wanted !== matchingPatterns) {
    return isAnyOr(wanted, patternType) && (name === null || name === resourceName)
  }
  if (name === null) return true
  if (patternType === patternTypes.prefixed) return name.startsWith(resourceName)
  return resourceName === name || resourceName === '*'
}

/** All that an ACL says: no two are there that say the same. */
export function aclText(row: AclRow): string {
  const { resourceType, resourceName, patternType, principal, host } = row
  const { operation, permissionType } = row
  return JSON.stringify([
    resourceType,
    resourceName,
    patternType,
    principal,
    host,
    operation,
    permissionType,
  ])
}
