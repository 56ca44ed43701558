import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metadata } from '../../../protocol/apis/03-metadata.ts'
import { incrementalAlterConfigs } from '../../../protocol/apis/44-incremental-alter-configs.ts'
import { errorName } from '../../../protocol/errors.ts'
import { startBroker } from '../../../src/index.ts'
import { ConnectionClosed, RawClient } from '../../raw-client.ts'
import {
  clientMessage,
  jwks,
  newKey,
  sign,
  unsecured,
  type TestKey,
} from '../oauthbearer/tokens.ts'
import { authenticate, handshaken, saslBroker } from './broker.ts'

const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const claims = () => ({ sub: 'alice', iat: nowSeconds(), exp: nowSeconds() + 60 })

const logged: string[] = []
const log = (...line: unknown[]): void => void logged.push(JSON.stringify(line))
const logger = { debug: log, info: log, warn: log, error: log }

const generic =
  'Authentication failed during authentication due to invalid credentials' +
  ' with SASL mechanism OAUTHBEARER'

describe('OAUTHBEARER with signed tokens', () => {
  let broker: Awaited<ReturnType<typeof saslBroker>>
  let key: TestKey
  let folder: string
  beforeAll(async () => {
    key = await newKey('key-1')
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-oauth-'))
    const file = path.join(folder, 'jwks.json')
    await writeFile(file, jwks(key))
    const of = 'listener.name.sasl_plaintext.oauthbearer.'
    const handler =
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler'
    broker = await saslBroker({
      logger,
      config: {
        'sasl.enabled.mechanisms': 'OAUTHBEARER,PLAIN',
        [`${of}sasl.server.callback.handler.class`]: handler,
        [`${of}sasl.oauthbearer.jwks.endpoint.url`]: pathToFileURL(file).href,
        'sasl.oauthbearer.expected.audience': 'kafka',
        'sasl.oauthbearer.expected.issuer': 'https://idp.test',
      },
    })
  })
  afterAll(async () => {
    await broker[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const signed = (more: object = {}): Promise<string> =>
    sign(key, { ...claims(), iss: 'https://idp.test', aud: 'kafka', ...more })

  it('lets a client in for as long as its token is good (KIP-368)', async () => {
    await using client = await handshaken(broker.sasl, 'OAUTHBEARER')
    const extensions = { traceId: '1' }
    const answer = await authenticate(client, clientMessage(await signed(), { extensions }))
    expect(answer).toMatchObject({ errorCode: 0, authBytes: Buffer.alloc(0) })
    expect(answer.sessionLifetimeMs).toBeGreaterThan(50_000)
    expect(answer.sessionLifetimeMs).toBeLessThanOrEqual(60_000)
    const { brokers } = await client.request(metadata, 12, { topics: [] })
    expect(brokers).toHaveLength(1)
  })

  it('tells a client that its token is not good, and ends with its answer', async () => {
    const expired = await signed({ exp: nowSeconds() - 31, iat: nowSeconds() - 100 })
    const another = await sign(await newKey('key-1'), claims())
    for (const token of [expired, await signed({ aud: 'others' }), another, unsecured(claims())]) {
      await using client = await handshaken(broker.sasl, 'OAUTHBEARER')
      const told = await authenticate(client, clientMessage(token))
      const text = '{"status":"invalid_token"}'
      expect([told.errorCode, told.authBytes.toString()]).toEqual([0, text])
      const ended = await authenticate(client, Buffer.from('\x01'))
      expect(errorName(ended.errorCode)).toBe('SASL_AUTHENTICATION_FAILED')
      expect(ended.errorMessage).toBe(text)
      await expect(client.request(metadata, 12, { topics: [] })).rejects.toThrow(ConnectionClosed)
      expect(logged.join()).not.toContain(token)
    }
  })

  it('gives a client that was refused no second try on the connection', async () => {
    await using client = await handshaken(broker.sasl, 'OAUTHBEARER')
    await authenticate(client, clientMessage(unsecured(claims())))
    const { errorCode } = await authenticate(client, clientMessage(await signed()))
    expect(errorName(errorCode)).toBe('SASL_AUTHENTICATION_FAILED')
  })

  it.each<[string, string]>([
    ['n,,\x01auth=Basic abc\x01\x01', generic],
    ['\x01', generic],
    ['', generic],
  ])('refuses %j', async (message, text) => {
    await using client = await handshaken(broker.sasl, 'OAUTHBEARER')
    const { errorCode, errorMessage } = await authenticate(client, Buffer.from(message))
    expect([errorName(errorCode), errorMessage]).toEqual(['SASL_AUTHENTICATION_FAILED', text])
  })

  it('lets nobody act for another', async () => {
    for (const [authorizationId, error] of [
      ['alice', 'NONE'],
      ['bob', 'SASL_AUTHENTICATION_FAILED'],
    ] as const) {
      await using client = await handshaken(broker.sasl, 'OAUTHBEARER')
      const message = clientMessage(await signed(), { authorizationId })
      const { errorCode, errorMessage } = await authenticate(client, message)
      expect(errorName(errorCode)).toBe(error)
      if (error !== 'NONE') expect(errorMessage).toContain("different from the token's principal")
    }
  })

  it('has its keys from where the operator has said, and no client says otherwise', async () => {
    await using client = await RawClient.connect(broker.plain)
    for (const [name, value] of [
      ['sasl.oauthbearer.jwks.endpoint.url', 'http://169.254.169.254/'],
      ['sasl.oauthbearer.unsecured.enable', 'true'],
      ['sasl.oauthbearer.expected.issuer', 'https://stranger.test'],
    ] as const) {
      const prefix = 'listener.name.sasl_plaintext.'
      for (const configName of [name, prefix + name, `${prefix}oauthbearer.${name}`]) {
        const { responses } = await client.request(incrementalAlterConfigs, 1, {
          resources: [
            {
              resourceType: 4,
              resourceName: '0',
              configs: [{ name: configName, configOperation: 0, value }],
            },
          ],
          validateOnly: false,
        })
        expect(errorName(responses[0]!.errorCode)).toBe('INVALID_REQUEST')
      }
    }
  })

  it('lets kafkajs in with a good token', async () => {
    const topics = async (token: string): Promise<string[]> => {
      const kafka = new Kafka({
        brokers: [broker.sasl],
        logLevel: logLevel.NOTHING,
        retry: { retries: 0 },
        sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: token }) },
      })
      const admin = kafka.admin()
      try {
        await admin.connect()
        return await admin.listTopics()
      } finally {
        await admin.disconnect()
      }
    }
    expect(await topics(await signed())).toEqual([])
    // It does not look at what it is told, and hears of it when it asks for more.
    await expect(topics(await signed({ aud: 'others' }))).rejects.toThrow(
      'No brokers in the broker pool',
    )
  })
})

describe('OAUTHBEARER with unsecured tokens', () => {
  const jaas = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
  const config = {
    listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    'sasl.jaas.config': `${jaas} unsecuredValidatorRequiredScope="produce consume";`,
    'sasl.oauthbearer.unsecured.enable': true,
    'connection.failed.authentication.delay.ms': 0,
  }

  it('takes those, says so, and tells which scope is missing', async () => {
    logged.length = 0
    await using broker = await startBroker({ config, logger })
    expect(logged.join()).toContain('anybody can make tokens')
    const scope = ['produce', 'consume', 'more']
    await using alice = await handshaken(broker.bootstrapServers, 'OAUTHBEARER')
    const good = await authenticate(alice, clientMessage(unsecured({ ...claims(), scope })))
    expect(errorName(good.errorCode)).toBe('NONE')
    await using bob = await handshaken(broker.bootstrapServers, 'OAUTHBEARER')
    const told = await authenticate(bob, clientMessage(unsecured(claims())))
    expect(told.authBytes.toString()).toBe(
      '{"status":"insufficient_scope", "scope":"[produce, consume]"}',
    )
  })

  const unsecuredHandler =
    'org.apache.kafka.common.security.oauthbearer.internals.unsecured' +
    '.OAuthBearerUnsecuredValidatorCallbackHandler'
  const off = { 'sasl.oauthbearer.unsecured.enable': false }

  it.each<[string, object, RegExp]>([
    ['without saying so', off, /jwks\.endpoint\.url: OAUTHBEARER needs the keys/],
    [
      'without saying so, by its class',
      { ...off, 'sasl.server.callback.handler.class': unsecuredHandler },
      /sasl\.oauthbearer\.unsecured\.enable=true takes unsigned ones/,
    ],
    [
      'with a class that is not there',
      { 'sasl.server.callback.handler.class': 'com.example.Tokens' },
      /sasl\.server\.callback\.handler\.class: there is no such class here/,
    ],
    [
      'with another that is not there, for passwords',
      {
        'listener.name.sasl_plaintext.plain.sasl.server.callback.handler.class': 'com.example.Ldap',
      },
      /plain\.sasl\.server\.callback\.handler\.class: there is no such class here/,
    ],
    [
      'with a validator that is not there',
      {
        'sasl.oauthbearer.jwks.endpoint.url': 'https://idp.test/jwks',
        'sasl.oauthbearer.jwt.validator.class':
          'org.apache.kafka.common.security.oauthbearer.ClientJwtValidator',
      },
      /jwt\.validator\.class: there is no such class here/,
    ],
    [
      'with keys somewhere else',
      { 'sasl.oauthbearer.jwks.endpoint.url': 'ldap://idp.test/jwks' },
      /jwks\.endpoint\.url: 'ldap:\/\/idp\.test\/jwks' is no address/,
    ],
    [
      'with keys nowhere',
      { 'sasl.oauthbearer.jwks.endpoint.url': 'jwks.json' },
      /'jwks\.json' is no address: https:/,
    ],
    [
      'with another login module',
      { 'sasl.jaas.config': 'com.sun.security.auth.module.JndiLoginModule required;' },
      /another login module than/,
    ],
    [
      'with an option that makes no sense',
      { 'sasl.jaas.config': `${jaas} unsecuredValidatorAllowableClockSkewMs="-1";` },
      /unsecuredValidatorAllowableClockSkewMs/,
    ],
    [
      'named by nothing',
      {
        'sasl.oauthbearer.jwks.endpoint.url': 'https://idp.test/jwks',
        'sasl.oauthbearer.sub.claim.name': ' ',
      },
      /sub\.claim\.name: is empty/,
    ],
  ])('does not start %s', async (_, more, message) => {
    await expect(startBroker({ config: { ...config, ...more } })).rejects.toThrow(message)
  })
})
