/** What a broker makes of a token of OAuth 2. */

/** One that is good. */
export interface OAuthToken {
  readonly principalName: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

/** Rejects with a TokenRefused. */
export type TokenValidator = (token: string) => Promise<OAuthToken>

/** The token is not good: the message is for the log, the rest for the client (RFC 7628). */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
  readonly status: 'invalid_token' | 'insufficient_scope'
  readonly scope: string | undefined

  constructor(message: string, scope?: string) {
    super(message)
    this.status = scope === undefined ? 'invalid_token' : 'insufficient_scope'
    this.scope = scope
  }
}
