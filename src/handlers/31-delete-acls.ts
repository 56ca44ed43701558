/**
 * DeleteAcls: v0–3. v1 pattern types (KIP-290); v2 flexible; v3 users as resources (KIP-373).
 * Without an authorizer the answer is SECURITY_DISABLED for each filter.
 */
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { errors } from '../../protocol/errors.ts'
import { refuseUnknown } from '../auth/acl-rules.ts'
import { noAuthorizer, type Deleted } from '../auth/acls.ts'
import { handle } from '../handler.ts'

const success = { errorCode: errors.NONE, errorMessage: null } as const

export default handle(deleteAcls, {
  async run({ filters }, { acls }) {
    for (const { resourceTypeFilter, patternTypeFilter, operation, permissionType } of filters) {
      refuseUnknown(resourceTypeFilter, patternTypeFilter, operation, permissionType)
    }
    if (acls === undefined) {
      return { filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })) }
    }
    return { filterResults: (await acls.delete(filters)).map(resultOf) }
  },

  fail: (errorCode, { filters }, _version, _api, errorMessage) => ({
    filterResults: filters.map(() => ({ errorCode, errorMessage, matchingAcls: [] })),
  }),
})

function resultOf(deleted: Deleted) {
  if ('acls' in deleted) {
    return { ...success, matchingAcls: deleted.acls.map(row => ({ ...success, ...row })) }
  }
  const { code, message } = deleted.error
  return { errorCode: code, errorMessage: message, matchingAcls: [] }
}
