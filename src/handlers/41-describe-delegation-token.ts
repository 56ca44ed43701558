/**
 * DescribeDelegationToken: v0–3 (KIP-48). v2 flexible; v3 who asked for the token (KIP-373). There
 * are no tokens, because no listener lets clients authenticate: refused, as on every PLAINTEXT
 * listener of Apache Kafka.
 */
import { describeDelegationToken } from '../../protocol/apis/41-describe-delegation-token.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(describeDelegationToken, {
  run: () => refusal(errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED),
  fail: refusal,
})

function refusal(errorCode: number) {
  return { errorCode, tokens: [] }
}
