import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { AuthenticationFailure } from '../../src/client/failures.ts'
import { openClient } from '../../src/client/open.ts'
import { ScramClient } from '../../src/client/scram-client.ts'
import { createClientConfig } from '../../src/client/settings.ts'
import { startBroker } from '../../src/index.ts'
import { systemClock, waitingClock, type Clock } from '../../src/clock.ts'
import { addScramUser, saslBroker, type SaslBroker } from '../auth/sasl/broker.ts'
import { madeCertificates, type Certificates } from '../tls/certificates.ts'
import { sslConfig } from '../tls/secure-client.ts'

const password = 'pencil, = and ö'
const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
const listeners = 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0,SASL_SSL://127.0.0.1:0'

let broker: SaslBroker
let certificates: Certificates
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-client-'))
  certificates = await madeCertificates()
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_al="secret";'
  broker = await saslBroker({
    config: {
      ...sslConfig(certificates),
      listeners,
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': plain,
      'sasl.oauthbearer.unsecured.enable': true,
      'listener.name.sasl_ssl.ssl.client.auth': 'requested',
    },
  })
  await addScramUser(broker.plain, { name: 'carol,=', password })
  await addScramUser(broker.plain, { name: 'dora', password, mechanism: 'SCRAM-SHA-512' })
  await writeFile(path.join(directory, 'ca.pem'), certificates.authority.certificate)
  await writeFile(path.join(directory, 'client.pem'), certificates.client.certificate)
  await writeFile(path.join(directory, 'key.pem'), certificates.client.key)
})
afterAll(async () => {
  await broker[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

async function brokersSeen(
  bootstrapServers: string,
  properties: Record<string, string>,
  clock: Clock = waitingClock,
): Promise<number> {
  const all = { 'bootstrap.servers': bootstrapServers, ...properties }
  const settings = Object.entries(all).map(([name, value]) => ({ name, value, origin: name }))
  const client = await openClient(createClientConfig(settings), clock)
  try {
    const question = { includeClusterAuthorizedOperations: false }
    const { brokers } = await client.send(describeCluster, question)
    return brokers.length
  } finally {
    await client.close()
  }
}

const sasl = (mechanism: string, name: string, secret = password): Record<string, string> => ({
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': mechanism,
  'sasl.username': name,
  'sasl.password': secret,
})
const trusting = (): Record<string, string> => ({
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'PLAIN',
  'sasl.username': 'al',
  'sasl.password': 'secret',
  'ssl.truststore.certificates': certificates.authority.certificate,
})
const unsigned = (claims: string): Record<string, string> => ({
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'OAUTHBEARER',
  'sasl.jaas.config': `${module} ${claims};`,
})

describe('a client with SASL', () => {
  it('gets in by a password', async () => {
    expect(await brokersSeen(broker.sasl, sasl('PLAIN', 'alice', 'alice-secret'))).toBe(1)
    expect(await brokersSeen(broker.sasl, sasl('SCRAM-SHA-256', 'carol,='))).toBe(1)
    expect(await brokersSeen(broker.sasl, sasl('SCRAM-SHA-512', 'dora'))).toBe(1)
    const jaas =
      'org.apache.kafka.common.security.scram.ScramLoginModule required' +
      ` username="carol,=" password="${password}";`
    const properties = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'SCRAM-SHA-256',
      'sasl.jaas.config': jaas,
    }
    expect(await brokersSeen(broker.sasl, properties)).toBe(1)
  })

  it('gets in by a token', async () => {
    const claims = 'unsecuredLoginStringClaim_sub="alice"'
    expect(await brokersSeen(broker.sasl, unsigned(claims))).toBe(1)
    const expired = `${claims} unsecuredLoginLifetimeSeconds="-5"`
    await expect(brokersSeen(broker.sasl, unsigned(expired))).rejects.toThrow(AuthenticationFailure)
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const exp = Math.floor(Date.now() / 1000) + 60
    const token = `${part({ alg: 'none' })}.${part({ sub: 'alice', iat: exp - 60, exp })}.`
    const file = path.join(directory, 'token')
    await writeFile(file, `${token}\n`)
    const name = 'sasl.oauthbearer.token.endpoint.url'
    const common = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'OAUTHBEARER' }
    const inFile = { ...common, [name]: pathToFileURL(file).href }
    expect(await brokersSeen(broker.sasl, inFile)).toBe(1)
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization!)
      response.end(JSON.stringify({ access_token: token }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const atEndpoint = {
      ...common,
      [name]: `http://127.0.0.1:${port}/token`,
      'sasl.oauthbearer.client.credentials.client.id': 'id',
      'sasl.oauthbearer.client.credentials.client.secret': 'shh',
    }
    expect(await brokersSeen(broker.sasl, atEndpoint)).toBe(1)
    expect(asked).toEqual([`Basic ${Buffer.from('id:shh').toString('base64')}`])
    server.close()
  })

  it.each<[Record<string, string>, RegExp]>([
    [sasl('PLAIN', 'alice', 'wrong'), /127\.0\.0\.1:\d+ refuses the authentication: Auth/],
    [sasl('SCRAM-SHA-256', 'carol,=', 'wrong'), /refuses the authentication/],
    [sasl('SCRAM-SHA-256', 'nobody'), /refuses the authentication/],
  ])('is refused', async (properties, message) => {
    const refused = brokersSeen(broker.sasl, properties)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toBeInstanceOf(AuthenticationFailure)
  })

  it.each<[Record<string, string>, string]>([
    [{ 'security.protocol': 'SASL_SSL' }, 'sasl.mechanism: is not set'],
    [
      { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'a' },
      'sasl.password: is not set',
    ],
    [unsigned('a'), 'sasl.jaas.config: Value not specified for option 1'],
  ])('needs to be told how', async (properties, message) => {
    await expect(brokersSeen(broker.sasl, properties)).rejects.toThrow(message)
  })

  it('authenticates again before its session ends', async () => {
    await using short = await saslBroker({ config: { 'connections.max.reauth.ms': 10_000 } })
    let nowMs = 0
    const clock = { ...systemClock, monotonic: () => nowMs }
    const all = { 'bootstrap.servers': short.sasl, ...sasl('PLAIN', 'alice', 'alice-secret') }
    const settings = Object.entries(all).map(([name, value]) => ({ name, value, origin: name }))
    const client = await openClient(createClientConfig(settings), clock)
    const session = await client.route('any')
    await client.metadata({ topics: [] })
    nowMs = 9000
    await client.metadata({ topics: [] })
    expect(await client.route('any')).toBe(session)
    await client.close()
  })
})

describe('a client with TLS', () => {
  it('trusts whom it is told to trust', async () => {
    expect(await brokersSeen(broker.secure!, trusting())).toBe(1)
    const { 'ssl.truststore.certificates': _, ...others } = trusting()
    await expect(brokersSeen(broker.secure!, others)).rejects.toThrow(
      'signed by nobody trusted here. Name who may: ssl.truststore.location',
    )
    const careless = { ...others, 'enable.ssl.certificate.verification': 'false' }
    expect(await brokersSeen(broker.secure!, careless)).toBe(1)
  })

  it('takes files in PEM by librdkafka’s names, and shows a certificate', async () => {
    const { 'ssl.truststore.certificates': _, ...others } = trusting()
    const properties = {
      ...others,
      'ssl.ca.location': path.join(directory, 'ca.pem'),
      'ssl.certificate.location': path.join(directory, 'client.pem'),
      'ssl.key.location': path.join(directory, 'key.pem'),
    }
    expect(await brokersSeen(broker.secure!, properties)).toBe(1)
    const missing = { ...properties, 'ssl.ca.location': path.join(directory, 'nothing') }
    await expect(brokersSeen(broker.secure!, missing)).rejects.toThrow('ssl.truststore.location: ')
  })

  it('says when the broker wants a certificate', async () => {
    const config = { ...sslConfig(certificates), 'ssl.client.auth': 'required' }
    await using strict = await startBroker({ config })
    const { 'ssl.truststore.certificates': authority } = trusting()
    const properties = { 'security.protocol': 'SSL', 'ssl.truststore.certificates': authority! }
    await expect(brokersSeen(strict.bootstrapServers, properties)).rejects.toThrow(
      'it wants a certificate of the client that it trusts',
    )
  })

  it('says when one side has TLS and the other has not', async () => {
    await expect(brokersSeen(broker.plain, trusting())).rejects.toThrow('does that port speak TLS')
    await expect(brokersSeen(broker.secure!, {})).rejects.toThrow(
      /it speaks TLS: set security\.protocol|Does it want TLS or SASL/,
    )
  })
})

describe('SCRAM', () => {
  const options = { bits: 256, user: 'user', password: 'pencil', isToken: false } as const

  /** The example of RFC 7677, section 3. */
  it('proves and checks as in the example', async () => {
    const client = new ScramClient({ ...options, nonce: 'rOprNGfwEbeRWgbNEkqO' })
    expect((await client.first()).toString()).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    const final = client.answer(Buffer.from(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`))
    expect(final!.toString()).toBe(
      `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    )
    const right = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
    expect(client.answer(Buffer.from(right))).toBeUndefined()
    expect(() => client.answer(Buffer.from('v=AAAA'))).toThrow('does not know the password itself')
  })

  it.each([
    ['r=other,s=QQ==,i=4096', 'the nonce of SCRAM is another'],
    ['r=abc,s=QQ==,i=4096', 'the nonce of SCRAM is another'],
    ['r=abcd,s=QQ==,i=4095', '4095 iterations of SCRAM'],
    ['r=abcd,s=QQ==,i=99999999', '99999999 iterations of SCRAM'],
    ['e=other-error', 'the broker refuses the user: other-error'],
    ['nonsense', 'malformed'],
  ])('refuses %s', (text, message) => {
    const client = new ScramClient({ ...options, nonce: 'abc' })
    expect(() => client.answer(Buffer.from(text))).toThrow(message)
  })
})
