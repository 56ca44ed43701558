import { describe, expect, it } from 'vitest'
import { expireDelegationToken } from '../../protocol/apis/40-expire-delegation-token.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

describe('ExpireDelegationToken is not allowed to clients without authentication', () => {
  it.each(versionsOf(expireDelegationToken))('v%i', async version => {
    for (const hmac of [Buffer.alloc(0), Buffer.from('of no token')]) {
      const request = { hmac, expiryTimePeriodMs: -1 }
      const answer = await wire.client.request(expireDelegationToken, version, request)
      expect(named(answer)).toEqual({
        throttleTimeMs: 0,
        error: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
        expiryTimestampMs: -1,
      })
    }
  })
})
