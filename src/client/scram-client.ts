/** SASL SCRAM-SHA-256 and -512, the client's side (RFC 5802, RFC 7677). */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { minIterations } from '../auth/scram-mechanisms.ts'
import type { SaslClient } from './sasl.ts'

export interface ScramClientOptions {
  readonly bits: 256 | 512
  readonly user: string
  readonly password: string
  /** The user is the id of a delegation token (KIP-48). */
  readonly isToken: boolean
  readonly nonce: string
}

/** More would let a broker keep its clients busy. */
const maxIterations = 1_000_000
const serverFirst = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})(?:,.*)?$/
/** Without a channel binding. */
const gs2Header = 'n,,'

export class ScramClient implements SaslClient {
  readonly #options: ScramClientOptions
  readonly #firstBare: string
  #expected: Buffer | undefined

  constructor(options: ScramClientOptions) {
    this.#options = options
    const { user, nonce, isToken } = options
    const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.#firstBare = `n=${name},r=${nonce}${isToken ? ',tokenauth=true' : ''}`
  }

  async first(): Promise<Buffer> {
    return Buffer.from(gs2Header + this.#firstBare)
  }

  answer(challenge: Buffer): Buffer | undefined {
    const text = challenge.toString('utf8')
    if (text.startsWith('e=')) throw new Error(`the broker refuses the user: ${text.slice(2)}`)
    if (this.#expected === undefined) return this.#proof(text)
    // The broker, too, must know the password, or what was made of it.
    const signature = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(text)?.[1] ?? '', 'base64')
    const isRight =
      signature.length === this.#expected.length && timingSafeEqual(signature, this.#expected)
    if (!isRight) throw new Error('the broker does not know the password itself')
    return undefined
  }

  #proof(text: string): Buffer {
    const { bits, password, nonce: own } = this.#options
    const [, nonce, salt, iterationsText] = serverFirst.exec(text) ?? []
    if (nonce === undefined) throw new Error('the first message of SCRAM is malformed')
    if (!nonce.startsWith(own) || nonce === own) throw new Error('the nonce of SCRAM is another')
    const iterations = Number(iterationsText)
    if (iterations < minIterations || iterations > maxIterations) {
      throw new Error(`${iterations} iterations of SCRAM are too few, or too many`)
    }
    const hash = `sha${bits}`
    const sign = (key: Buffer, data: string): Buffer => createHmac(hash, key).update(data).digest()
    const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), iterations, bits / 8, hash)
    const clientKey = sign(salted, 'Client Key')
    const storedKey = createHash(hash).update(clientKey).digest()
    const withoutProof = `c=${Buffer.from(gs2Header).toString('base64')},r=${nonce}`
    const signed = `${this.#firstBare},${text},${withoutProof}`
    const signature = sign(storedKey, signed)
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!))
    this.#expected = sign(sign(salted, 'Server Key'), signed)
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`)
  }
}
