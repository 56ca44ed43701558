/** Access control lists. There is no authorizer: nothing is listed, and nothing is denied. */
import { errors } from '../protocol/errors.ts'
import { WireError } from '../protocol/wire.ts'

/** What a broker without `authorizer.class.name` answers to everything about ACLs. */
export const noAuthorizer = {
  errorCode: errors.SECURITY_DISABLED,
  errorMessage: 'This broker has no authorizer.',
} as const

/** The code 0 of Kafka's ResourceType, PatternType, AclOperation and AclPermissionType. */
const unknown = 0

/**
 * Throws a WireError for a code that no client means: to Kafka, a request with one is as unreadable
 * as one that is cut short (DescribeAclsRequest, CreateAclsRequest, DeleteAclsRequest).
 */
export function refuseUnknown(...codes: readonly number[]): void {
  if (codes.includes(unknown)) throw new WireError('unknown element in an ACL')
}
