/**
 * CreateAcls: v0–3. v1 pattern types (KIP-290); v2 flexible; v3 users as resources (KIP-373).
 * Without an authorizer the answer is SECURITY_DISABLED for each.
 */
import { createAcls } from '../../protocol/apis/30-create-acls.ts'
import { errors } from '../../protocol/errors.ts'
import { refuseUnknown } from '../auth/acl-rules.ts'
import { noAuthorizer } from '../auth/acls.ts'
import { handle } from '../handler.ts'

export default handle(createAcls, {
  async run({ creations }, { acls }) {
    for (const { resourceType, resourcePatternType, operation, permissionType } of creations) {
      refuseUnknown(resourceType, resourcePatternType, operation, permissionType)
    }
    if (acls === undefined) return { results: creations.map(() => noAuthorizer) }
    const rows = creations.map(({ resourcePatternType: patternType, ...rest }) => ({
      ...rest,
      patternType,
    }))
    const faults = await acls.create(rows)
    const results = faults.map(fault => ({
      errorCode: fault?.code ?? errors.NONE,
      errorMessage: fault?.message ?? '',
    }))
    return { results }
  },

  fail: (errorCode, { creations }, _version, _api, errorMessage) => ({
    results: creations.map(() => ({ errorCode, errorMessage })),
  }),
})
