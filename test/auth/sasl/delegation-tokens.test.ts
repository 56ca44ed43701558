import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDelegationToken } from '../../../protocol/apis/38-create-delegation-token.ts'
import { expireDelegationToken } from '../../../protocol/apis/40-expire-delegation-token.ts'
import { describeDelegationToken } from '../../../protocol/apis/41-describe-delegation-token.ts'
import { errorName } from '../../../protocol/errors.ts'
import type { RawClient } from '../../raw-client.ts'
import { authenticate, handshaken, plainToken, saslBroker } from './broker.ts'
import { ScramClient } from './scram-client.ts'

type Mechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

let broker: Awaited<ReturnType<typeof saslBroker>>
const logged: string[] = []
const log = (...line: unknown[]): void => void logged.push(JSON.stringify(line))
beforeAll(async () => {
  broker = await saslBroker({
    config: { 'delegation.token.secret.key': 'secret-of-tokens' },
    logger: { debug: log, info: log, warn: log, error: log },
  })
})
afterAll(() => broker[Symbol.asyncDispose]())

async function aliceWithPassword(): Promise<RawClient> {
  const client = await handshaken(broker.sasl, 'PLAIN')
  await authenticate(client, plainToken('alice', 'alice-secret'))
  return client
}

async function newToken(client: RawClient, maxLifetimeMs = -1) {
  const nobody = { ownerPrincipalType: null, ownerPrincipalName: null, renewers: [] }
  return client.request(createDelegationToken, 3, { ...nobody, maxLifetimeMs })
}

interface Login {
  tokenId: string
  hmac: Buffer
  mechanism?: Mechanism
  extension?: string
}

async function login({ tokenId, hmac, ...how }: Login) {
  const { mechanism = 'SCRAM-SHA-256', extension = 'tokenauth=true' } = how
  const client = await handshaken(broker.sasl, mechanism)
  const password = hmac.toString('base64')
  const hash = mechanism === 'SCRAM-SHA-512' ? 'sha512' : 'sha256'
  const extensions = extension === '' ? '' : `,${extension}`
  const scram = new ScramClient({ user: tokenId, password, hash, extensions })
  const { authBytes } = await authenticate(client, scram.first)
  const answer = await authenticate(client, scram.final(authBytes))
  return { client, ...answer, error: errorName(answer.errorCode), challenge: authBytes.toString() }
}

describe('who has a delegation token', () => {
  it.each<Mechanism>(['SCRAM-SHA-256', 'SCRAM-SHA-512'])('is its owner by %s', async mechanism => {
    await using alice = await aliceWithPassword()
    const token = await newToken(alice, 60_000)
    const { client, error, sessionLifetimeMs } = await login({ ...token, mechanism })
    await using _ = client
    expect(error).toBe('NONE')
    // The session ends with the token (KIP-368).
    expect(sessionLifetimeMs).toBeGreaterThan(0)
    expect(sessionLifetimeMs).toBeLessThanOrEqual(60_000)
    const { errorCode } = await newToken(client)
    expect(errorName(errorCode)).toBe('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
    const described = await client.request(describeDelegationToken, 3, { owners: null })
    expect(errorName(described.errorCode)).toBe('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
  })

  it('is nobody with another HMAC, without the extension, or once it has expired', async () => {
    await using alice = await aliceWithPassword()
    const token = await newToken(alice)
    const { hmac, tokenId } = token
    const attempts = [
      { tokenId, hmac: Buffer.alloc(64) },
      { tokenId, hmac, extension: 'tokenauth=false' },
      { tokenId: 'alice', hmac },
      { tokenId: 'AAAAAAAAAAAAAAAAAAAAAA', hmac },
    ]
    for (const attempt of attempts) {
      const { client, error, errorMessage } = await login(attempt)
      await client[Symbol.asyncDispose]()
      expect([error, errorMessage]).toEqual([
        'SASL_AUTHENTICATION_FAILED',
        'Authentication failed during authentication due to invalid credentials' +
          ' with SASL mechanism SCRAM-SHA-256',
      ])
    }
    const before = await login(token)
    expect(before.error).toBe('NONE')
    await alice.request(expireDelegationToken, 2, { hmac, expiryTimePeriodMs: -1 })
    const after = await login(token)
    expect(after.error).toBe('SASL_AUTHENTICATION_FAILED')
    // Whoever tries does not see from the challenge whether there is such a token.
    const saltOf = (challenge: string) => /,(s=.*)$/.exec(challenge)![1]
    expect(saltOf(after.challenge)).toBe(saltOf(before.challenge))
    for (const { client } of [before, after]) await client[Symbol.asyncDispose]()
  })

  it('finds neither its HMAC nor the secret key in the log', async () => {
    await using alice = await aliceWithPassword()
    const token = await newToken(alice)
    const { client } = await login(token)
    await client[Symbol.asyncDispose]()
    expect(logged).not.toEqual([])
    const secrets = ['secret-of-tokens', token.hmac.toString('base64'), token.hmac.toString('hex')]
    for (const secret of secrets) expect(logged.join()).not.toContain(secret)
  })
})
