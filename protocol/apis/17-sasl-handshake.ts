/**
 * SaslHandshake: v0–1. v1 moves the tokens that follow into SaslAuthenticate (KIP-152); after v0
 * they come as bare frames. Clients up to 2.4 negotiate it wrongly, so there is no v2, and it is
 * never flexible.
 */
import { api } from '../api.ts'
import { array, int16, string, struct } from '../schema.ts'

export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexibleSince: null,
  request: struct({ mechanism: string }),
  response: struct({
    errorCode: int16,
    mechanisms: array(string),
  }),
})
