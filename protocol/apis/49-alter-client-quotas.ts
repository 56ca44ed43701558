/**
 * AlterClientQuotas: v0–1. First in KIP-546. v1 flexible.
 */
import { api } from '../api.ts'
import { array, bool, float64, int16, int32, nullableString, string, struct } from '../schema.ts'

export const alterClientQuotas = api({
  key: 49,
  name: 'AlterClientQuotas',
  versions: [0, 1],
  flexibleSince: 1,
  request: struct({
    entries: array(
      struct({
        entity: array(
          struct({
            /** user, client-id or ip. */
            entityType: string,
            /** Null for the default entity. */
            entityName: nullableString,
          }),
        ),
        ops: array(
          struct({
            key: string,
            /** Of no meaning when it is removed. */
            value: float64,
            remove: bool,
          }),
        ),
      }),
    ),
    validateOnly: bool,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    entries: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        entity: array(struct({ entityType: string, entityName: nullableString })),
      }),
    ),
  }),
})
