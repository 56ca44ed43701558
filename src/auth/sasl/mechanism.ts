/** What a way of authentication is to the session that serves it (RFC 4422). */
import type { Principal } from '../principal.ts'

/** One that a listener has enabled. */
export interface Mechanism {
  /** As clients ask for it: 'PLAIN'. */
  readonly name: string
  /** Begins an exchange. */
  start(): SaslServer
}

/** The broker's side of one exchange; no token comes after the one that completes it. */
export interface SaslServer {
  /** Throws a SaslFailure, or rejects with one. */
  evaluate(token: Buffer): SaslStep | Promise<SaslStep>
}

export interface SaslStep {
  /** What the client gets; may be empty. */
  readonly challenge: Buffer
  /** Set by the last step. */
  readonly complete?: Authenticated
}

export interface Authenticated {
  readonly principal: Principal
  /** When the credential ends, in milliseconds since the epoch; undefined for never. */
  readonly expiresAtMs?: number
}

/**
 * The client has not shown who it is. The message is for the log. `clientText` is what the client
 * is told, and tells strangers nothing; without it, they hear that credentials are invalid.
 */
export class SaslFailure extends Error {
  override readonly name = 'SaslFailure'
  readonly clientText: string | undefined

  constructor(message: string, clientText?: string) {
    super(message)
    this.clientText = clientText
  }
}
