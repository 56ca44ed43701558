/**
 * CreateDelegationToken: v0–3 (KIP-48). v2 flexible; v3 tokens for others (KIP-373). Tokens are for
 * clients that have authenticated themselves otherwise, and no listener here lets them: refused, as
 * on every PLAINTEXT listener of Apache Kafka.
 */
import { createDelegationToken } from '../../protocol/apis/38-create-delegation-token.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

/** Who has not authenticated (Kafka: KafkaPrincipal.ANONYMOUS). */
const anonymous = { type: 'User', name: 'ANONYMOUS' }

export default handle(createDelegationToken, {
  run({ ownerPrincipalType: type, ownerPrincipalName: name }) {
    if (!name) return refusal(errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, anonymous)
    // Kafka's broker fails on it.
    if (type === null) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'the owner has no type')
    return refusal(errors.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, { type, name })
  },

  fail: errorCode => refusal(errorCode, anonymous),
})

function refusal(errorCode: number, owner: typeof anonymous) {
  return {
    errorCode,
    principalType: owner.type,
    principalName: owner.name,
    tokenRequesterPrincipalType: anonymous.type,
    tokenRequesterPrincipalName: anonymous.name,
    issueTimestampMs: -1,
    expiryTimestampMs: -1,
    maxTimestampMs: -1,
    tokenId: '',
    hmac: Buffer.alloc(0),
  }
}
