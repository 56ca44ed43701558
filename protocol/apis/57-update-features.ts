/**
 * UpdateFeatures: v0–2. Flexible from the start (KIP-584). v1 kinds of downgrades, and validation
 * only (KIP-778). v2 one result for all features (KIP-1022).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const updateFeatures = api({
  key: 57,
  name: 'UpdateFeatures',
  versions: [0, 2],
  flexibleSince: 0,
  request: struct({
    timeoutMs: int32.default(60_000),
    featureUpdates: array(
      struct({
        feature: string,
        /** Below 1 deletes the finalized feature. */
        maxVersionLevel: int16,
        allowDowngrade: bool.until(0),
        /** 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. */
        upgradeType: int8.since(1).default(1),
      }),
    ),
    validateOnly: bool.since(1),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
    results: array(
      struct({ feature: string, errorCode: int16, errorMessage: nullableString }),
    ).until(1),
  }),
})
