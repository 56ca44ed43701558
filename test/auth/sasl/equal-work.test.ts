import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Mechanism } from '../../../src/auth/sasl/mechanism.ts'
import { jaasPasswords, plain } from '../../../src/auth/sasl/plain.ts'
import { scramAccounts } from '../../../src/auth/sasl/scram-accounts.ts'
import { scram } from '../../../src/auth/sasl/scram.ts'
import { ScramCredentials } from '../../../src/auth/scram-credentials.ts'
import { scramMechanisms } from '../../../src/auth/scram-mechanisms.ts'
import { parseJaas } from '../../../src/config/jaas.ts'
import { systemRandom } from '../../../src/random.ts'
import { createMemoryMetadataStore } from '../../../storage/memory/store.ts'
import { ScramClient } from './scram-client.ts'

const work: string[] = []

/** What is done with keys is counted: no clock could tell as well. */
const counted = ['createHmac', 'createHash', 'timingSafeEqual'] as const
const originals = counted.map(name => [name, crypto[name]] as const)

beforeAll(() => {
  for (const [name, original] of originals) {
    const counting = (...args: never[]): unknown => {
      work.push(name)
      return (original as (...args: never[]) => unknown)(...args)
    }
    Object.assign(crypto, { [name]: counting })
  }
  syncBuiltinESMExports()
})
afterAll(() => {
  Object.assign(crypto, Object.fromEntries(originals))
  syncBuiltinESMExports()
})

/** Of the broker's side of an exchange that fails. */
async function workOf(mechanism: Mechanism, tokens: readonly ((last: Buffer) => Buffer)[]) {
  const server = mechanism.start()
  const done: string[] = []
  let last: Buffer = Buffer.alloc(0)
  for (const token of tokens) {
    const bytes = token(last)
    work.length = 0
    try {
      last = (await server.evaluate(bytes)).challenge
    } catch (error) {
      done.push((error as Error).name)
    }
    done.push(...work)
  }
  return done
}

const noTokens = { live: () => undefined }

describe('a failure costs as much whether there is such a user or not (CVE-2021-38153)', () => {
  it('with PLAIN', async () => {
    const module = parseJaas('PlainLoginModule required user_alice="secret";')
    const mechanism = plain(jaasPasswords(module, systemRandom))
    const failed = (user: string) => workOf(mechanism, [() => Buffer.from(`\0${user}\0wrong`)])
    expect(await failed('alice')).toEqual(['SaslFailure', 'createHmac', 'timingSafeEqual'])
    expect(await failed('nobody')).toEqual(await failed('alice'))
  })

  it.each(scramMechanisms)('with $name', async scramMechanism => {
    const { hash, number } = scramMechanism
    const credentials = new ScramCredentials(createMemoryMetadataStore(), Buffer.alloc(32))
    const saltedPassword = Buffer.alloc(32, 1)
    const user = { name: 'alice', mechanism: number, iterations: 4096, salt: Buffer.alloc(8) }
    await credentials.alter([], [{ ...user, saltedPassword }])
    const accounts = scramAccounts(credentials, noTokens)
    const mechanism = scram({ mechanism: scramMechanism, accounts, nonce: () => 'server' })
    const failed = (name: string) => {
      const client = new ScramClient({ user: name, password: 'x', hash })
      return workOf(mechanism, [() => client.first, last => client.final(last)])
    }
    expect(await failed('alice')).toContain('timingSafeEqual')
    expect(await failed('nobody')).toEqual(await failed('alice'))
  })
})
