import { createDelegationToken } from '../../../protocol/apis/38-create-delegation-token.ts'
import { renewDelegationToken } from '../../../protocol/apis/39-renew-delegation-token.ts'
import { expireDelegationToken } from '../../../protocol/apis/40-expire-delegation-token.ts'
import { describeDelegationToken } from '../../../protocol/apis/41-describe-delegation-token.ts'
import { scenarios } from '../scenario.ts'

const hmac = Buffer.from('of no token')

function create(type: string | null = null, name: string | null = null, renewer = 'User') {
  return () => ({
    ownerPrincipalType: type,
    ownerPrincipalName: name,
    renewers: [{ principalType: renewer, principalName: 'bob' }],
    maxLifetimeMs: -1,
  })
}

export const delegationTokensScenarios = [
  ...scenarios(createDelegationToken, {
    'for who asks': create(),
    'to be renewed by a group': create(null, null, 'Group'),
    'to be renewed by nobody': () => ({ ...create()(), renewers: [] }),
    'for less than no time': () => ({ ...create()(), maxLifetimeMs: -5 }),
  }),
  ...scenarios(
    createDelegationToken,
    {
      'for another': create('User', 'alice'),
      'for a group': create('Group', 'alice'),
      'for a type without a name': create('Group', ''),
      'for a type and null': create('Group', null),
      'for a name without a type': create('', 'alice'),
      'for a name and null': create(null, 'alice'),
    },
    { since: 3 },
  ),
  ...scenarios(renewDelegationToken, {
    'of no token': () => ({ hmac, renewPeriodMs: -1 }),
    'without bytes': () => ({ hmac: Buffer.alloc(0), renewPeriodMs: 5 }),
  }),
  ...scenarios(expireDelegationToken, {
    'of no token': () => ({ hmac, expiryTimePeriodMs: -1 }),
    'without bytes': () => ({ hmac: Buffer.alloc(0), expiryTimePeriodMs: 5 }),
  }),
  ...scenarios(describeDelegationToken, {
    'of all': () => ({ owners: null }),
    'of nobody': () => ({ owners: [] }),
    'of one': () => ({ owners: [{ principalType: 'User', principalName: 'alice' }] }),
  }),
]
