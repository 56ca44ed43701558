/**
 * AddOffsetsToTxn: v0–4. v2 PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before (KIP-588); v3
 * flexible; v4 TRANSACTION_ABORTABLE, which it never answers (KIP-890). Puts the group's partition
 * of __consumer_offsets into the transaction; since TxnOffsetCommit v5 that does so by itself.
 */
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { errors } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'
import { offsetsTopicName } from '../internal-topics.ts'
import { checkTransactionalId } from '../transactions/ids.ts'
import { fencing } from '../transactions/support.ts'

const fencedSince = 2
/** Clients of transaction.version 2 do not send this. */
const level = 0

export default handle(addOffsetsToTxn, {
  async run({ transactionalId, groupId, ...producer }, context) {
    const { transactions, groups, version } = context
    checkAllowed(context, requires.AddOffsetsToTxn.transactionalId, transactionalId)
    checkAllowed(context, requires.AddOffsetsToTxn.group, groupId)
    checkTransactionalId(transactionalId, context)
    const partition = { topic: offsetsTopicName, partition: groups.offsets.partitionOf(groupId) }
    const added = transactions.addPartitions(transactionalId, producer, [partition], level)
    await fencing(version >= fencedSince, added)
    return { errorCode: errors.NONE }
  },

  fail: errorCode => ({ errorCode }),
})
