/** The client's side of SCRAM (RFC 5802), which can be told to do it wrongly. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export interface ScramClientOptions {
  user: string
  password: string
  hash?: 'sha256' | 'sha512'
  nonce?: string
  gs2Header?: string
  extensions?: string
}

export class ScramClient {
  readonly #options: Required<ScramClientOptions>
  /** What the server must answer in the end. */
  serverSignature = ''

  constructor(options: ScramClientOptions) {
    const defaults = { hash: 'sha256', nonce: 'client-nonce', gs2Header: 'n,,', extensions: '' }
    this.#options = { ...(defaults as Required<ScramClientOptions>), ...options }
  }

  get first(): Buffer {
    return Buffer.from(this.#options.gs2Header + this.#bare)
  }

  get #bare(): string {
    const { user, nonce, extensions } = this.#options
    const escaped = user.replaceAll('=', '=3D').replaceAll(',', '=2C')
    return `n=${escaped},r=${nonce}${extensions}`
  }

  /** `changed` makes another nonce of the server's. */
  final(serverFirst: Buffer, changed = (nonce: string): string => nonce): Buffer {
    const { hash, password, gs2Header } = this.#options
    const text = serverFirst.toString()
    const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text)!
    const channel = Buffer.from(gs2Header).toString('base64')
    const withoutProof = `c=${channel},r=${changed(nonce!)}`
    const bytes = hash === 'sha256' ? 32 : 64
    const saltBytes = Buffer.from(salt!, 'base64')
    const salted = pbkdf2Sync(password, saltBytes, Number(iterations), bytes, hash)
    const sign = (key: Buffer, data: string): Buffer => createHmac(hash, key).update(data).digest()
    const signed = `${this.#bare},${text},${withoutProof}`
    const clientKey = sign(salted, 'Client Key')
    const storedKey = createHash(hash).update(clientKey).digest()
    const signature = sign(storedKey, signed)
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!))
    this.serverSignature = sign(sign(salted, 'Server Key'), signed).toString('base64')
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`)
  }
}
