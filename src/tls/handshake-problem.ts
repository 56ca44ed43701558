import { httpRefusal } from '../foreign-protocols.ts'

/** The client has begun with HTTP; by OpenSSL's codes, as Node.js has them. */
const http = /HTTP_REQUEST|HTTPS_PROXY/
const httpProblem = 'the client speaks HTTP, but this port speaks the Kafka protocol over TLS'
const httpHint = 'HTTP is on a port of its own (--http-port), if there is one'

/** Why a handshake failed, for people. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [http, `${httpProblem}: ${httpHint}`],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_TOO_SMALL|BAD_RECORD_TYPE/,
    'the client does not speak TLS, but this port does (security.protocol=SSL or SASL_SSL)',
  ],
  [/UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/, 'the client speaks too old a version of TLS'],
  [/NO_SHARED_CIPHER/, 'the client has no cipher suite in common with this port'],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+)/,
    "the client does not accept this broker's certificate",
  ],
]

/** Undefined where the client has gone away by itself. */
export function handshakeProblem(error: NodeJS.ErrnoException): string | undefined {
  const { code = '', message } = error
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined
  const [, reason] = reasons.find(([pattern]) => pattern.test(code)) ?? []
  return reason ?? `the TLS handshake failed: ${message}`
}

/** What the client is told in plain text, where it will understand it. */
export function plainAnswer({ code = '' }: NodeJS.ErrnoException): Buffer | undefined {
  return http.test(code) ? httpRefusal(httpProblem, httpHint) : undefined
}
