/**
 * UnregisterBroker: v0. Flexible from the start (KIP-631).
 */
import { api } from '../api.ts'
import { int16, int32, nullableString, struct } from '../schema.ts'

export const unregisterBroker = api({
  key: 64,
  name: 'UnregisterBroker',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({ brokerId: int32 }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
  }),
})
