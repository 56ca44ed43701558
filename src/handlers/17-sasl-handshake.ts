/**
 * SaslHandshake: v0–1. v1 says that the tokens come in SaslAuthenticate (KIP-152). No listener asks
 * for authentication, so this is refused as Kafka does on one that does not; the connection stays.
 */
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(saslHandshake, {
  run: () => ({ errorCode: errors.ILLEGAL_SASL_STATE, mechanisms: [] }),
  fail: errorCode => ({ errorCode, mechanisms: [] }),
})
