/**
 * DescribeAcls: v0–3. v1 pattern types (KIP-290); v2 flexible; v3 users as resources (KIP-373).
 * Without an authorizer the answer is SECURITY_DISABLED.
 */
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { errors } from '../../protocol/errors.ts'
import type { AclRow } from '../../storage/metadata-store.ts'
import { refuseUnknown } from '../auth/acl-rules.ts'
import { noAuthorizer } from '../auth/acls.ts'
import { handle } from '../handler.ts'

export default handle(describeAcls, {
  run(filter, { acls }) {
    const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter
    refuseUnknown(resourceTypeFilter, patternTypeFilter, operation, permissionType)
    if (acls === undefined) return { ...noAuthorizer, resources: [] }
    return { errorCode: errors.NONE, errorMessage: '', resources: byPattern(acls.describe(filter)) }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({
    errorCode,
    errorMessage,
    resources: [],
  }),
})

function byPattern(acls: readonly AclRow[]) {
  const groups = Map.groupBy(acls, ({ resourceType, resourceName, patternType }) =>
    JSON.stringify([resourceType, patternType, resourceName]),
  )
  return Array.from(groups.values(), ofPattern => {
    const { resourceType, resourceName, patternType } = ofPattern[0]!
    return { resourceType, resourceName, patternType, acls: ofPattern }
  })
}
