/**
 * InitProducerId: v0–5. v2 flexible; v3 current id and epoch (KIP-360); v4 PRODUCER_FENCED, which
 * is INVALID_PRODUCER_EPOCH before (KIP-588); v5 TRANSACTION_ABORTABLE, which it never answers
 * (KIP-890). v6, which prepares transactions of other systems (KIP-939), is unstable in Kafka 4.3,
 * and not served unless somebody enables it there.
 */
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { checkAllowed, denialOf } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle, type Context } from '../handler.ts'
import { checkTransactionalId } from '../transactions/ids.ts'
import { fencing } from '../transactions/support.ts'
import { noEpoch, noProducerId } from '../transactions/transaction.ts'

const fencedSince = 4

export default handle(initProducerId, {
  async run({ transactionalId, transactionTimeoutMs: timeoutMs, ...producer }, context) {
    const { cluster, config, transactions, version } = context
    if (transactionalId === null) checkIdempotent(context)
    else checkAllowed(context, requires.InitProducerId.transactionalId, transactionalId)
    const { producerId, producerEpoch } = producer
    const isNew = producerId === noProducerId
    if (isNew !== (producerEpoch === noEpoch)) throw new KafkaError('INVALID_REQUEST')
    if (transactionalId === null) {
      // Without transactions a producer gets a new id whatever it had (TransactionCoordinator).
      const newId = await cluster.nextProducerId()
      return { errorCode: errors.NONE, producerId: newId, producerEpoch: 0 }
    }
    checkTransactionalId(transactionalId, context)
    if (timeoutMs <= 0 || timeoutMs > config.transactionMaxTimeoutMs) {
      throw new KafkaError('INVALID_TRANSACTION_TIMEOUT')
    }
    const request = { timeoutMs, expected: isNew ? undefined : { producerId, producerEpoch } }
    const begun = transactions.initProducerId(transactionalId, request)
    return { errorCode: errors.NONE, ...(await fencing(version >= fencedSince, begun)) }
  },

  fail: errorCode => ({ errorCode, producerId: noProducerId, producerEpoch: noEpoch }),
})

/** Who may write to some topic may do it idempotently (KIP-679). */
function checkIdempotent(context: Context): void {
  const { authorizer } = context
  const { idempotent, anyTopic } = requires.InitProducerId
  const isAllowed =
    authorizer.allows(context, idempotent, clusterName) || authorizer.allowsAny(context, anyTopic)
  if (!isAllowed) throw denialOf(anyTopic)
}
