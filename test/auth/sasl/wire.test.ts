/**
 * What a listener with SASL answers, byte by byte; it holds for Apache Kafka 4.3.1 as well:
 * KAFKA_SASL='localhost:9092,localhost:9093' (a plain listener, one with SASL) asks that broker.
 * Numbers of rows are those of the catalogue of bad input.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { produce } from '../../../protocol/apis/00-produce.ts'
import { metadata } from '../../../protocol/apis/03-metadata.ts'
import { saslHandshake } from '../../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { saslAuthenticate } from '../../../protocol/apis/36-sasl-authenticate.ts'
import { errorName, errors } from '../../../protocol/errors.ts'
import { ConnectionClosed, frameOf, RawClient, requestFrame } from '../../raw-client.ts'
import {
  addScramUser,
  authenticate,
  handshake,
  handshaken,
  plainToken,
  saslBroker,
  type SaslBroker,
} from './broker.ts'
import { ScramClient, type ScramClientOptions } from './scram-client.ts'

const external = process.env['KAFKA_SASL']?.split(',')
const maxReceiveBytes = 524_288
const alice = plainToken('alice', 'alice-secret')
const scramUser = { name: 'carol', password: 'pencil' }

let broker: SaslBroker
beforeAll(async () => {
  const [plain, sasl] = external ?? []
  broker =
    plain === undefined
      ? await saslBroker({ config: { 'connections.max.reauth.ms': 3_600_000 } })
      : { plain, sasl: sasl!, [Symbol.asyncDispose]: async () => {} }
  await addScramUser(broker.plain, scramUser)
})
afterAll(() => broker[Symbol.asyncDispose]())

async function isServed(client: RawClient): Promise<boolean> {
  const { errorCode } = await client.request(apiVersions, 0, {})
  return errorCode === errors.NONE
}

/** With the next byte at the latest. */
async function expectClosed(client: RawClient): Promise<void> {
  await expect(client.request(apiVersions, 0, {})).rejects.toThrow(ConnectionClosed)
}

async function expectClosedBy(client: RawClient, bytes: Buffer): Promise<void> {
  await expect(client.exchange(bytes)).rejects.toThrow(ConnectionClosed)
}

function frame(key: number, version: number, body = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(10)
  header.writeInt16BE(key, 0)
  header.writeInt16BE(version, 2)
  header.writeInt32BE(7, 4)
  header.writeInt16BE(-1, 8)
  return frameOf(Buffer.concat([header, body]))
}

describe('before the handshake', () => {
  it.each([
    ['Metadata (row 130)', requestFrame(metadata, 1, { topics: null }, 1)],
    ['Metadata whose body is nonsense (row 130)', frame(3, 1, Buffer.alloc(9, 0x7f))],
    ['Metadata of no version that there is', frame(3, 99)],
    ['SaslAuthenticate', requestFrame(saslAuthenticate, 0, { authBytes: alice }, 1)],
    ['an API that nobody knows', frame(999, 0)],
    ['SaslHandshake of no version that there is', frame(17, 2, Buffer.from('\0\x05PLAIN'))],
    ['SaslHandshake that is cut off', frame(17, 1, Buffer.from('\0\x05PL'))],
    ['a token without a request', frameOf(alice)],
    ['an empty frame', frameOf(Buffer.alloc(0))],
    ['noise', frameOf(Buffer.from('60'.repeat(512), 'hex'))],
    ['a large frame (row 132)', frameOf(Buffer.alloc(64), maxReceiveBytes + 1)],
    ['the largest frame', frameOf(Buffer.alloc(64), 2 ** 31 - 1)],
    ['a frame of negative size', frameOf(Buffer.alloc(64), -1)],
  ])('%s closes the connection', async (_, bytes) => {
    await using client = await RawClient.connect(broker.sasl)
    await expectClosedBy(client, bytes)
  })

  it('the largest mechanism that fits is refused and no more', async () => {
    await using client = await RawClient.connect(broker.sasl)
    const answer = await handshake(client, 'X'.repeat(32_767))
    expect(errorName(answer.errorCode)).toBe('UNSUPPORTED_SASL_MECHANISM')
  })

  it('ApiVersions is served once (row 131)', async () => {
    await using client = await RawClient.connect(broker.sasl)
    expect(await isServed(client)).toBe(true)
    await expectClosed(client)
  })

  it('ApiVersions that was refused may come again', async () => {
    await using client = await RawClient.connect(broker.sasl)
    const reply = await client.exchange(frame(18, 32_767, Buffer.alloc(1)))
    expect(errorName(reply.readInt16BE(4))).toBe('UNSUPPORTED_VERSION')
    const nameless = { clientSoftwareName: ' ', clientSoftwareVersion: ' ' }
    const { errorCode } = await client.request(apiVersions, 3, nameless)
    expect(errorName(errorCode)).toBe('INVALID_REQUEST')
    expect(await isServed(client)).toBe(true)
    expect((await handshake(client, 'PLAIN')).errorCode).toBe(errors.NONE)
  })
})

describe('the handshake', () => {
  it.each(['FOO', 'GSSAPI', 'plain', '', '__proto__'])(
    'refuses %j with the mechanisms that there are, and closes (row 133)',
    async mechanism => {
      for (const version of [0, 1]) {
        await using client = await RawClient.connect(broker.sasl)
        const answer = await handshake(client, mechanism, version)
        expect(errorName(answer.errorCode)).toBe('UNSUPPORTED_SASL_MECHANISM')
        expect(answer.mechanisms.toSorted()).toEqual(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
        await expectClosed(client)
      }
    },
  )

  it('is followed by tokens: any other request is refused, and closes (row 134)', async () => {
    const requests: ((client: RawClient) => Promise<{ errorCode: number }>)[] = [
      client => client.request(saslHandshake, 1, { mechanism: 'PLAIN' }),
      client => client.request(apiVersions, 0, {}),
      async client => {
        const reply = await client.exchange(frame(18, 32_767, Buffer.alloc(1)))
        return { errorCode: reply.readInt16BE(4) }
      },
      async client => {
        const topics = [{ name: 'topic' }]
        const answer = await client.request(metadata, 1, { topics })
        return answer.topics[0]!
      },
      async client => {
        const partitions = [{ index: 0, records: Buffer.alloc(61) }]
        const topicData = [{ name: 'topic', partitionData: partitions }]
        const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
        const answer = await client.request(produce, 7, body)
        return answer.responses[0]!.partitionResponses[0]!
      },
    ]
    for (const request of requests) {
      await using client = await handshaken(broker.sasl, 'PLAIN')
      const { errorCode } = await request(client)
      expect(errorName(errorCode)).toBe('ILLEGAL_SASL_STATE')
      await expectClosed(client)
    }
  })

  it.each([
    ['noise', frameOf(Buffer.from('60'.repeat(512), 'hex'))],
    ['a bare token', frameOf(alice)],
    ['SaslAuthenticate of no version that there is', frame(36, 3)],
    ['Metadata whose body is nonsense', frame(3, 1, Buffer.alloc(9, 0x7f))],
    ['Produce that wants no answer', requestFrame(produce, 7, produceNothing(), 1)],
    ['a large frame (row 132)', frameOf(Buffer.alloc(64), maxReceiveBytes + 1)],
    ['a token that is large', frameOf(randomBytes(2 ** 20))],
  ])('is followed by tokens: %s closes the connection', async (_, bytes) => {
    await using client = await handshaken(broker.sasl, 'PLAIN')
    await expectClosedBy(client, bytes)
  })
})

function produceNothing() {
  return { transactionalId: null, acks: 0, timeoutMs: 1000, topicData: [] }
}

describe('PLAIN', () => {
  it.each([0, 1, 2])('lets in with SaslAuthenticate v%i', async version => {
    await using client = await handshaken(broker.sasl, 'PLAIN')
    expect(await authenticate(client, alice, version)).toEqual({
      errorCode: errors.NONE,
      errorMessage: '',
      authBytes: Buffer.alloc(0),
      sessionLifetimeMs: version === 0 ? 0 : 3_600_000,
    })
    expect(await isServed(client)).toBe(true)
    expect(await isServed(client)).toBe(true)
  })

  it('lets in who acts as nobody else', async () => {
    await using client = await handshaken(broker.sasl, 'PLAIN')
    const answer = await authenticate(client, plainToken('alice', 'alice-secret', 'alice'))
    expect(answer.errorCode).toBe(errors.NONE)
  })

  const invalid = 'Authentication failed: Invalid username or password'
  it.each([
    ['a wrong password', plainToken('alice', 'bob-secret'), invalid],
    ['a user that there is not', plainToken('eve', 'alice-secret'), invalid],
    ['a name of the language', plainToken('__proto__', 'x'), invalid],
    ['no user', plainToken('', 'x'), 'Authentication failed: username not specified'],
    ['no password', plainToken('alice', ''), 'Authentication failed: password not specified'],
    [
      'another authorization id',
      plainToken('alice', 'alice-secret', 'bob'),
      'Authentication failed: Client requested an authorization id that is different from username',
    ],
    ['a wrong password, too', plainToken('alice', 'x', 'bob'), invalid],
    ['one part', Buffer.from('alice'), 'Invalid SASL/PLAIN response: expected 3 tokens, got 1'],
    ['two parts', Buffer.from('\0alice'), 'Invalid SASL/PLAIN response: expected 3 tokens, got 2'],
    [
      'four parts',
      Buffer.from('\0alice\0alice-secret\0'),
      'Invalid SASL/PLAIN response: expected 3 tokens, got 4',
    ],
    ['nothing', Buffer.alloc(0), 'Invalid SASL/PLAIN response: expected 3 tokens, got 1'],
  ])('refuses %s, and closes (row 137)', async (_, token, errorMessage) => {
    for (const version of [0, 1, 2]) {
      await using client = await handshaken(broker.sasl, 'PLAIN')
      expect(await authenticate(client, token, version)).toEqual({
        errorCode: errors.SASL_AUTHENTICATION_FAILED,
        errorMessage,
        authBytes: Buffer.alloc(0),
        sessionLifetimeMs: 0,
      })
      await expectClosed(client)
    }
  })
})

describe('SCRAM', () => {
  /** The answer to the final message, or to the first where that is refused. */
  const exchange = async (options: Partial<ScramClientOptions>, change?: (n: string) => string) => {
    const client = await handshaken(broker.sasl, 'SCRAM-SHA-256')
    const scram = new ScramClient({ user: 'carol', password: 'pencil', ...options })
    const first = await authenticate(client, scram.first)
    if (first.errorCode !== errors.NONE) return { client, scram, answer: first }
    const answer = await authenticate(client, scram.final(first.authBytes, change))
    return { client, scram, answer }
  }

  it.each<[string, Partial<ScramClientOptions>]>([
    ['a user', {}],
    ['one who acts as nobody else', { gs2Header: 'n,a=carol,' }],
    ['one with an extension that nobody knows', { extensions: ',ext=val=1 "!' }],
    ['one who uses no token', { extensions: ',tokenauth=false' }],
  ])('lets in %s', async (_, options) => {
    const { client, scram, answer } = await exchange(options)
    expect(answer.authBytes.toString()).toBe(`v=${scram.serverSignature}`)
    expect(answer.sessionLifetimeMs).toBe(3_600_000)
    expect(await isServed(client)).toBe(true)
    await client[Symbol.asyncDispose]()
  })

  const generic =
    'Authentication failed during authentication due to invalid credentials' +
    ' with SASL mechanism SCRAM-SHA-256'
  it.each<[string, Partial<ScramClientOptions>, ((nonce: string) => string)?]>([
    ['a wrong password', { password: 'pen' }],
    ['a user that there is not (row 136)', { user: 'dave' }],
    ['a token that there is not', { user: 'token', extensions: ',tokenauth=true' }],
    ['a changed nonce (row 135, CVE-2024-56128)', {}, nonce => nonce.replace('client', 'Client')],
    ['a nonce of the client alone (CVE-2024-56128)', {}, () => 'client-nonce'],
    ['a longer nonce (CVE-2024-56128)', {}, nonce => `client-nonce${nonce}`],
    ['channel binding', { gs2Header: 'p=tls-unique,,' }],
    ['who could bind the channel', { gs2Header: 'y,,' }],
    ['a header that is none', { gs2Header: 'n,x=1,' }],
    ['a malformed extension', { extensions: ',ext1=value' }],
    ['an extension without a value', { extensions: ',ext=' }],
    ['no name', { user: '' }],
    ['no nonce', { nonce: '' }],
    ['a nonce with a blank', { nonce: 'a b' }],
    ['a name beyond ASCII', { user: 'cäröl' }],
  ])('refuses %s, and closes', async (_, options, change) => {
    const { client, answer } = await exchange(options, change)
    expect(answer).toMatchObject({
      errorCode: errors.SASL_AUTHENTICATION_FAILED,
      errorMessage: generic,
      sessionLifetimeMs: 0,
    })
    await expectClosed(client)
    await client[Symbol.asyncDispose]()
  })

  it.each([
    ['no name (row 136)', 'n,,r=nonce'],
    ['a bad escape (row 136)', 'n,,n=car=2ol,r=nonce'],
    ['an escape in small letters', 'n,,n=car=2col,r=nonce'],
    ['attributes in another order', 'n,,r=nonce,n=carol'],
    ['nothing', ''],
    ['noise', '\xff\xfe\0'],
  ])('refuses a first message with %s', async (_, message) => {
    await using client = await handshaken(broker.sasl, 'SCRAM-SHA-256')
    const answer = await authenticate(client, Buffer.from(message, 'latin1'))
    expect(answer).toMatchObject({
      errorCode: errors.SASL_AUTHENTICATION_FAILED,
      errorMessage: generic,
    })
    await expectClosed(client)
  })

  it('tells who acts as somebody else', async () => {
    const { client, answer } = await exchange({ gs2Header: 'n,a=alice,' })
    expect(answer.errorMessage).toBe(
      'Authentication failed: Client requested an authorization id that is different from username',
    )
    await client[Symbol.asyncDispose]()
  })

  it.each([
    ['no proof', 'c=biws,r='],
    ['a proof that is no base64', 'c=biws,r=,p=123'],
    ['a channel that is no base64', 'c=ab,r=,p=MTIz'],
    ['an empty message', ''],
  ])('refuses a final message with %s', async (_, message) => {
    await using client = await handshaken(broker.sasl, 'SCRAM-SHA-256')
    const scram = new ScramClient({ user: 'carol', password: 'pencil' })
    const { authBytes } = await authenticate(client, scram.first)
    const [, nonce] = /^r=([^,]+)/.exec(authBytes.toString())!
    const answer = await authenticate(client, Buffer.from(message.replace('r=', `r=${nonce}`)))
    expect(answer.errorMessage).toBe(generic)
    await expectClosed(client)
  })

  it('keeps passwords of mechanisms apart', async () => {
    await using client = await handshaken(broker.sasl, 'SCRAM-SHA-512')
    const scram = new ScramClient({ user: 'carol', password: 'pencil', hash: 'sha512' })
    const first = await authenticate(client, scram.first)
    const answer =
      first.errorCode === errors.NONE
        ? await authenticate(client, scram.final(first.authBytes))
        : first
    expect(errorName(answer.errorCode)).toBe('SASL_AUTHENTICATION_FAILED')
  })
})

describe('tokens after SaslHandshake v0', () => {
  const open = async (mechanism: string): Promise<RawClient> => {
    const client = await RawClient.connect(broker.sasl)
    expect((await handshake(client, mechanism, 0)).errorCode).toBe(errors.NONE)
    return client
  }

  it('are frames of their own', async () => {
    await using client = await open('PLAIN')
    expect(await client.exchange(frameOf(alice))).toEqual(Buffer.alloc(0))
    expect(await isServed(client)).toBe(true)
  })

  it('may be several', async () => {
    await using client = await open('SCRAM-SHA-256')
    const scram = new ScramClient({ user: 'carol', password: 'pencil' })
    const first = await client.exchange(frameOf(scram.first))
    const last = await client.exchange(frameOf(scram.final(first)))
    expect(last.toString()).toBe(`v=${scram.serverSignature}`)
    expect(await isServed(client)).toBe(true)
  })

  it.each([
    ['a wrong password', frameOf(plainToken('alice', 'x'))],
    ['a request', requestFrame(saslAuthenticate, 0, { authBytes: alice }, 1)],
  ])('end without an answer for %s', async (_, bytes) => {
    await using client = await open('PLAIN')
    await expectClosedBy(client, bytes)
  })

  it('end without an answer for a wrong proof', async () => {
    await using client = await open('SCRAM-SHA-256')
    const scram = new ScramClient({ user: 'carol', password: 'pen' })
    const first = await client.exchange(frameOf(scram.first))
    await expectClosedBy(client, frameOf(scram.final(first)))
  })
})

describe('a client that is authenticated', () => {
  const open = async (): Promise<RawClient> => {
    const client = await handshaken(broker.sasl, 'PLAIN')
    expect((await authenticate(client, alice)).errorCode).toBe(errors.NONE)
    return client
  }

  it('may send large frames', async () => {
    await using client = await open()
    const topics = Array.from({ length: 3000 }, (_, i) => ({ name: `${i}`.padEnd(249, '.') }))
    const answer = await client.request(metadata, 8, { topics, allowAutoTopicCreation: false })
    expect(answer.topics).toHaveLength(topics.length)
  })

  it('sends no tokens, and stays', async () => {
    await using client = await open()
    expect(await authenticate(client, alice)).toMatchObject({
      errorCode: errors.ILLEGAL_SASL_STATE,
      errorMessage: 'SaslAuthenticate request received after successful authentication',
    })
    expect(await isServed(client)).toBe(true)
  })

  it('authenticates itself again, but not twice in a second (KIP-368)', async () => {
    await using client = await open()
    expect((await handshake(client, 'PLAIN')).errorCode).toBe(errors.NONE)
    expect((await authenticate(client, alice)).sessionLifetimeMs).toBe(3_600_000)
    expect(await isServed(client)).toBe(true)
    const refused = await handshake(client, 'PLAIN')
    expect(refused).toEqual({ errorCode: errors.ILLEGAL_SASL_STATE, mechanisms: [] })
    expect(await isServed(client)).toBe(true)
  })

  it('stays the same user (row 138)', async () => {
    await using client = await open()
    await handshake(client, 'PLAIN')
    expect(await authenticate(client, plainToken('bob', 'bob-secret'))).toMatchObject({
      errorCode: errors.SASL_AUTHENTICATION_FAILED,
      errorMessage: 'Cannot change principals during re-authentication from User.alice: User.bob',
    })
    await expectClosed(client)
  })

  it('stays with its mechanism, and hears nothing otherwise (row 138)', async () => {
    await using client = await open()
    expect((await handshake(client, 'SCRAM-SHA-256')).errorCode).toBe(errors.NONE)
    const scram = new ScramClient({ user: 'alice', password: 'alice-secret' })
    await expect(authenticate(client, scram.first)).rejects.toThrow(ConnectionClosed)
  })

  it('is cut off for a mechanism that there is not', async () => {
    await using client = await open()
    await expect(handshake(client, 'FOO')).rejects.toThrow(ConnectionClosed)
  })

  it('fails as at the first time', async () => {
    await using client = await open()
    await handshake(client, 'PLAIN')
    const answer = await authenticate(client, plainToken('alice', 'x'))
    expect(answer.errorMessage).toBe('Authentication failed: Invalid username or password')
    await expectClosed(client)
  })

  it('sends nothing else meanwhile', async () => {
    await using client = await open()
    await handshake(client, 'PLAIN')
    const { errorCode } = await client.request(apiVersions, 0, {})
    expect(errorName(errorCode)).toBe('ILLEGAL_SASL_STATE')
    await expectClosed(client)
  })

  it('sends small frames meanwhile', async () => {
    await using client = await open()
    await handshake(client, 'PLAIN')
    await expectClosedBy(client, frameOf(Buffer.alloc(64), maxReceiveBytes + 1))
  })

  it('may use bare tokens again', async () => {
    await using client = await open()
    await handshake(client, 'PLAIN', 0)
    expect(await client.exchange(frameOf(alice))).toEqual(Buffer.alloc(0))
    expect(await isServed(client)).toBe(true)
  })
})
