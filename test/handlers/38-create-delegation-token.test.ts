import { describe, expect, it } from 'vitest'
import { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import { latest, named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const nobody = { ownerPrincipalType: null, ownerPrincipalName: null }
const anonymous = ['User', 'ANONYMOUS'] as const

function refused(error: string, [type, name]: readonly [string, string], version: number) {
  return {
    throttleTimeMs: 0,
    error,
    principalType: type,
    principalName: name,
    tokenRequesterPrincipalType: version < 3 ? '' : 'User',
    tokenRequesterPrincipalName: version < 3 ? '' : 'ANONYMOUS',
    issueTimestampMs: -1,
    expiryTimestampMs: -1,
    maxTimestampMs: -1,
    tokenId: '',
    hmac: Buffer.alloc(0),
  }
}

describe('CreateDelegationToken is not allowed to clients without authentication', () => {
  it.each(versionsOf(createDelegationToken))('v%i', async version => {
    for (const renewers of [[], [{ principalType: 'Group', principalName: '' }]]) {
      const request = { ...nobody, renewers, maxLifetimeMs: -1 }
      const answer = await wire.client.request(createDelegationToken, version, request)
      expect(named(answer)).toEqual(
        refused('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', anonymous, version),
      )
    }
  })

  it.each<[string | null, string | null, string, readonly [string, string]]>([
    ['User', 'bob', 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', ['User', 'bob']],
    ['', 'bob', 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', ['', 'bob']],
    ['Group', '', 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', anonymous],
    ['Group', null, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', anonymous],
    [null, 'bob', 'UNKNOWN_SERVER_ERROR', anonymous],
  ])('for the owner %j %j (KIP-373)', async (type, name, error, owner) => {
    const version = latest(createDelegationToken)
    const answer = await wire.client.request(createDelegationToken, version, {
      ownerPrincipalType: type,
      ownerPrincipalName: name,
      renewers: [],
      maxLifetimeMs: 1000,
    })
    expect(named(answer)).toEqual(refused(error, owner, version))
  })
})
