/** SASL SCRAM-SHA-256 and -512, the broker's side (RFC 5802, RFC 7677; Kafka: ScramSaslServer). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { minIterations, type ScramMechanism } from '../scram-mechanisms.ts'
import {
  SaslFailure,
  type Authenticated,
  type Mechanism,
  type SaslServer,
  type SaslStep,
} from './mechanism.ts'
import { parseClientFinal, parseClientFirst, type ClientFirst } from './scram-messages.ts'

/** What verifies a password, and is none. */
export interface ScramCredential {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/** Whom an exchange shows the client to be. */
export interface ScramAccount extends Authenticated {
  readonly credential: ScramCredential
}

/** Where accounts come from; undefined for one that is not there. */
export interface ScramAccounts {
  user(name: string, mechanism: ScramMechanism): ScramAccount | undefined
  /** By the id of a delegation token (KIP-48). */
  token(id: string, mechanism: ScramMechanism): ScramAccount | undefined
  /** What a stranger is asked to prove: nobody learns from the broker who has an account. */
  stranger(name: string, mechanism: ScramMechanism): ScramCredential
}

export interface ScramOptions {
  mechanism: ScramMechanism
  accounts: ScramAccounts
  /** New for each exchange: printable, without a comma. */
  nonce: () => string
}

export function scram(options: ScramOptions): Mechanism {
  return { name: options.mechanism.name, start: () => new ScramServer(options) }
}

/** Between the two messages of the client. */
interface Challenge {
  readonly first: ClientFirst
  readonly account: ScramAccount | undefined
  readonly credential: ScramCredential
  readonly nonce: string
  readonly text: string
}

class ScramServer implements SaslServer {
  readonly #options: ScramOptions
  #challenge: Challenge | undefined

  constructor(options: ScramOptions) {
    this.#options = options
  }

  evaluate(token: Buffer): SaslStep {
    if (this.#challenge) return this.#verify(token, this.#challenge)
    this.#challenge = this.#begin(parseClientFirst(token))
    return { challenge: Buffer.from(this.#challenge.text) }
  }

  /** The same work whether there is such an account or not. */
  #begin(first: ClientFirst): Challenge {
    const { mechanism, accounts, nonce: random } = this.#options
    const { user, authorizationId } = first
    if (authorizationId !== undefined && authorizationId !== user) {
      const text =
        'Authentication failed: Client requested an authorization id' +
        ' that is different from username'
      throw new SaslFailure(text, text)
    }
    const stranger = accounts.stranger(user, mechanism)
    const account = first.isToken ? accounts.token(user, mechanism) : accounts.user(user, mechanism)
    const credential = account?.credential ?? stranger
    if (credential.iterations < minIterations) {
      throw new SaslFailure(`${credential.iterations} iterations are too few`)
    }
    const nonce = first.nonce + random()
    const text = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`
    return { first, account, credential, nonce, text }
  }

  /** The nonce must be ours (CVE-2024-56128). */
  #verify(token: Buffer, { first, account, credential, nonce, text }: Challenge): SaslStep {
    const final = parseClientFinal(token)
    if (final.nonce !== nonce) {
      const isDoubled = final.nonce === first.nonce + nonce
      const hint = isDoubled ? ', as that of librdkafka before 2.6.1 has' : ''
      throw new SaslFailure(`the final message has another nonce${hint}`)
    }
    const { hash } = this.#options.mechanism
    const signed = `${first.bare},${text},${final.withoutProof}`
    const sign = (key: Buffer): Buffer => createHmac(hash, key).update(signed).digest()
    const signature = sign(credential.storedKey)
    if (final.proof.length !== signature.length) throw new SaslFailure('the proof is malformed')
    const clientKey = signature.map((byte, i) => byte ^ final.proof[i]!)
    const shown = createHash(hash).update(clientKey).digest()
    const isProven = timingSafeEqual(shown, credential.storedKey)
    const challenge = Buffer.from(`v=${sign(credential.serverKey).toString('base64')}`)
    if (!isProven || account === undefined) throw new SaslFailure('wrong password, or no such user')
    return { challenge, complete: account }
  }
}
