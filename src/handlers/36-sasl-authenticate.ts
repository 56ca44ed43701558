/**
 * SaslAuthenticate: v0–2. v1 lifetime of the session (KIP-368); v2 flexible. Refused as
 * SaslHandshake is.
 */
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(saslAuthenticate, {
  run({ authBytes }, { sasl }) {
    if (sasl === undefined || !sasl.takesTokens) {
      return refused(
        errors.ILLEGAL_SASL_STATE,
        'SaslAuthenticate request received after successful authentication',
      )
    }
    return sasl.authenticate(authBytes)
  },
  fail: errorCode => refused(errorCode, null),
})

function refused(errorCode: number, errorMessage: string | null) {
  return { errorCode, errorMessage, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0 }
}
