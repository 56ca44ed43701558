/** Brokers and clients for tests of SASL: over sockets, byte by byte. */
import { pbkdf2Sync } from 'node:crypto'
import { saslHandshake } from '../../../protocol/apis/17-sasl-handshake.ts'
import { saslAuthenticate } from '../../../protocol/apis/36-sasl-authenticate.ts'
import { alterUserScram } from '../../../protocol/apis/51-alter-user-scram-credentials.ts'
import { startBroker, type StartOptions } from '../../../src/index.ts'
import { RawClient } from '../../raw-client.ts'

const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required' +
  ' user_alice="alice-secret" user_bob="bob-secret";'

/** For a broker with a plain listener and one that asks for authentication. */
const saslConfig = {
  listeners: 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  'listener.name.sasl_plaintext.plain.sasl.jaas.config': jaas,
  'connection.failed.authentication.delay.ms': 0,
}

/** Where its listeners are. */
export interface SaslBroker extends AsyncDisposable {
  plain: string
  sasl: string
  /** Where there is a third one. */
  secure?: string | undefined
}

export async function saslBroker(options: StartOptions = {}): Promise<SaslBroker> {
  const { config, ...others } = options
  const broker = await startBroker({ ...others, config: { ...saslConfig, ...config } })
  const [plain, sasl, secure] = broker.bootstrapServers.split(',')
  return { plain: plain!, sasl: sasl!, secure, [Symbol.asyncDispose]: () => broker.close() }
}

export interface ScramUser {
  name: string
  password: string
  mechanism?: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  iterations?: number
}

/** Through a listener without authentication. */
export async function addScramUser(bootstrapServers: string, user: ScramUser): Promise<void> {
  const { name, password, mechanism = 'SCRAM-SHA-256', iterations = 4096 } = user
  const is512 = mechanism === 'SCRAM-SHA-512'
  const salt = Buffer.from(`salt of ${name}`)
  const [bytes, hash] = is512 ? [64, 'sha512'] : [32, 'sha256']
  const saltedPassword = pbkdf2Sync(password, salt, iterations, bytes, hash)
  await using client = await RawClient.connect(bootstrapServers)
  const upsertion = { name, mechanism: is512 ? 2 : 1, iterations, salt, saltedPassword }
  const { results } = await client.request(alterUserScram, 0, {
    deletions: [],
    upsertions: [upsertion],
  })
  if (results[0]?.errorCode !== 0) throw new Error(`${name}: ${results[0]?.errorMessage}`)
}

export function plainToken(user: string, password: string, authorizationId = ''): Buffer {
  return Buffer.from([authorizationId, user, password].join('\0'))
}

/** A client that has chosen its mechanism. */
export async function handshaken(bootstrapServers: string, mechanism: string): Promise<RawClient> {
  const client = await RawClient.connect(bootstrapServers)
  await handshake(client, mechanism)
  return client
}

export function handshake(client: RawClient, mechanism: string, version = 1) {
  return client.request(saslHandshake, version, { mechanism })
}

export function authenticate(client: RawClient, token: Buffer, version = 2) {
  return client.request(saslAuthenticate, version, { authBytes: token })
}
