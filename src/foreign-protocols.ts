/**
 * Other protocols on a port of Kafka's, by the first bytes of a connection, and what their clients
 * understand as a refusal: one that sees a connection end without a word tries again for ever.
 */
import { WireError } from '../protocol/wire.ts'

export type ForeignProtocol = 'HTTP' | 'HTTP/2' | 'TLS'

/** First bytes, where Kafka has the size of a frame: above all sizes that anybody would allow. */
const starts: readonly (readonly [RegExp, ForeignProtocol])[] = [
  [/^(GET |HEAD|POST|PUT |PATC|DELE|OPTI|TRAC|CONN)$/, 'HTTP'],
  // The preface of RFC 9113.
  [/^PRI $/, 'HTTP/2'],
  // A record of the type handshake, of any version since SSL 3.0.
  [/^\x16\x03/, 'TLS'],
]

/** What the size of a frame, read as text, is the beginning of. */
export function foreignProtocol(size: Buffer): ForeignProtocol | undefined {
  const text = size.toString('latin1')
  return starts.find(([pattern]) => pattern.test(text))?.[1]
}

/** The bytes of a connection are not Kafka's. */
export class ForeignProtocolError extends WireError {
  readonly protocol: ForeignProtocol
  /** What has come of it so far. */
  readonly start: Buffer

  constructor(protocol: ForeignProtocol, start: Buffer) {
    super(`the client speaks ${protocol}, but this port speaks the Kafka protocol in plain text`)
    this.protocol = protocol
    this.start = start
  }
}

/** What the client is told before the connection closes; `hint`: what to do instead. */
export function refusal({ protocol, start, message }: ForeignProtocolError, hint: string): Buffer {
  if (protocol === 'TLS') return handshakeFailure
  if (protocol === 'HTTP/2') return goAway(`${message}: ${hint}`)
  return httpRefusal(message, hint, start.toString('latin1', 0, 4) === 'HEAD')
}

/** A fatal alert (RFC 8446, 6.2), in a record of a version that every client reads. */
const handshakeFailure = Buffer.from('15030100020228', 'hex')

/** Empty settings, then GOAWAY (RFC 9113, 6.8) with HTTP_1_1_REQUIRED and a reason for people. */
function goAway(reason: string): Buffer {
  const settings = Buffer.from('000000040000000000', 'hex')
  const text = Buffer.from(reason)
  const payload = Buffer.concat([Buffer.from('000000000000000d', 'hex'), text])
  const header = Buffer.from('000000070000000000', 'hex')
  header.writeUIntBE(payload.length, 0, 3)
  return Buffer.concat([settings, header, payload])
}

/** In the form of all errors over HTTP. */
export function httpRefusal(message: string, hint: string, isHead = false): Buffer {
  const content = { error: 'KAFKA_PORT', message: sentence(message), hint: sentence(hint) }
  const body = `${JSON.stringify(content)}\n`
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`)
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
