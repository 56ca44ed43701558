/** CreateDelegationToken: v0–3 (KIP-48). v2 flexible; v3 tokens for others (KIP-373). */
import { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import { errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import { isSame, mayAskForTokens } from '../auth/delegation-token-rules.ts'
import { anonymous, principalText, type Principal } from '../auth/principal.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

export default handle(createDelegationToken, {
  async run({ ownerPrincipalType, ownerPrincipalName: name, maxLifetimeMs, ...request }, context) {
    const { principal: requester, authorizer, delegationTokens } = context
    // Kafka's broker fails on it.
    if (name && ownerPrincipalType === null) {
      throw new KafkaError('UNKNOWN_SERVER_ERROR', 'the owner has no type')
    }
    const owner = name ? { type: ownerPrincipalType!, name } : requester
    const refused = (error: ErrorName, timestampMs = -1) =>
      refusal(errors[error], owner, requester, timestampMs)
    if (!mayAskForTokens(context)) return refused('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
    const rule = requires.CreateDelegationToken.owner
    if (!isSame(owner, requester) && !authorizer.allows(context, rule, principalText(owner))) {
      return refused('DELEGATION_TOKEN_AUTHORIZATION_FAILED')
    }
    const renewers = request.renewers.map(principalOf)
    if (renewers.some(({ type }) => type !== 'User')) return refused('INVALID_PRINCIPAL_TYPE')
    // Kafka's controller says so, and leaves all times at 0.
    if (!delegationTokens.isEnabled) return refused('DELEGATION_TOKEN_AUTH_DISABLED', 0)
    const token = await delegationTokens.create({ owner, requester, renewers }, maxLifetimeMs)
    return { ...refused('NONE'), ...token }
  },

  fail: errorCode => refusal(errorCode, anonymous, anonymous, -1),
})

function principalOf(entry: { principalType: string; principalName: string }): Principal {
  return { type: entry.principalType, name: entry.principalName }
}

function refusal(errorCode: number, owner: Principal, requester: Principal, timestampMs: number) {
  return {
    errorCode,
    principalType: owner.type,
    principalName: owner.name,
    tokenRequesterPrincipalType: requester.type,
    tokenRequesterPrincipalName: requester.name,
    issueTimestampMs: timestampMs,
    expiryTimestampMs: timestampMs,
    maxTimestampMs: timestampMs,
    tokenId: '',
    hmac: Buffer.alloc(0),
  }
}
