import { describe, expect, it } from 'vitest'
import { encodeRequest, type Api } from '../../../protocol/api.ts'
import { produce } from '../../../protocol/apis/00-produce.ts'
import { saslHandshake } from '../../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { saslAuthenticate } from '../../../protocol/apis/36-sasl-authenticate.ts'
import { errorName } from '../../../protocol/errors.ts'
import { readResponseHeader, writeRequestHeader } from '../../../protocol/header.ts'
import { Reader, Writer } from '../../../protocol/wire.ts'
import { anonymous, principalText } from '../../../src/auth/principal.ts'
import type { Authenticated, Mechanism } from '../../../src/auth/sasl/mechanism.ts'
import { SaslFailure } from '../../../src/auth/sasl/mechanism.ts'
import { SaslSession } from '../../../src/auth/sasl/session.ts'
import { createConfig } from '../../../src/config.ts'
import { listenerConfig } from '../../../src/config/listener-configs.ts'
import { createDispatch, type Caller } from '../../../src/dispatch.ts'
import { Disconnect, handle, type Services } from '../../../src/handler.ts'
import handshakeHandler from '../../../src/handlers/17-sasl-handshake.ts'
import authenticateHandler from '../../../src/handlers/36-sasl-authenticate.ts'
import { loaded } from '../../doubles/loaded.ts'
import { idleServices } from '../../doubles/idle-services.ts'
import { ManualClock } from '../../doubles/manual-clock.ts'

const epochMs = 1_700_000_000_000
const maxFrameBytes = 1_000_000

/** Names are tokens: 'alice' lets in alice, 'expired:alice' one whose credential ends now. */
function byName(name: string, expiresAtMs?: number): Mechanism {
  const evaluate = async (token: Buffer) => {
    const text = token.toString()
    if (text === 'wrong') throw new SaslFailure('secret of the log')
    if (text === 'bug') throw new TypeError('a bug')
    const complete: Authenticated = { principal: { type: 'User', name: text } }
    const limited = expiresAtMs === undefined ? complete : { ...complete, expiresAtMs }
    return text === 'more' ? { challenge: token } : { challenge: token, complete: limited }
  }
  return { name, start: () => ({ evaluate }) }
}

interface Given {
  config?: Record<string, string>
  /** When credentials end, in milliseconds from the start. */
  credentialMs?: number
}

function openSession({ config: given = {}, credentialMs }: Given = {}) {
  const clock = new ManualClock(epochMs)
  const settings = Object.entries(given).map(([name, value]) => ({ name, value, origin: name }))
  const { config } = createConfig(settings)
  const expiresAtMs = credentialMs === undefined ? undefined : epochMs + credentialMs
  const mechanisms = new Map([byName('NAME', expiresAtMs), byName('OTHER')].map(m => [m.name, m]))
  const closed = new AbortController()
  const seen: string[] = []
  const gates: (() => void)[] = []
  const held = handle(produce, {
    overlaps: true,
    run: async (_, { principal }) => {
      await new Promise<void>(resolve => gates.push(resolve))
      seen.push(principalText(principal))
      return { responses: [] }
    },
    fail: () => ({ responses: [] }),
  })
  const versions = handle(apiVersions, {
    run: () => ({ errorCode: 0, apiKeys: [] }),
    fail: errorCode => ({ errorCode, apiKeys: [] }),
  })
  const services = idleServices as unknown as Services
  const handlers = [handshakeHandler, authenticateHandler, versions, held].map(loaded)
  const reasons: string[] = []
  const wire = { maxFrameBytes, disconnect: (reason: string) => void reasons.push(reason) }
  const caller = { principal: anonymous, closed: closed.signal } as unknown as Caller
  const session = new SaslSession({
    caller,
    wire,
    dispatch: createDispatch(handlers, services),
    clock,
    audit: { record: () => {} },
    listener: {
      mechanisms,
      settings: listenerConfig(config, 'NAME'),
      maxReauthMs: name => listenerConfig(config, 'NAME', name).connectionsMaxReauthMs,
    },
  })
  const take = <RequestIn, Response, ResponseIn>(
    api: Api<unknown, RequestIn, Response, ResponseIn>,
    body: RequestIn,
    version = api.versions[1],
  ) => {
    const writer = new Writer()
    const header = { apiKey: api.key, apiVersion: version, correlationId: 1, clientId: '' }
    writeRequestHeader(writer, header, api.isFlexible(version))
    const frame = Buffer.concat([...writer.finish(), encodeRequest(api, version, body)])
    const dispatched = session.take(frame)
    const decoded = async (): Promise<Response> => {
      const reader = new Reader(Buffer.concat((await dispatched.reply)!).subarray(4))
      readResponseHeader(reader, api.hasFlexibleResponseHeader(version))
      return api.responseCodec(version).decode(reader)
    }
    return {
      dispatched,
      get answer() {
        return decoded()
      },
    }
  }
  const authenticate = async (name: string, mechanism = 'NAME') => {
    take(saslHandshake, { mechanism })
    return take(saslAuthenticate, { authBytes: Buffer.from(name) }).answer
  }
  const request = () => take(apiVersions, {}, 0)
  return { clock, caller, wire, closed, reasons, seen, gates, take, authenticate, request }
}

describe('a SASL session', () => {
  it('tells who the client is, once it has shown it', async () => {
    const { caller, take, authenticate, request } = openSession()
    expect(await authenticate('more')).toMatchObject({ authBytes: Buffer.from('more') })
    expect(caller.principal).toBe(anonymous)
    const token = { authBytes: Buffer.from('alice') }
    expect(await take(saslAuthenticate, token).answer).toMatchObject({ sessionLifetimeMs: 0 })
    expect(principalText(caller.principal)).toBe('User:alice')
    expect(request().dispatched.reply).toBeDefined()
  })

  it('takes small frames only while nobody has shown who it is', async () => {
    const session = openSession({ config: { 'connections.max.reauth.ms': '60000' } })
    const { wire, authenticate, take } = session
    expect(wire.maxFrameBytes).toBe(524_288)
    await authenticate('alice')
    expect(wire.maxFrameBytes).toBe(maxFrameBytes)
    take(saslHandshake, { mechanism: 'NAME' })
    expect(wire.maxFrameBytes).toBe(524_288)
    await take(saslAuthenticate, { authBytes: Buffer.from('alice') }).answer
    expect(wire.maxFrameBytes).toBe(maxFrameBytes)
  })

  it('cuts off who does not come to it in time (rule 111)', async () => {
    const config = { 'connection.authentication.timeout.ms': '5000' }
    const late = openSession({ config })
    late.take(saslHandshake, { mechanism: 'NAME' })
    late.clock.advance(4999)
    expect(late.reasons).toEqual([])
    late.clock.advance(1)
    expect(late.reasons).toEqual(['not authenticated within 5000 ms'])

    const known = openSession({ config })
    await known.authenticate('alice')
    known.clock.advance(5000)
    expect(known.reasons).toEqual([])

    const gone = openSession({ config })
    gone.closed.abort()
    expect(gone.clock.pending).toBe(0)
  })

  it('holds back the answer to a failure, and then closes (rule 106)', async () => {
    const { clock, take } = openSession()
    take(saslHandshake, { mechanism: 'NAME' })
    const { dispatched, answer } = take(saslAuthenticate, { authBytes: Buffer.from('wrong') })
    let isAnswered = false
    void answer.then(() => (isAnswered = true))
    const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
    await turn()
    clock.advance(99)
    await turn()
    expect(isAnswered).toBe(false)
    clock.advance(1)
    expect(await answer).toMatchObject({
      errorMessage:
        'Authentication failed during authentication due to invalid credentials' +
        ' with SASL mechanism NAME',
    })
    expect(dispatched).toMatchObject({ closeAfterMs: 0, overlaps: false })
    expect(() => take(apiVersions, {}, 0)).toThrow(Disconnect)
  })

  it('ends with a mechanism that has a fault', async () => {
    const { clock, take, request } = openSession()
    take(saslHandshake, { mechanism: 'NAME' })
    const { dispatched, answer } = take(saslAuthenticate, { authBytes: Buffer.from('bug') })
    await new Promise(resolve => setImmediate(resolve))
    clock.advance(100)
    expect(errorName((await answer).errorCode)).toBe('UNKNOWN_SERVER_ERROR')
    expect(dispatched.closeAfterMs).toBe(0)
    expect(request).toThrow(Disconnect)
  })
})

describe('the lifetime of a session (KIP-368)', () => {
  const largest = String(2n ** 63n - 1n)
  it.each<[string, Given, number]>([
    ['is for ever where nothing limits it', {}, 0],
    ['is that of the credential', { credentialMs: 7000 }, 7000],
    ['is what the config says', { config: { 'connections.max.reauth.ms': '5000' } }, 5000],
    [
      'is what the config of the mechanism says',
      {
        config: {
          'connections.max.reauth.ms': '5000',
          'listener.name.name.name.connections.max.reauth.ms': '3000',
        },
      },
      3000,
    ],
    [
      'is the shorter of both',
      { credentialMs: 7000, config: { 'connections.max.reauth.ms': '5000' } },
      5000,
    ],
    [
      'is the shorter of both, the other way round',
      { credentialMs: 4000, config: { 'connections.max.reauth.ms': '5000' } },
      4000,
    ],
    ['is never negative', { credentialMs: -5 }, 0],
    ['has no limit below 0', { config: { 'connections.max.reauth.ms': '-1' } }, 0],
    ['may be the largest', { config: { 'connections.max.reauth.ms': largest } }, 0],
  ])('%s', async (_, given, lifetimeMs) => {
    const { authenticate } = openSession(given)
    expect((await authenticate('alice')).sessionLifetimeMs).toBe(lifetimeMs)
  })

  it('ends with the first request after it', async () => {
    const { clock, request, authenticate } = openSession({ credentialMs: 5000 })
    await authenticate('alice')
    clock.advance(5000)
    expect(request().dispatched.reply).toBeDefined()
    clock.advance(1)
    expect(request).toThrow('the session has expired')
  })

  it('ends at once with a credential that has ended', async () => {
    const { clock, request, authenticate } = openSession({ credentialMs: -1 })
    await authenticate('alice')
    clock.advance(1)
    expect(request).toThrow(Disconnect)
  })

  it('ends for clients, too, which do not hear of it (SaslAuthenticate v0)', async () => {
    const { clock, take, request } = openSession({ credentialMs: 5000 })
    take(saslHandshake, { mechanism: 'NAME' })
    await take(saslAuthenticate, { authBytes: Buffer.from('alice') }, 0).answer
    clock.advance(5001)
    expect(request).toThrow(Disconnect)
  })

  it('begins anew with each authentication, after its end as well', async () => {
    const session = openSession({ config: { 'connections.max.reauth.ms': '5000' } })
    const { clock, request, authenticate } = session
    await authenticate('alice')
    for (const passedMs of [3000, 4000, 6000]) {
      clock.advance(passedMs)
      expect((await authenticate('alice')).sessionLifetimeMs).toBe(5000)
      expect(request().dispatched.reply).toBeDefined()
    }
    clock.advance(5001)
    expect(request).toThrow(Disconnect)
  })

  it('begins anew once in a second', async () => {
    const { clock, take, authenticate, request } = openSession({ credentialMs: 60_000 })
    await authenticate('alice')
    await authenticate('alice')
    clock.advance(999)
    const refused = take(saslHandshake, { mechanism: 'NAME' })
    expect(errorName((await refused.answer).errorCode)).toBe('ILLEGAL_SASL_STATE')
    expect(request().dispatched.reply).toBeDefined()
    clock.advance(1)
    expect((await authenticate('alice')).errorCode).toBe(0)
  })

  it('does not begin anew where it never ends', async () => {
    const { take, authenticate } = openSession()
    await authenticate('alice')
    const refused = take(saslHandshake, { mechanism: 'NAME' })
    expect(errorName((await refused.answer).errorCode)).toBe('ILLEGAL_SASL_STATE')
  })

  it('ends where another user or mechanism is shown (rule 107)', async () => {
    const user = openSession({ credentialMs: 60_000 })
    await user.authenticate('alice')
    user.take(saslHandshake, { mechanism: 'NAME' })
    const { answer } = user.take(saslAuthenticate, { authBytes: Buffer.from('bob') })
    await new Promise(resolve => setImmediate(resolve))
    user.clock.advance(100)
    expect((await answer).errorMessage).toBe(
      'Cannot change principals during re-authentication from User.alice: User.bob',
    )
    expect(principalText(user.caller.principal)).toBe('User:alice')
    expect(user.request).toThrow(Disconnect)

    const mechanism = openSession({ credentialMs: 60_000 })
    await mechanism.authenticate('alice')
    mechanism.take(saslHandshake, { mechanism: 'OTHER' })
    const { dispatched } = mechanism.take(saslAuthenticate, { authBytes: Buffer.from('alice') })
    expect(dispatched.closeAfterMs).toBe(0)
    mechanism.clock.advance(100)
    expect(await dispatched.reply).toBeUndefined()
    expect(mechanism.request).toThrow(Disconnect)
  })

  it('says what has failed', async () => {
    const { clock, take, authenticate } = openSession({ credentialMs: 60_000 })
    await authenticate('alice')
    take(saslHandshake, { mechanism: 'NAME' })
    const { answer } = take(saslAuthenticate, { authBytes: Buffer.from('wrong') })
    await new Promise(resolve => setImmediate(resolve))
    clock.advance(100)
    expect((await answer).errorMessage).toContain('failed during re-authentication due to')
  })

  it('leaves requests that have begun to who has sent them', async () => {
    const { take, authenticate, gates, seen } = openSession({ credentialMs: 60_000 })
    await authenticate('alice')
    const body = { transactionalId: null, acks: -1, timeoutMs: 1, topicData: [] }
    const before = take(produce, body, 7)
    expect(before.dispatched.overlaps).toBe(true)
    await authenticate('alice')
    const after = take(produce, body, 7)
    for (const open of gates) open()
    await Promise.all([before.answer, after.answer])
    expect(seen).toEqual(['User:alice', 'User:alice'])
  })
})
