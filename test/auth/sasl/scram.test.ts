import { describe, expect, it } from 'vitest'
import type { SaslServer } from '../../../src/auth/sasl/mechanism.ts'
import { scramAccounts } from '../../../src/auth/sasl/scram-accounts.ts'
import { scram } from '../../../src/auth/sasl/scram.ts'
import { ScramCredentials } from '../../../src/auth/scram-credentials.ts'
import { scramMechanisms, type ScramMechanism } from '../../../src/auth/scram-mechanisms.ts'
import { pbkdf2Sync } from 'node:crypto'
import { createMemoryMetadataStore } from '../../../storage/memory/store.ts'
import { ScramClient } from './scram-client.ts'

const [sha256, sha512] = scramMechanisms as [ScramMechanism, ScramMechanism]
const secret = Buffer.from('the secret of the cluster')

interface User {
  name: string
  password: string
  mechanism?: ScramMechanism
  iterations?: number
  salt?: Buffer
}

async function credentialsOf(users: readonly User[], ofCluster = secret) {
  const credentials = new ScramCredentials(createMemoryMetadataStore(), ofCluster)
  for (const { name, password, mechanism = sha256, iterations = 4096, ...rest } of users) {
    const { salt = Buffer.from('salt') } = rest
    const { hash, keyBytes, number } = mechanism
    const saltedPassword = pbkdf2Sync(password, salt, iterations, keyBytes, hash)
    await credentials.alter([], [{ name, mechanism: number, iterations, salt, saltedPassword }])
  }
  return credentials
}

function start(credentials: ScramCredentials, mechanism = sha256, nonce = 'server'): SaslServer {
  return scram({
    mechanism,
    accounts: scramAccounts(credentials, noTokens),
    nonce: () => nonce,
  }).start()
}

const text = async (step: ReturnType<SaslServer['evaluate']>): Promise<string> =>
  (await step).challenge.toString()

/** As a stranger sees it. */
async function askedOf(name: string, credentials: ScramCredentials, mechanism = sha256) {
  const server = start(credentials, mechanism)
  const first = await text(server.evaluate(Buffer.from(`n,,n=${name},r=client`)))
  const [, salt, iterations] = /,s=([^,]+),i=(\d+)$/.exec(first)!
  return { salt: Buffer.from(salt!, 'base64').toString(), iterations: Number(iterations) }
}

const noTokens = { live: () => undefined }

describe('SCRAM', () => {
  it('has the exchange of RFC 7677, section 3', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    const credentials = await credentialsOf([{ name: 'user', password: 'pencil', salt }])
    const server = start(credentials, sha256, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0')
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    const first = Buffer.from('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    expect(await text(server.evaluate(first))).toBe(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)
    const proof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
    const last = await server.evaluate(Buffer.from(`c=biws,r=${nonce},p=${proof}`))
    expect(last.challenge.toString()).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
    expect(last.complete?.principal).toEqual({ type: 'User', name: 'user' })
  })

  it('says which client sends a nonce twice', async () => {
    const credentials = await credentialsOf([{ name: 'user', password: 'pencil' }])
    const server = start(credentials)
    await server.evaluate(Buffer.from('n,,n=user,r=client'))
    const last = Buffer.from('c=biws,r=clientclientserver,p=AAAA')
    expect(() => server.evaluate(last)).toThrow('librdkafka before 2.6.1')
  })

  it.each([sha256, sha512])('lets in with the password of $name', async mechanism => {
    const names = ['alice', 'a,=2C=3D b', '=', ',,']
    const users = names.map(name => ({ name, password: `of ${name}`, mechanism }))
    const credentials = await credentialsOf(users)
    for (const { name: user, password } of users) {
      const server = start(credentials, mechanism)
      const client = new ScramClient({ user, password, hash: mechanism.hash })
      const { challenge } = await server.evaluate(client.first)
      const { complete } = await server.evaluate(client.final(challenge))
      expect(complete?.principal).toEqual({ type: 'User', name: user })
    }
  })

  it('refuses a mandatory extension, as RFC 5802 does; Kafka overlooks it', async () => {
    const server = start(await credentialsOf([]))
    expect(() => server.evaluate(Buffer.from('n,,m=1,n=user,r=client'))).toThrow('SCRAM')
  })

  it('refuses a proof of another length', async () => {
    const server = start(await credentialsOf([{ name: 'user', password: 'pencil' }]))
    await server.evaluate(Buffer.from('n,,n=user,r=client'))
    expect(() => server.evaluate(Buffer.from('c=biws,r=clientserver,p='))).toThrow('proof')
    expect(() => server.evaluate(Buffer.from('c=biws,r=clientserver,p=AAAA'))).toThrow('proof')
  })

  it('reads the longest messages that there may be', async () => {
    const credentials = await credentialsOf([])
    const server = start(credentials)
    for (const part of [',', '=', '=2C', 'a=b,', 'm=1,', 'A']) {
      const long = part.repeat(524_288 / part.length)
      for (const message of [long, `n,,n=${long}`, `n,,n=a,r=${long}`, `n,,n=a,r=b,${long}`]) {
        try {
          await start(credentials).evaluate(Buffer.from(message))
        } catch {
          // Refused or not, it has ended.
        }
      }
    }
    expect(await text(server.evaluate(Buffer.from('n,,n=a,r=b')))).toContain('r=bserver')
  })
})

describe('a user that there is not', () => {
  it('is asked as if there were one, and the same each time', async () => {
    const credentials = await credentialsOf([{ name: 'alice', password: 'x' }])
    const asked = await askedOf('nobody', credentials)
    expect(asked.iterations).toBe(4096)
    // Kafka's tools make salts of 130 bits to the base 36.
    expect(asked.salt).toMatch(/^[0-9a-z]{20,26}$/)
    expect(await askedOf('nobody', credentials)).toEqual(asked)
    expect(await askedOf('nobody', await credentialsOf([]))).toEqual(asked)
    expect((await askedOf('nobody2', credentials)).salt).not.toBe(asked.salt)
    expect((await askedOf('nobody', credentials, sha512)).salt).not.toBe(asked.salt)
    const elsewhere = await credentialsOf([], Buffer.from('another secret'))
    expect((await askedOf('nobody', elsewhere)).salt).not.toBe(asked.salt)
  })

  it('has the iterations that most users have', async () => {
    const users = [4096, 8192, 8192, 5000].map((iterations, i) => {
      return { name: `user${i}`, password: 'x', iterations }
    })
    const credentials = await credentialsOf(users)
    expect((await askedOf('nobody', credentials)).iterations).toBe(8192)
    expect((await askedOf('nobody', credentials, sha512)).iterations).toBe(4096)
    await credentials.alter([{ name: 'user1', mechanism: 1 }], [])
    expect((await askedOf('nobody', credentials)).iterations).toBe(4096)
  })

  it('is refused, whatever it proves', async () => {
    const server = start(await credentialsOf([]))
    const client = new ScramClient({ user: 'nobody', password: 'x' })
    const { challenge } = await server.evaluate(client.first)
    expect(() => server.evaluate(client.final(challenge))).toThrow('no such user')
  })
})
