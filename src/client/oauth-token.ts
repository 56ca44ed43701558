/**
 * Where the tokens of OAUTHBEARER come from: a config, a file, an endpoint that knows the client
 * (RFC 6749, section 4.4; KIP-768), or, for development, nobody has signed them.
 */
import { fileURLToPath } from 'node:url'
import { nodeFs } from '../../storage/file/fs.ts'
import { waitingClock } from '../clock.ts'
import { AuthenticationFailure } from './failures.ts'
import type { ClientConfig } from './settings.ts'

export interface TokenSource {
  readonly config: ClientConfig
  /** Of the login module in sasl.jaas.config. */
  readonly options: ReadonlyMap<string, string>
}

const unsecuredClaim = 'unsecuredLoginStringClaim_'
const defaultLifetimeSeconds = 3600

/** Throws an AuthenticationFailure where there is none to be had. */
export async function oauthToken(source: TokenSource): Promise<string> {
  const { config, options } = source
  if (config.saslOauthbearerToken !== null) return config.saslOauthbearerToken.trim()
  const url = config.saslOauthbearerTokenEndpointUrl
  if (url?.startsWith('file:')) return tokenInFile(url)
  if (url !== null) return tokenOfEndpoint(url, source)
  const claims = [...options].filter(([name]) => name.startsWith(unsecuredClaim))
  if (claims.length > 0) return unsecuredToken(claims, options)
  throw new AuthenticationFailure(
    'OAUTHBEARER needs a token: sasl.oauthbearer.token, or sasl.oauthbearer.token.endpoint.url' +
      ' (https: or file:)',
  )
}

async function tokenInFile(url: string): Promise<string> {
  try {
    return (await nodeFs.readFile(fileURLToPath(url))).toString('utf8').trim()
  } catch (error) {
    throw new AuthenticationFailure(
      `sasl.oauthbearer.token.endpoint.url: ${(error as Error).message}`,
    )
  }
}

async function tokenOfEndpoint(url: string, { config, options }: TokenSource): Promise<string> {
  const id = config.saslOauthbearerClientCredentialsClientId ?? options.get('clientId') ?? ''
  const secret =
    config.saslOauthbearerClientCredentialsClientSecret ?? options.get('clientSecret') ?? ''
  const scope = config.saslOauthbearerScope ?? options.get('scope')
  const authorization = Buffer.from(`${id}:${secret}`).toString('base64')
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scope) body.set('scope', scope)
  const failed = (reason: string): AuthenticationFailure =>
    new AuthenticationFailure(`there is no token to be had at ${url}: ${reason}`)
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { authorization: `Basic ${authorization}`, accept: 'application/json' },
    })
    if (!response.ok) throw failed(`it answers ${response.status}`)
    const { access_token: token } = (await response.json()) as { access_token?: unknown }
    if (typeof token === 'string') return token
  } catch (error) {
    if (error instanceof AuthenticationFailure) throw error
    throw failed((error as Error).message)
  }
  throw failed('its answer has no access_token')
}

/** As Java's OAuthBearerUnsecuredLoginCallbackHandler makes it (RFC 7515, appendix A.5). */
function unsecuredToken(
  texts: readonly (readonly [string, string])[],
  options: ReadonlyMap<string, string>,
): string {
  const now = Math.floor(waitingClock.now() / 1000)
  const lifetime = Number(options.get('unsecuredLoginLifetimeSeconds') ?? defaultLifetimeSeconds)
  const claims = Object.fromEntries(
    texts.map(([name, value]) => [name.slice(unsecuredClaim.length), value]),
  )
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ iat: now, exp: now + lifetime, ...claims })}.`
}
