/** What a client of OAUTHBEARER sends first (RFC 7628, section 3.1). */
import { SaslFailure } from '../sasl/mechanism.ts'

export interface ClientMessage {
  readonly token: string
  /** As whom the client wants to act; empty where it does not say. */
  readonly authorizationId: string
}

/** No channel binding; the authorization id in the form of RFC 5801. */
const header = /^n,(?:a=((?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+))?,\x01/
const pair = /^([A-Za-z]+)=([\x21-\x7e \t\r\n]+)$/
const authorization = /^(\w+) +([-\w~+/.]+=*)$/

/**
 * Throws a SaslFailure. Pairs but `auth` are extensions (KIP-342), of which the broker knows none:
 * they must be well formed, and that is all (Kafka: OAuthBearerClientInitialResponse).
 */
export function parseClientMessage(bytes: Buffer): ClientMessage {
  const text = bytes.toString('utf8')
  const [start, authorizationId = ''] = header.exec(text) ?? []
  if (start === undefined) throw malformed('its header')
  // Each pair ends with 0x01, and so does the message.
  const parts = text.slice(start.length).split('\x01')
  if (parts.pop() !== '' || parts.pop() !== '') throw malformed('its end')
  let auth: string | undefined
  for (const part of parts) {
    const [, key, value] = pair.exec(part) ?? []
    if (key === undefined) throw malformed('a pair')
    if (key === 'auth') auth = value
  }
  if (auth === undefined) throw malformed("'auth' is missing")
  const [, scheme, token] = authorization.exec(auth) ?? []
  if (token === undefined) throw malformed("the format of 'auth'")
  if (scheme!.toLowerCase() !== 'bearer') throw malformed('the scheme')
  return { token, authorizationId }
}

function malformed(what: string): SaslFailure {
  return new SaslFailure(`invalid first message of a client of OAUTHBEARER: ${what}`)
}
