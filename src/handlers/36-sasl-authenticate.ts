/**
 * SaslAuthenticate: v0–2. v1 lifetime of the session (KIP-368); v2 flexible. Refused as
 * SaslHandshake is: no listener asks for authentication.
 */
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(saslAuthenticate, {
  run: () => refused(errors.ILLEGAL_SASL_STATE, 'this listener asks for no authentication'),
  fail: errorCode => refused(errorCode, null),
})

function refused(errorCode: number, errorMessage: string | null) {
  return { errorCode, errorMessage, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0 }
}
