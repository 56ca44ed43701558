/**
 * DescribeClientQuotas: v0–1 (KIP-546). v1 flexible. Filters may name user, client-id or ip, each
 * exactly, as default or any; strict ones mean entities without further types.
 */
import { describeClientQuotas } from '../../protocol/apis/48-describe-client-quotas.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { entityParts } from '../auth/quota-rules.ts'
import { handle } from '../handler.ts'

export default handle(describeClientQuotas, {
  run(request, { quotas }) {
    try {
      const entries = quotas.describe(request).map(({ entity, values }) => ({
        entity: entityParts(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
        values: Array.from(values, ([key, value]) => ({ key, value })),
      }))
      return { errorCode: errors.NONE, errorMessage: '', entries }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, errorMessage: error.message, entries: null }
    }
  },

  fail: errorCode => ({ errorCode, errorMessage: null, entries: null }),
})
