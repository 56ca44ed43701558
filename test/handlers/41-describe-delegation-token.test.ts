import { describe, expect, it } from 'vitest'
import { describeDelegationToken } from '../../protocol/apis/41-describe-delegation-token.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

describe('DescribeDelegationToken is not allowed to clients without authentication', () => {
  it.each(versionsOf(describeDelegationToken))('v%i', async version => {
    for (const owners of [null, [], [{ principalType: 'User', principalName: 'bob' }]]) {
      const answer = await wire.client.request(describeDelegationToken, version, { owners })
      expect(named(answer)).toEqual({
        throttleTimeMs: 0,
        error: 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
        tokens: [],
      })
    }
  })
})
