/** Clients for tests of TLS, and what a broker needs to serve them. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.ts'

/** Of a broker with one listener of TLS on a free port; clients may show certificates. */
export function sslConfig({ server, authority }: Certificates): Record<string, string> {
  return {
    listeners: 'SSL://127.0.0.1:0',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': server.key,
    'ssl.keystore.certificate.chain': server.certificate,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': authority.certificate,
  }
}

/** Resolves when the handshake is over for the client. Rejects with why it failed. */
export async function secured(
  port: number,
  { authority }: Certificates,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const ca = authority.certificate
  const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ca, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** ApiVersions, version 0, as a client frames it. */
const request = Buffer.from('0000000e0012000000000001000474657374', 'hex')

/** Resolves with the size of the answer to a request; 0: the connection was closed instead. */
export async function asked(socket: Socket): Promise<number> {
  socket.on('error', () => {})
  socket.write(request)
  const [chunk] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
  return Buffer.isBuffer(chunk) ? chunk.length : 0
}
