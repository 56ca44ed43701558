/** What holds while clients are connected, and what is never told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { errorName } from '../../../protocol/errors.ts'
import type { Logger } from '../../../src/logger.ts'
import { ConfigClient, resource, SET } from '../../handlers/configs.ts'
import { RawClient } from '../../raw-client.ts'
import {
  addScramUser,
  authenticate,
  handshake,
  handshaken,
  plainToken,
  saslBroker,
  type SaslBroker,
} from './broker.ts'
import { ScramClient } from './scram-client.ts'

const jaasName = 'listener.name.sasl_plaintext.plain.sasl.jaas.config'
const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

let broker: SaslBroker
let admin: RawClient
const configs = new ConfigClient(() => admin)
const logged: string[] = []

beforeEach(async () => {
  const log = (...line: unknown[]): void => void logged.push(JSON.stringify(line))
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const config = { 'connections.max.reauth.ms': 3_600_000 }
  broker = await saslBroker({ config, logger })
  admin = await RawClient.connect(broker.plain)
})
afterEach(async () => {
  await admin[Symbol.asyncDispose]()
  await broker[Symbol.asyncDispose]()
})

/** The error of an exchange, with a client that has asked for the mechanism. */
async function scramAs(client: RawClient, password: string): Promise<string> {
  const scram = new ScramClient({ user: 'carol', password })
  const { authBytes } = await authenticate(client, scram.first)
  return errorName((await authenticate(client, scram.final(authBytes))).errorCode)
}

async function plainAs(user: string, password: string) {
  const client = await handshaken(broker.sasl, 'PLAIN')
  const { errorCode } = await authenticate(client, plainToken(user, password))
  return { client, error: errorName(errorCode) }
}

const setJaas = async (text: string) =>
  configs.change(resource.broker, await configs.broker(), [[jaasName, SET, text]])

describe('a password that changes', () => {
  it('keeps who is connected until the session ends (SCRAM)', async () => {
    await addScramUser(broker.plain, { name: 'carol', password: 'first' })
    await using client = await handshaken(broker.sasl, 'SCRAM-SHA-256')
    expect(await scramAs(client, 'first')).toBe('NONE')
    await addScramUser(broker.plain, { name: 'carol', password: 'second' })
    expect((await client.request(apiVersions, 0, {})).errorCode).toBe(0)

    await using newcomer = await handshaken(broker.sasl, 'SCRAM-SHA-256')
    expect(await scramAs(newcomer, 'first')).toBe('SASL_AUTHENTICATION_FAILED')
    await using other = await handshaken(broker.sasl, 'SCRAM-SHA-256')
    expect(await scramAs(other, 'second')).toBe('NONE')

    await handshake(client, 'SCRAM-SHA-256')
    expect(await scramAs(client, 'first')).toBe('SASL_AUTHENTICATION_FAILED')
  })

  it('counts from the next exchange on (PLAIN)', async () => {
    const before = await plainAs('alice', 'alice-secret')
    await setJaas(`${module} user_alice="new-secret" user_dave="dave-secret";`)
    expect((await before.client.request(apiVersions, 0, {})).errorCode).toBe(0)
    const after = [
      await plainAs('alice', 'alice-secret'),
      await plainAs('alice', 'new-secret'),
      await plainAs('dave', 'dave-secret'),
      await plainAs('bob', 'bob-secret'),
    ]
    const failed = 'SASL_AUTHENTICATION_FAILED'
    expect(after.map(({ error }) => error)).toEqual([failed, 'NONE', 'NONE', failed])
    for (const { client } of [before, ...after]) await client[Symbol.asyncDispose]()
  })

  it.each([
    ['hidden-secret', 'Login module control flag not specified'],
    [`${module} user_alice="hidden-secret"`, 'not terminated by semi-colon'],
    ['example.OtherModule required user_alice="hidden-secret";', 'another login module'],
  ])('is refused where it is none: %s', async (text, message) => {
    const answer = await setJaas(text)
    expect(answer.error).toBe('INVALID_REQUEST')
    expect(answer.errorMessage).toContain(message)
    expect(answer.errorMessage).not.toContain('hidden-secret')
    const { client, error } = await plainAs('alice', 'alice-secret')
    expect(error).toBe('NONE')
    await client[Symbol.asyncDispose]()
  })
})

it('mechanisms are taken away, and given', async () => {
  const name = 'listener.name.sasl_plaintext.sasl.enabled.mechanisms'
  const set = async (value: string) =>
    configs.change(resource.broker, await configs.broker(), [[name, SET, value]])
  expect((await set('SCRAM-SHA-512,GSSAPI')).error).toBe('NONE')
  await using client = await RawClient.connect(broker.sasl)
  expect(await handshake(client, 'PLAIN')).toMatchObject({ mechanisms: ['SCRAM-SHA-512'] })
  for (const none of ['GSSAPI', 'FOO', 'PLAIM']) {
    expect((await set(none)).error).toBe('INVALID_REQUEST')
  }
})

it('no password is told (RULES §5.4)', async () => {
  await addScramUser(broker.plain, { name: 'carol', password: 'carol-secret' })
  await using client = await handshaken(broker.sasl, 'SCRAM-SHA-256')
  await scramAs(client, 'carol-secret')
  for (const password of ['alice-secret', 'wrong-secret']) {
    await (await plainAs('alice', password)).client[Symbol.asyncDispose]()
  }
  await setJaas(`${module} user_alice="new-secret";`)
  const told = await configs.describe(resource.broker, await configs.broker(), [jaasName])
  expect(told.configs).toMatchObject([{ name: jaasName, value: null, isSensitive: true }])
  expect(logged.join('\n')).toContain('"type":"authentication","outcome":"failure"')
  expect(logged.join('\n')).not.toContain('-secret')
})
