/**
 * DeleteAcls: v0–3. v1 pattern types (KIP-290); v2 flexible; v3 users as resources (KIP-373).
 * Answers SECURITY_DISABLED for each filter, as Kafka without an authorizer does.
 */
import { deleteAcls } from '../../protocol/apis/31-delete-acls.ts'
import { noAuthorizer, refuseUnknown } from '../acls.ts'
import { handle } from '../handler.ts'

export default handle(deleteAcls, {
  run({ filters }) {
    for (const { resourceTypeFilter, patternTypeFilter, operation, permissionType } of filters) {
      refuseUnknown(resourceTypeFilter, patternTypeFilter, operation, permissionType)
    }
    return { filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })) }
  },

  fail: (errorCode, { filters }) => ({
    filterResults: filters.map(() => ({ errorCode, errorMessage: null, matchingAcls: [] })),
  }),
})
