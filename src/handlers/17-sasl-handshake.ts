/**
 * SaslHandshake: v0–1. v1 says that the tokens come in SaslAuthenticate (KIP-152). Refused where
 * nobody is to authenticate itself, or nobody any more; the connection stays.
 */
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(saslHandshake, {
  run({ mechanism }, { sasl, version, clientId }) {
    if (sasl === undefined) throw new KafkaError('ILLEGAL_SASL_STATE')
    return sasl.handshake(mechanism, version, clientId)
  },
  fail: errorCode => ({ errorCode, mechanisms: [] }),
})
