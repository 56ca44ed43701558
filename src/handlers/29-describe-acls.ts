/**
 * DescribeAcls: v0–3. v1 pattern types (KIP-290); v2 flexible; v3 users as resources (KIP-373).
 * Answers SECURITY_DISABLED, as Kafka without an authorizer does.
 */
import { describeAcls } from '../../protocol/apis/29-describe-acls.ts'
import { noAuthorizer, refuseUnknown } from '../acls.ts'
import { handle } from '../handler.ts'

export default handle(describeAcls, {
  run({ resourceTypeFilter, patternTypeFilter, operation, permissionType }) {
    refuseUnknown(resourceTypeFilter, patternTypeFilter, operation, permissionType)
    return { ...noAuthorizer, resources: [] }
  },

  fail: errorCode => ({ errorCode, errorMessage: null, resources: [] }),
})
