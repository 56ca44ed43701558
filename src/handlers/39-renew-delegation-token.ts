/** RenewDelegationToken: v0–2 (KIP-48). v2 flexible. */
import { renewDelegationToken } from '../../protocol/apis/39-renew-delegation-token.ts'
import { errors } from '../../protocol/errors.ts'
import { mayAskForTokens } from '../auth/delegation-token-rules.ts'
import { handle } from '../handler.ts'

export default handle(renewDelegationToken, {
  async run({ hmac, renewPeriodMs }, context) {
    if (!mayAskForTokens(context)) {
      return { errorCode: errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, expiryTimestampMs: -1 }
    }
    const { principal, delegationTokens } = context
    const expiryTimestampMs = await delegationTokens.renew(principal, hmac, renewPeriodMs)
    return { errorCode: errors.NONE, expiryTimestampMs }
  },

  fail: errorCode => ({ errorCode, expiryTimestampMs: 0 }),
})
