/**
 * RenewDelegationToken: v0–2 (KIP-48). v2 flexible. There are no tokens, because no listener lets
 * clients authenticate: refused, as on every PLAINTEXT listener of Apache Kafka.
 */
import { renewDelegationToken } from '../../protocol/apis/39-renew-delegation-token.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(renewDelegationToken, {
  run: () => refusal(errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED),
  fail: refusal,
})

function refusal(errorCode: number) {
  return { errorCode, expiryTimestampMs: -1 }
}
