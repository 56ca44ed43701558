/** How a client says who it is (KIP-43, KIP-152, KIP-368). */
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { errors } from '../../protocol/errors.ts'
import { parseJaas } from '../config/jaas.ts'
import { systemRandom } from '../random.ts'
import { addressText } from './address.ts'
import { AuthenticationFailure } from './failures.ts'
import { oauthToken, type TokenSource } from './oauth-token.ts'
import { ScramClient } from './scram-client.ts'
import type { Authenticate, Session } from './session.ts'
import type { ClientConfig } from './settings.ts'

/** An exchange of tokens: ours first; `answer` gives the next one, or undefined at the end. */
export interface SaslClient {
  first(): Promise<Buffer>
  /** Throws an error for an answer that nobody but a stranger gives. */
  answer(challenge: Buffer): Buffer | undefined
}

/** Undefined without SASL. Throws a RangeError that begins with the name of a config. */
export function authenticator(config: ClientConfig): Authenticate | undefined {
  if (!config.securityProtocol.startsWith('SASL_')) return undefined
  const { saslMechanism: mechanism } = config
  if (mechanism === null) {
    throw new RangeError(
      'sasl.mechanism: is not set; it is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER',
    )
  }
  const begin = exchange(mechanism, config)
  return session => authenticate(session, mechanism, begin())
}

function exchange(
  mechanism: NonNullable<ClientConfig['saslMechanism']>,
  config: ClientConfig,
): () => SaslClient {
  const options = jaasOptions(config)
  if (mechanism === 'OAUTHBEARER') {
    const source: TokenSource = { config, options }
    return () => oauthBearer(() => oauthToken(source))
  }
  const user = config.saslUsername ?? options.get('username')
  const password = config.saslPassword ?? options.get('password')
  if (user === undefined || password === undefined) {
    const missing = user === undefined ? 'sasl.username' : 'sasl.password'
    throw new RangeError(
      `${missing}: is not set; nor does sasl.jaas.config say it. A password goes into a file` +
        ' (--command-config) or into ODRADEK_CLIENT_SASL_PASSWORD',
    )
  }
  if (mechanism === 'PLAIN') return () => plain(user, password)
  const isToken = options.get('tokenauth')?.toLowerCase() === 'true'
  const bits = mechanism === 'SCRAM-SHA-256' ? 256 : 512
  const newNonce = (): string => systemRandom.bytes(24).toString('base64url')
  return () => new ScramClient({ bits, user, password, isToken, nonce: newNonce() })
}

function jaasOptions({ saslJaasConfig: text }: ClientConfig): ReadonlyMap<string, string> {
  if (text === null) return new Map()
  try {
    return parseJaas(text).options
  } catch (error) {
    throw new RangeError(`sasl.jaas.config: ${(error as Error).message}`)
  }
}

/** RFC 4616. */
function plain(user: string, password: string): SaslClient {
  return {
    first: async () => Buffer.from(`\0${user}\0${password}`),
    answer: () => undefined,
  }
}

/** RFC 7628: whoever is refused answers with 0x01, and only then hears the error. */
function oauthBearer(token: () => Promise<string>): SaslClient {
  return {
    first: async () => Buffer.from(`n,,\x01auth=Bearer ${await token()}\x01\x01`),
    answer: challenge => (challenge.length === 0 ? undefined : Buffer.from([1])),
  }
}

/** Resolves with how long it holds, in milliseconds; 0 for ever. */
async function authenticate(
  session: Session,
  mechanism: string,
  client: SaslClient,
): Promise<number> {
  const where = addressText(session.address)
  const { errorCode, mechanisms } = await session.request(
    saslHandshake,
    { mechanism },
    { minVersion: 1 },
  )
  if (errorCode !== errors.NONE) {
    throw new AuthenticationFailure(
      `${where} does not take the SASL mechanism ${mechanism}; it takes ${mechanisms.join(', ')}`,
    )
  }
  let token: Buffer | undefined = await client.first()
  let lifetimeMs = 0
  while (token !== undefined) {
    const answer = await session.request(saslAuthenticate, { authBytes: token })
    if (answer.errorCode !== errors.NONE) {
      throw new AuthenticationFailure(
        `${where} refuses the authentication: ${answer.errorMessage ?? 'no reason given'}.` +
          ' Check sasl.username, sasl.password and sasl.mechanism',
      )
    }
    lifetimeMs = answer.sessionLifetimeMs
    token = nextToken(client, answer.authBytes, where)
  }
  return lifetimeMs
}

function nextToken(client: SaslClient, challenge: Buffer, where: string): Buffer | undefined {
  try {
    return client.answer(challenge)
  } catch (error) {
    throw new AuthenticationFailure(`${where}: ${(error as Error).message}`)
  }
}
