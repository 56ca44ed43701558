/** The accounts that SCRAM authenticates against: users, and those who are none. */
import { createHmac } from 'node:crypto'
import { personOf } from '../delegation-token-rules.ts'
import type { DelegationTokens } from '../delegation-tokens.ts'
import type { ScramCredentials } from '../scram-credentials.ts'
import type { ScramMechanism } from '../scram-mechanisms.ts'
import type { ScramAccount, ScramAccounts, ScramCredential } from './scram.ts'
import { TokenCredentials } from './token-credentials.ts'

/**
 * Who is no user gets the same salt each time, as a user does, and the iterations that users
 * usually have. The salt looks like those that Kafka's tools make. A token has the salt that it
 * would have if it were none.
 */
export function scramAccounts(
  credentials: ScramCredentials,
  tokens: Pick<DelegationTokens, 'live'>,
): ScramAccounts {
  const ofTokens = new TokenCredentials()
  return {
    user(name, mechanism): ScramAccount | undefined {
      const row = credentials.find(name, mechanism.number)
      if (row === undefined) return undefined
      const { iterations, salt, storedKey, serverKey } = row
      const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
      const credential = {
        iterations,
        salt: bytes(salt),
        storedKey: bytes(storedKey),
        serverKey: bytes(serverKey),
      }
      return { credential, principal: { type: 'User', name } }
    },
    token(id, mechanism): ScramAccount | undefined {
      const token = tokens.live(id)
      if (token === undefined) return undefined
      const { salt } = strangerOf(id, mechanism, credentials)
      return {
        credential: ofTokens.of(token, mechanism, salt),
        principal: { ...personOf(token.owner), fromToken: true },
        expiresAtMs: token.expiryTimestampMs,
      }
    },
    stranger: (name, mechanism) => strangerOf(name, mechanism, credentials),
  }
}

function strangerOf(
  name: string,
  mechanism: ScramMechanism,
  credentials: ScramCredentials,
): ScramCredential {
  const derive = (use: string): Buffer =>
    createHmac(mechanism.hash, credentials.secret)
      .update(`${mechanism.name}\0${use}\0${name}`)
      .digest()
  return {
    iterations: credentials.usualIterations(mechanism.number),
    salt: kafkaSalt(derive('salt')),
    storedKey: derive('stored key'),
    serverKey: derive('server key'),
  }
}

/** 130 bits to the base 36, as text (Kafka: ScramFormatter.secureRandomBytes). */
export function kafkaSalt(random: Buffer): Buffer {
  const bits = BigInt.asUintN(130, BigInt(`0x${random.toString('hex')}`))
  return Buffer.from(bits.toString(36))
}
