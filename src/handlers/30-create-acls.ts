/**
 * CreateAcls: v0–3. v1 pattern types (KIP-290); v2 flexible; v3 users as resources (KIP-373).
 * Answers SECURITY_DISABLED for each, as Kafka without an authorizer does.
 */
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { noAuthorizer, refuseUnknown } from '../acls.ts'
import { handle } from '../handler.ts'

export default handle(createAcls, {
  run({ creations }) {
    for (const { resourceType, resourcePatternType, operation, permissionType } of creations) {
      refuseUnknown(resourceType, resourcePatternType, operation, permissionType)
    }
    return { results: creations.map(() => noAuthorizer) }
  },

  fail: (errorCode, { creations }) => ({
    results: creations.map(() => ({ errorCode, errorMessage: null })),
  }),
})
