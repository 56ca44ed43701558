/** TLS with one set of credentials, for sockets that somebody else has accepted. */
import { constants } from 'node:crypto'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import type { ListenerSettings } from '../config/listener-configs.ts'
import type { Credentials } from './credentials.ts'
import { tlsProtocols } from './protocols.ts'

/**
 * It does not listen: sockets are handed to it as 'connection'. Sessions are resumed by tickets,
 * whose keys end with it. Throws a RangeError that begins with the name of a config.
 */
export function secureServer(
  name: string,
  { key, chain, trusted }: Credentials,
  settings: ListenerSettings,
): Server {
  const { sslEnabledProtocols, sslProtocol, sslCipherSuites, sslClientAuth } = settings
  const options: TlsOptions = {
    key: key.export({ format: 'pem', type: 'pkcs8' }),
    cert: chain.map(certificate => certificate.toString()).join(''),
    ca: trusted?.map(certificate => certificate.toString()),
    ...tlsProtocols(sslEnabledProtocols, sslProtocol, sslCipherSuites),
    requestCert: sslClientAuth !== 'none',
    // Who is refused is told so: see TlsListener.
    rejectUnauthorized: false,
    sessionIdContext: name.slice(0, maxSessionIdContext),
    // A client could have keys agreed upon again and again (CVE-2011-1473).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  }
  try {
    return createServer(options)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RangeError(`ssl.keystore.location: OpenSSL refuses what the broker has: ${reason}`)
  }
}

/** SSL_MAX_SID_CTX_LENGTH. */
const maxSessionIdContext = 32
