/** Why there is no connection, for people: what happened, and what to do. */

const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens there. Start a broker (`odradek`), or name another one with -b host:port',
  ENOTFOUND: 'there is no host of that name. Name another one with -b host:port',
  EAI_AGAIN: 'the name of the host cannot be looked up now. Is the network there?',
  EHOSTUNREACH: 'no way leads to that host. Is the address right, and the network there?',
  ENETUNREACH: 'no way leads to that network. Is the address right, and the network there?',
  ETIMEDOUT: 'no answer. Is the address right, and no firewall between?',
  ECONNRESET: 'the broker closed the connection. Does it want TLS (security.protocol=SSL)?',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it does not speak TLS. Leave security.protocol out, or name the port that does',
  ERR_SSL_PACKET_LENGTH_TOO_LONG:
    'it does not speak TLS. Leave security.protocol out, or name the port that does',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another host. Use a name that is in it, or set' +
    ' ssl.endpoint.identification.algorithm to nothing',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Of an error of node:net or node:tls. */
export function connectProblem(error: NodeJS.ErrnoException & { errors?: Error[] }): string {
  // A name with several addresses fails with an error for each of them.
  const { code = '', message } = error.errors ? (error.errors[0] as NodeJS.ErrnoException) : error
  if (untrusted.has(code)) {
    return 'its certificate is signed by nobody trusted here. Name who may: ssl.truststore.location'
  }
  if (/ALERT_HANDSHAKE_FAILURE/.test(code)) {
    return 'it refuses the TLS handshake: does that port speak TLS, and a cipher of ours?'
  }
  if (/ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|UNEXPECTED_MESSAGE)/.test(code)) {
    return 'it wants a certificate of the client that it trusts: set ssl.keystore.location'
  }
  return byCode[code] ?? message
}

/** Undefined where the first bytes of a connection may be an answer in Kafka's protocol. */
export function strangerProblem(chunk: Buffer): string | undefined {
  const start = chunk.toString('latin1', 0, 4)
  if (start === 'HTTP') return 'it speaks HTTP, not Kafka. Is this the port of the broker?'
  // An alert, or a handshake (RFC 8446, section 5.1).
  if (/^[\x15\x16]\x03/.test(start))
    return 'it speaks TLS: set security.protocol to SSL or SASL_SSL'
  return undefined
}
