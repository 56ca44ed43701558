import { describe, expect, it } from 'vitest'
import { renewDelegationToken } from '../../protocol/apis/39-renew-delegation-token.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

describe('RenewDelegationToken is not allowed to clients without authentication', () => {
  it.each(versionsOf(renewDelegationToken))('v%i', async version => {
    for (const hmac of [Buffer.alloc(0), Buffer.from('of no token')]) {
      const request = { hmac, renewPeriodMs: -1 }
      const answer = await wire.client.request(renewDelegationToken, version, request)
      expect(named(answer)).toEqual({
        throttleTimeMs: 0,
        error: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
        expiryTimestampMs: -1,
      })
    }
  })
})
