/** SASL OAUTHBEARER (RFC 7628, KIP-255), the broker's side; Kafka: OAuthBearerSaslServer. */
import { SaslFailure, type Mechanism, type SaslServer, type SaslStep } from '../sasl/mechanism.ts'
import { parseClientMessage } from './client-message.ts'
import { TokenRefused, type OAuthToken, type TokenValidator } from './token.ts'

export function oauthBearer(validate: TokenValidator): Mechanism {
  return { name: 'OAUTHBEARER', start: () => new OAuthBearerServer(validate) }
}

class OAuthBearerServer implements SaslServer {
  readonly #validate: TokenValidator
  /** The client was told why its token is not good, and has to answer before it hears the end. */
  #refusal: SaslFailure | undefined

  constructor(validate: TokenValidator) {
    this.#validate = validate
  }

  async evaluate(message: Buffer): Promise<SaslStep> {
    // Whatever comes: Kafka takes another token here, and so any number of them at once.
    if (this.#refusal) throw this.#refusal
    const { token, authorizationId } = parseClientMessage(message)
    try {
      const good = await this.#validate(token)
      checkAuthorizationId(authorizationId, good)
      const { principalName: name, expiresAtMs } = good
      const complete = { principal: { type: 'User', name }, expiresAtMs }
      return { challenge: Buffer.alloc(0), complete }
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      const text = errorText(error)
      this.#refusal = new SaslFailure(error.message, text)
      return { challenge: Buffer.from(text) }
    }
  }
}

function checkAuthorizationId(authorizationId: string, { principalName }: OAuthToken): void {
  if (authorizationId === '' || authorizationId === principalName) return
  const text =
    `Authentication failed: Client requested an authorization id (${authorizationId}) that is` +
    ` different from the token's principal name (${principalName})`
  throw new SaslFailure(text, text)
}

/** Blanks as in Kafka's. */
function errorText({ status, scope }: TokenRefused): string {
  const ofScope = scope === undefined ? '' : `, "scope":${JSON.stringify(scope)}`
  return `{"status":"${status}"${ofScope}}`
}
