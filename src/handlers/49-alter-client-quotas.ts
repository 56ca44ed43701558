/**
 * AlterClientQuotas: v0–1 (KIP-546). v1 flexible. Quotas of users, clients, both, and addresses, by
 * name or by default, are checked, stored, and act at once (src/throttling/).
 */
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import { errors } from '../../protocol/errors.ts'
import { entityParts, quotaEntity, type QuotaEntity } from '../auth/quota-rules.ts'
import { handle } from '../handler.ts'

export default handle(alterClientQuotas, {
  async run({ entries, validateOnly }, { quotas }) {
    const alterations = entries.map(({ entity, ops }) => ({
      entity: quotaEntity(entity),
      operations: ops.map(({ key, value, remove }) => {
        return { key, value: remove ? undefined : value }
      }),
    }))
    const altered = await quotas.alter(alterations, validateOnly)
    return {
      entries: altered.map(({ entity, error }) => ({
        errorCode: error?.code ?? errors.NONE,
        errorMessage: error?.message ?? null,
        entity: partsOf(entity),
      })),
    }
  },

  fail: (errorCode, { entries }, _version, _api, errorMessage) => ({
    entries: entries.map(({ entity }) => ({ errorCode, errorMessage, entity })),
  }),
})

function partsOf(entity: QuotaEntity) {
  return entityParts(entity).map(([entityType, entityName]) => ({ entityType, entityName }))
}
