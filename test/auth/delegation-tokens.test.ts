import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import { renewDelegationToken } from '../../protocol/apis/39-renew-delegation-token.ts'
import { expireDelegationToken } from '../../protocol/apis/40-expire-delegation-token.ts'
import { describeDelegationToken } from '../../protocol/apis/41-describe-delegation-token.ts'
import { errorName } from '../../protocol/errors.ts'
import { TokenBroker } from './token-client.ts'

const dayMs = 86_400_000
let broker: TokenBroker
beforeEach(() => {
  broker = new TokenBroker()
})

type Client = ReturnType<TokenBroker['as']>

const user = (name: string, type = 'User') => ({ principalType: type, principalName: name })

interface Wish {
  owner?: string
  type?: string
  renewers?: ReturnType<typeof user>[]
  maxLifetimeMs?: number
}

async function create(client: Client, wish: Wish = {}) {
  const { owner = null, type = owner === null ? null : 'User', renewers = [] } = wish
  const { maxLifetimeMs = -1 } = wish
  const answer = await client(createDelegationToken, {
    ownerPrincipalType: type,
    ownerPrincipalName: owner,
    renewers,
    maxLifetimeMs,
  })
  return { ...answer, error: errorName(answer.errorCode) }
}

async function renew(client: Client, hmac: Buffer, renewPeriodMs = -1) {
  const { errorCode, expiryTimestampMs } = await client(renewDelegationToken, {
    hmac,
    renewPeriodMs,
  })
  return [errorName(errorCode), expiryTimestampMs]
}

async function expire(client: Client, hmac: Buffer, expiryTimePeriodMs = -1) {
  const { errorCode, expiryTimestampMs } = await client(expireDelegationToken, {
    hmac,
    expiryTimePeriodMs,
  })
  return [errorName(errorCode), expiryTimestampMs]
}

async function describeTokens(client: Client, owners: string[] | null = null) {
  const { errorCode, tokens } = await client(describeDelegationToken, {
    owners: owners && owners.map(name => user(name)),
  })
  expect(errorName(errorCode)).toBe('NONE')
  return tokens
}

async function ownersSeen(client: Client, owners: string[] | null = null): Promise<string[]> {
  return (await describeTokens(client, owners)).map(({ principalName }) => principalName)
}

describe('a delegation token (KIP-48)', () => {
  it.each([1, 2, 3])('is created for who asks, in version %i', async version => {
    const issueTimestampMs = broker.clock.now()
    const wish = { ownerPrincipalType: null, ownerPrincipalName: null, maxLifetimeMs: -1 }
    const request = { ...wish, renewers: [user('bob')] }
    const answer = await broker.as('alice')(createDelegationToken, request, version)
    const [[tokenId, row]] = [...(await broker.rows())] as [[string, object]]
    expect(answer).toEqual({
      errorCode: 0,
      principalType: 'User',
      principalName: 'alice',
      tokenRequesterPrincipalType: version < 3 ? '' : 'User',
      tokenRequesterPrincipalName: version < 3 ? '' : 'alice',
      issueTimestampMs,
      expiryTimestampMs: issueTimestampMs + dayMs,
      maxTimestampMs: issueTimestampMs + 7 * dayMs,
      tokenId,
      hmac: createHmac('sha512', 'the secret key').update(tokenId).digest(),
      throttleTimeMs: 0,
    })
    // What is stored makes nobody its owner.
    expect(JSON.stringify(row)).not.toContain(answer.hmac.toString('base64'))
    expect(row).toEqual({
      owner: 'User:alice',
      requester: 'User:alice',
      renewers: ['User:bob'],
      issueTimestampMs,
      maxTimestampMs: issueTimestampMs + 7 * dayMs,
      expiryTimestampMs: issueTimestampMs + dayMs,
    })
  })

  it.each([
    [-1, 7 * dayMs, dayMs],
    [0, 7 * dayMs, dayMs],
    [-5, 7 * dayMs, dayMs],
    [Infinity, 7 * dayMs, dayMs],
    [100_000, 100_000, 100_000],
    [2 * dayMs, 2 * dayMs, dayMs],
  ])('that is to live %i ms lives %i ms, renewed after %i ms', async (asked, max, expiry) => {
    const token = await create(broker.as('alice'), { maxLifetimeMs: asked })
    expect(token.maxTimestampMs - token.issueTimestampMs).toBe(max)
    expect(token.expiryTimestampMs - token.issueTimestampMs).toBe(expiry)
  })

  it('may live for ever, as far as numbers go', async () => {
    broker = new TokenBroker({
      'delegation.token.max.lifetime.ms': '9223372036854775807',
      'delegation.token.expiry.time.ms': '9223372036854775807',
    })
    const { hmac } = await create(broker.as('alice'))
    await broker.restart()
    const [token] = await describeTokens(broker.as('alice'))
    expect(token!.maxTimestamp).toBe(Number.MAX_SAFE_INTEGER)
    expect(await renew(broker.as('alice'), hmac)).toEqual(['NONE', Number.MAX_SAFE_INTEGER])
  })

  it.each([
    ['Group', 'editors'],
    ['', 'bob'],
    ['user', 'bob'],
  ])('is renewed by users only, not by %j:%j', async (type, name) => {
    const answer = await create(broker.as('alice'), { renewers: [user('bob'), user(name, type)] })
    expect(answer).toMatchObject({ error: 'INVALID_PRINCIPAL_TYPE', issueTimestampMs: -1 })
    expect(await broker.rows()).toEqual(new Map())
  })

  it('survives a restart, and is worth nothing with another secret key', async () => {
    const { hmac, tokenId } = await create(broker.as('alice'), {
      renewers: [user('b:c'), user('')],
    })
    await broker.restart()
    expect(await describeTokens(broker.as('alice'))).toMatchObject([
      { tokenId, hmac, renewers: [user('b:c'), user('')] },
    ])
    expect((await renew(broker.as('b:c'), hmac))[0]).toBe('NONE')
    const other = new TokenBroker({ 'delegation.token.secret.key': 'another key' })
    other.tokens.load(await broker.rows())
    expect((await renew(other.as('alice'), hmac))[0]).toBe('DELEGATION_TOKEN_NOT_FOUND')
  })
})

describe('a token for somebody else (KIP-373)', () => {
  it('takes CREATE_TOKENS on that user', async () => {
    const refused = await create(broker.as('alice'), { owner: 'bob' })
    expect(refused).toMatchObject({
      error: 'DELEGATION_TOKEN_AUTHORIZATION_FAILED',
      principalName: 'bob',
      tokenRequesterPrincipalName: 'alice',
      issueTimestampMs: -1,
      tokenId: '',
    })
    broker.allowed.set('User:alice', ['createTokens user User:bob'])
    const token = await create(broker.as('alice'), { owner: 'bob' })
    expect(token).toMatchObject({ error: 'NONE', principalName: 'bob' })
    expect(token.tokenRequesterPrincipalName).toBe('alice')
    const other = await create(broker.as('alice'), { owner: 'carol' })
    expect(other.error).toBe('DELEGATION_TOKEN_AUTHORIZATION_FAILED')
  })

  it('is asked for before its renewers are looked at', async () => {
    const wish = { owner: 'bob', renewers: [user('editors', 'Group')] }
    const { error } = await create(broker.as('alice'), wish)
    expect(error).toBe('DELEGATION_TOKEN_AUTHORIZATION_FAILED')
  })

  it('takes nothing of who names himself, or nobody', async () => {
    for (const wish of [{ owner: 'alice' }, { owner: '' }, { owner: '', type: 'Group' }]) {
      expect(await create(broker.as('alice'), wish)).toMatchObject({
        error: 'NONE',
        principalName: 'alice',
      })
    }
  })

  it('is seen, but not renewed, by who asked for it', async () => {
    broker.allowed.set('User:admin', ['createTokens user User:bob'])
    const { hmac } = await create(broker.as('admin'), { owner: 'bob' })
    expect(await ownersSeen(broker.as('admin'))).toEqual(['bob'])
    expect(await renew(broker.as('admin'), hmac)).toEqual(['DELEGATION_TOKEN_OWNER_MISMATCH', 0])
    expect(await expire(broker.as('admin'), hmac)).toEqual(['DELEGATION_TOKEN_OWNER_MISMATCH', 0])
    expect((await renew(broker.as('bob'), hmac))[0]).toBe('NONE')
  })
})

describe('RenewDelegationToken', () => {
  it('goes no further than the token may live, nor than the broker lets it', async () => {
    const alice = broker.as('alice')
    const { hmac, issueTimestampMs } = await create(alice, { maxLifetimeMs: 2 * dayMs })
    broker.clock.advance(dayMs / 2)
    const nowMs = broker.clock.now()
    expect(await renew(alice, hmac)).toEqual(['NONE', nowMs + dayMs])
    expect(await renew(alice, hmac, 0)).toEqual(['NONE', nowMs + dayMs])
    expect(await renew(alice, hmac, 5 * dayMs)).toEqual(['NONE', nowMs + dayMs])
    broker.clock.advance(dayMs)
    expect(await renew(alice, hmac)).toEqual(['NONE', issueTimestampMs + 2 * dayMs])
    expect(await renew(alice, hmac, 1000)).toEqual(['NONE', broker.clock.now() + 1000])
    await broker.restart()
    expect(await describeTokens(broker.as('alice'))).toMatchObject([
      { expiryTimestamp: broker.clock.now() + 1000 },
    ])
  })

  it('is for owner and renewers, of tokens that live', async () => {
    const token = await create(broker.as('alice'), { renewers: [user('bob')] })
    const { hmac } = token
    expect((await renew(broker.as('bob'), hmac, 1000))[0]).toBe('NONE')
    expect((await renew(broker.as('mallory'), hmac))[0]).toBe('DELEGATION_TOKEN_OWNER_MISMATCH')
    broker.clock.advance(1000)
    expect((await renew(broker.as('bob'), hmac, 1000))[0]).toBe('NONE')
    broker.clock.advance(1001)
    // Whoever asks: Kafka looks at the time first.
    for (const name of ['alice', 'bob', 'mallory']) {
      expect(await renew(broker.as(name), hmac)).toEqual(['DELEGATION_TOKEN_EXPIRED', 0])
    }
  })

  it.each([Buffer.alloc(0), Buffer.from('of no token')])('knows no token of %j', async hmac => {
    await create(broker.as('alice'))
    expect(await renew(broker.as('alice'), hmac)).toEqual(['DELEGATION_TOKEN_NOT_FOUND', 0])
    expect(await expire(broker.as('alice'), hmac)).toEqual(['DELEGATION_TOKEN_NOT_FOUND', 0])
  })
})

describe('ExpireDelegationToken', () => {
  it('removes a token at once for a period below 0, expired or not', async () => {
    for (const age of [0, dayMs + 1]) {
      const { hmac } = await create(broker.as('alice'))
      broker.clock.advance(age)
      expect(await expire(broker.as('alice'), hmac)).toEqual(['NONE', broker.clock.now()])
      expect((await expire(broker.as('alice'), hmac))[0]).toBe('DELEGATION_TOKEN_NOT_FOUND')
      expect(await broker.rows()).toEqual(new Map())
      expect(await describeTokens(broker.as('alice'))).toEqual([])
    }
  })

  it('moves the expiry for others, further away as well', async () => {
    const { hmac, issueTimestampMs, maxTimestampMs } = await create(broker.as('alice'))
    const alice = broker.as('alice')
    expect(await expire(alice, hmac, 5000)).toEqual(['NONE', issueTimestampMs + 5000])
    expect(await expire(alice, hmac, 2 * dayMs)).toEqual(['NONE', issueTimestampMs + 2 * dayMs])
    expect(await expire(alice, hmac, Infinity)).toEqual(['NONE', maxTimestampMs])
    expect(await expire(alice, hmac, 0)).toEqual(['NONE', issueTimestampMs])
    broker.clock.advance(1)
    expect(await expire(alice, hmac, 5000)).toEqual(['DELEGATION_TOKEN_EXPIRED', 0])
    expect(await expire(broker.as('mallory'), hmac, 5000)).toEqual([
      'DELEGATION_TOKEN_OWNER_MISMATCH',
      0,
    ])
  })
})

describe('DescribeDelegationToken', () => {
  it('tells owner, renewers and who may describe', async () => {
    const { tokenId } = await create(broker.as('alice'), { renewers: [user('bob')] })
    await create(broker.as('carol'))
    expect(await ownersSeen(broker.as('alice'))).toEqual(['alice'])
    expect(await ownersSeen(broker.as('bob'))).toEqual(['alice'])
    expect(await ownersSeen(broker.as('mallory'))).toEqual([])
    broker.allowed.set('User:dave', [`describe delegationToken ${tokenId}`])
    expect(await ownersSeen(broker.as('dave'))).toEqual(['alice'])
    broker.allowed.set('User:eve', ['describeTokens user User:carol'])
    expect(await ownersSeen(broker.as('eve'))).toEqual(['carol'])
  })

  it('tells those that concern the owners that are asked for, of what one may see', async () => {
    await create(broker.as('alice'), { renewers: [user('bob')] })
    await create(broker.as('bob'))
    expect(await ownersSeen(broker.as('bob'), ['bob'])).toEqual(['alice', 'bob'])
    expect(await ownersSeen(broker.as('bob'), ['alice', 'nobody'])).toEqual(['alice'])
    expect(await ownersSeen(broker.as('bob'), ['nobody'])).toEqual([])
    expect(await ownersSeen(broker.as('bob'), [])).toEqual([])
    expect(await ownersSeen(broker.as('mallory'), ['bob'])).toEqual([])
  })

  it('tells of an expired one until it is removed', async () => {
    broker = new TokenBroker({ 'delegation.token.expiry.check.interval.ms': String(2 * dayMs) })
    await create(broker.as('alice'))
    broker.clock.advance(dayMs + 1)
    expect(await ownersSeen(broker.as('alice'))).toEqual(['alice'])
    broker.clock.advance(dayMs)
    expect(await ownersSeen(broker.as('alice'))).toEqual([])
  })
})

describe('expired tokens', () => {
  it('are removed every delegation.token.expiry.check.interval.ms', async () => {
    broker = new TokenBroker({ 'delegation.token.expiry.check.interval.ms': '1000' })
    const short = await create(broker.as('alice'), { maxLifetimeMs: 1500 })
    await create(broker.as('bob'))
    broker.clock.advance(1000)
    expect((await broker.rows()).size).toBe(2)
    broker.clock.advance(1000)
    expect((await broker.rows()).size).toBe(1)
    expect((await renew(broker.as('alice'), short.hmac))[0]).toBe('DELEGATION_TOKEN_NOT_FOUND')
    expect(broker.logged).toEqual([{ tokenId: short.tokenId, owner: 'User:alice' }])
    broker.tokens.close()
    expect(broker.clock.pending).toBe(0)
  })

  // Node.js ends a process over a rejection that nobody handles; vitest reports it.
  it('are of no harm to the process when they cannot be removed', async () => {
    broker = new TokenBroker({ 'delegation.token.expiry.check.interval.ms': '1000' })
    const { hmac } = await create(broker.as('alice'), { maxLifetimeMs: 500 })
    const commit = vi.spyOn(broker.metadata, 'commit').mockRejectedValue(new Error('disk is gone'))
    broker.clock.advance(1000)
    await Promise.allSettled(commit.mock.results.map(({ value }) => value as Promise<void>))
    expect(commit).toHaveBeenCalledOnce()
    expect((await renew(broker.as('alice'), hmac))[0]).toBe('DELEGATION_TOKEN_NOT_FOUND')
    broker.tokens.close()
  })
})

describe('tokens are not for', () => {
  it.each([
    ['a client with a token', 'alice', { fromToken: true }, false],
    ['PLAINTEXT', 'alice', { protocol: 'PLAINTEXT' }, false],
    ['SSL without a certificate', 'ANONYMOUS', { protocol: 'SSL' }, false],
    ['nobody with a certificate', 'CN=alice', { protocol: 'SSL' }, true],
    ['nobody on SASL_SSL', 'alice', { protocol: 'SASL_SSL' }, true],
  ] as const)('%s', async (_, name, options, allowed) => {
    const { hmac } = await create(broker.as(name))
    const client = broker.as(name, options)
    const error = allowed ? 'NONE' : 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED'
    expect((await create(client)).error).toBe(error)
    expect((await renew(client, hmac))[0]).toBe(error)
    const { errorCode, tokens } = await client(describeDelegationToken, { owners: null })
    expect([errorName(errorCode), tokens.length]).toEqual([error, allowed ? 2 : 0])
    expect(await expire(client, hmac)).toEqual([error, allowed ? broker.clock.now() : -1])
  })

  it.each([
    ['no secret key', {}],
    ['an empty one', { 'delegation.token.secret.key': '' }],
  ])('a broker with %s', async (_, settings) => {
    const { hmac } = await create(broker.as('alice'))
    const rows = await broker.rows()
    broker = new TokenBroker(settings, { key: '' })
    broker.tokens.load(rows)
    const alice = broker.as('alice')
    const error = 'DELEGATION_TOKEN_AUTH_DISABLED'
    expect(await create(alice)).toMatchObject({
      error,
      principalName: 'alice',
      issueTimestampMs: 0,
      expiryTimestampMs: 0,
      maxTimestampMs: 0,
    })
    expect(await renew(alice, hmac)).toEqual([error, 0])
    expect(await expire(alice, hmac)).toEqual([error, 0])
    const described = await alice(describeDelegationToken, { owners: null })
    expect([errorName(described.errorCode), described.tokens]).toEqual([error, []])
    const renewers = [user('editors', 'Group')]
    expect((await create(alice, { renewers })).error).toBe('INVALID_PRINCIPAL_TYPE')
    expect(broker.clock.pending).toBe(0)
  })
})
