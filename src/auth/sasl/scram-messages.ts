/** What clients of SCRAM send (RFC 5802, section 7), as Kafka reads it (ScramMessages). */
import { SaslFailure } from './mechanism.ts'

export interface ClientFirst {
  readonly user: string
  /** As whom the client wants to act; undefined where it does not say. */
  readonly authorizationId: string | undefined
  readonly nonce: string
  /** The user is the id of a delegation token (KIP-48). */
  readonly isToken: boolean
  /** What is signed of it. */
  readonly bare: string
}

export interface ClientFinal {
  readonly nonce: string
  readonly proof: Buffer
  /** What is signed of it. */
  readonly withoutProof: string
}

/** No channel binding: neither Java nor the clients that are built on it offer one. */
const gs2Header = /^n,(?:a=([^,]+))?,/
/** More are refused; a message of a client has three or four. */
const maxAttributes = 100
/** These look for what must not be, so that no message takes long, however long it is. */
const notInValue = /[^\x01-\x7f]/
const notInName = /[^\x01-\x7f]|=(?!2C|3D)/
const notInNonce = /[^\x21-\x7e]/
const extension = /^[A-Za-z]+=(?=[^])/

/** Throws a SaslFailure. A mandatory extension (`m=`) is one that nobody knows here. */
export function parseClientFirst(token: Buffer): ClientFirst {
  const message = token.toString('utf8')
  const header = gs2Header.exec(message)
  if (!header) throw malformed('client first')
  const bare = message.slice(header[0].length)
  const [name = '', nonce = '', ...extensions] = attributesOf(bare)
  checkExtensions(extensions, 'client first')
  return {
    user: saslName(valueOf(name, 'n', notInName)),
    authorizationId: header[1] === undefined ? undefined : saslName(checked(header[1], notInName)),
    nonce: valueOf(nonce, 'r', notInNonce),
    isToken: extensions.some(text => /^tokenauth=true$/i.test(text)),
    bare,
  }
}

/** Throws a SaslFailure. As in Kafka, nobody looks at the channel binding: there is none. */
export function parseClientFinal(token: Buffer): ClientFinal {
  const message = token.toString('utf8')
  const end = message.lastIndexOf(',p=')
  if (end < 0) throw malformed('client final')
  const withoutProof = message.slice(0, end)
  const proof = message.slice(end + 3)
  const [channel = '', nonce = '', ...extensions] = attributesOf(withoutProof)
  checkExtensions(extensions, 'client final')
  if (!channel.startsWith('c=') || !isBase64(channel.slice(2)) || !isBase64(proof)) {
    throw malformed('client final')
  }
  return {
    nonce: valueOf(nonce, 'r', notInNonce),
    proof: Buffer.from(proof, 'base64'),
    withoutProof,
  }
}

function attributesOf(text: string): string[] {
  const attributes = text.split(',', maxAttributes + 1)
  if (attributes.length > maxAttributes) throw malformed('overlong')
  return attributes
}

function valueOf(attribute: string, name: string, forbidden: RegExp): string {
  if (!attribute.startsWith(`${name}=`)) throw malformed(`attribute ${name} of a`)
  return checked(attribute.slice(2), forbidden)
}

function checked(value: string, forbidden: RegExp): string {
  if (value === '' || forbidden.test(value)) throw malformed('attribute of a')
  return value
}

function checkExtensions(extensions: readonly string[], which: string): void {
  const isWrong = (text: string): boolean => !extension.test(text) || notInValue.test(text)
  if (extensions.some(isWrong)) throw malformed(which)
}

function saslName(escaped: string): string {
  return escaped.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}

function malformed(which: string): SaslFailure {
  return new SaslFailure(`malformed ${which} message of SCRAM`)
}
