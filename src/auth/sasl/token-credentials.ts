/** What verifies that a client has a delegation token: its HMAC in base64 is its password. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { DelegationToken } from '../delegation-tokens.ts'
import { minIterations, type ScramMechanism } from '../scram-mechanisms.ts'
import type { ScramCredential } from './scram.ts'

/** Kept for as long as the token stays as it is, for each takes milliseconds. */
export class TokenCredentials {
  readonly #known = new WeakMap<DelegationToken, Map<string, ScramCredential>>()

  of(token: DelegationToken, mechanism: ScramMechanism, salt: Buffer): ScramCredential {
    const own = this.#known.get(token) ?? new Map<string, ScramCredential>()
    this.#known.set(token, own)
    const known = own.get(mechanism.name)
    if (known !== undefined) return known
    const credential = credentialOf(token.hmac.toString('base64'), mechanism, salt)
    own.set(mechanism.name, credential)
    return credential
  }
}

/** With the least iterations, as Kafka has it: the password is no word that can be guessed. */
function credentialOf(
  password: string,
  { hash, keyBytes }: ScramMechanism,
  salt: Buffer,
): ScramCredential {
  const iterations = minIterations
  const salted = pbkdf2Sync(password, salt, iterations, keyBytes, hash)
  const key = (use: string): Buffer => createHmac(hash, salted).update(use).digest()
  const storedKey = createHash(hash).update(key('Client Key')).digest()
  return { iterations, salt, storedKey, serverKey: key('Server Key') }
}
