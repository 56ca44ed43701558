/**
 * DescribeDelegationToken: v0–3 (KIP-48). v2 flexible; v3 who asked for the token (KIP-373). Of a
 * token that expired and is not removed yet, it tells as well.
 */
import { describeDelegationToken } from '../../protocol/apis/41-describe-delegation-token.ts'
import { errors } from '../../protocol/errors.ts'
import { mayAskForTokens, peopleOf, personOf } from '../auth/delegation-token-rules.ts'
import type { DelegationToken } from '../auth/delegation-tokens.ts'
import { principalText } from '../auth/principal.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

const { token: tokenRule, owner: ownerRule } = requires.DescribeDelegationToken

export default handle(describeDelegationToken, {
  run({ owners }, context) {
    const { principal, authorizer, delegationTokens } = context
    if (!mayAskForTokens(context)) return refusal(errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)
    if (!delegationTokens.isEnabled) return refusal(errors.DELEGATION_TOKEN_AUTH_DISABLED)
    const asked = owners && new Set(owners.map(textOf))
    const isAsked = (person: string): boolean => asked?.has(person) ?? true
    const self = principalText(principal)
    const tokens = delegationTokens.all().filter(token => {
      const people = peopleOf(token)
      if (!people.some(isAsked)) return false
      if (people.includes(self)) return true
      if (authorizer.allows(context, tokenRule, token.tokenId)) return true
      return authorizer.allows(context, ownerRule, token.owner)
    })
    return { errorCode: errors.NONE, tokens: tokens.map(described) }
  },

  fail: refusal,
})

function described(token: DelegationToken) {
  const owner = personOf(token.owner)
  const requester = personOf(token.requester)
  return {
    principalType: owner.type,
    principalName: owner.name,
    tokenRequesterPrincipalType: requester.type,
    tokenRequesterPrincipalName: requester.name,
    issueTimestamp: token.issueTimestampMs,
    expiryTimestamp: token.expiryTimestampMs,
    maxTimestamp: token.maxTimestampMs,
    tokenId: token.tokenId,
    hmac: token.hmac,
    renewers: token.renewers.map(renewer => {
      const { type, name } = personOf(renewer)
      return { principalType: type, principalName: name }
    }),
  }
}

function textOf(entry: { principalType: string; principalName: string }): string {
  return principalText({ type: entry.principalType, name: entry.principalName })
}

function refusal(errorCode: number) {
  return { errorCode, tokens: [] }
}
