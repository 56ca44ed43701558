/** Why a handshake failed, for people; by OpenSSL's codes, as Node.js has them. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/HTTP_REQUEST|HTTPS_PROXY/, 'the client speaks HTTP, but this port speaks TLS'],
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
