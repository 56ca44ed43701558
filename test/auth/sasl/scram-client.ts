/** The client's side of SCRAM (RFC 5802), step by step. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export interface ScramLogin {
  user: string
  password: string
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  /** Behind the nonce: 'tokenauth=true'. */
  extension?: string
}

/** What the client sends first, and what it makes of the broker's answer. */
export function scramClient({ user, password, mechanism, extension }: ScramLogin) {
  const is512 = mechanism === 'SCRAM-SHA-512'
  const hash = is512 ? 'sha512' : 'sha256'
  const bare = [`n=${user}`, 'r=fyko+d2lbbFgONRv9qkxdawL', ...(extension ? [extension] : [])].join()
  return {
    first: Buffer.from(`n,,${bare}`),
    final(challenge: Buffer): Buffer {
      const [nonce, salt, iterations] = challenge
        .toString()
        .split(',')
        .map(attribute => attribute.slice(2))
      const salted = pbkdf2Sync(
        password,
        Buffer.from(salt!, 'base64'),
        Number(iterations),
        is512 ? 64 : 32,
        hash,
      )
      const hmac = (key: Buffer, text: string): Buffer =>
        createHmac(hash, key).update(text).digest()
      const withoutProof = `c=biws,r=${nonce}`
      const clientKey = hmac(salted, 'Client Key')
      const storedKey = createHash(hash).update(clientKey).digest()
      const signature = hmac(storedKey, `${bare},${challenge.toString()},${withoutProof}`)
      const proof = clientKey.map((byte, i) => byte ^ signature[i]!)
      return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`)
    },
  }
}
