import type { TLSSocket } from 'node:tls'

/** A handshake in plain text, where only encrypted records may come. */
const nonsense = Buffer.from('160303000400000000', 'hex')

/** What Node keeps to itself. */
const handleKey = '_handle'

type Internals = Record<typeof handleKey, { receive?: (bytes: Buffer) => void } | null>

/**
 * Has OpenSSL tell a client that the connection failed. Node takes each certificate, and looks only
 * then whether it is right; it has no call for an alert, and clients that see a connection end
 * without one try again for ever, as if the broker had stopped (Java: SslAuthenticationException
 * needs one). So OpenSSL is given a record that is not allowed: in TLS 1.3 its answer is
 * unexpected_message. Not to be called by what OpenSSL calls.
 */
export function sendFatalAlert(socket: TLSSocket): void {
  // Of the record, and of what the client sends still.
  socket.on('error', () => {})
  const handle = (socket as unknown as Internals)[handleKey]
  handle?.receive?.(nonsense)
}
