/** ExpireDelegationToken: v0–2 (KIP-48). v2 flexible. */
import { expireDelegationToken } from '../../protocol/apis/40-expire-delegation-token.ts'
import { errors } from '../../protocol/errors.ts'
import { mayAskForTokens } from '../auth/delegation-token-rules.ts'
import { handle } from '../handler.ts'

export default handle(expireDelegationToken, {
  async run({ hmac, expiryTimePeriodMs }, context) {
    if (!mayAskForTokens(context)) {
      return { errorCode: errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, expiryTimestampMs: -1 }
    }
    const { principal, delegationTokens } = context
    const expiryTimestampMs = await delegationTokens.expire(principal, hmac, expiryTimePeriodMs)
    return { errorCode: errors.NONE, expiryTimestampMs }
  },

  fail: errorCode => ({ errorCode, expiryTimestampMs: 0 }),
})
