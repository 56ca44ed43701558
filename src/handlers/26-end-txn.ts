/**
 * EndTxn: v0–5. v2 PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before (KIP-588); v3 flexible;
 * v4 TRANSACTION_ABORTABLE, which it never answers; v5 ends the producer's epoch as well, and tells
 * the next one (KIP-890). Answered when the decision is durable: markers follow.
 */
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { errors } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'
import { checkTransactionalId } from '../transactions/ids.ts'
import { fencing } from '../transactions/support.ts'

const fencedSince = 2
const newEpochSince = 5

export default handle(endTxn, {
  async run({ transactionalId, committed: commit, ...producer }, context) {
    const { transactions, version } = context
    checkAllowed(context, requires.EndTxn.transactionalId, transactionalId)
    checkTransactionalId(transactionalId, context)
    const clientVersion = version >= newEpochSince ? 2 : 0
    const request = { ...producer, commit, clientVersion }
    const ended = transactions.endTransaction(transactionalId, request)
    return { errorCode: errors.NONE, ...(await fencing(version >= fencedSince, ended)) }
  },

  fail: errorCode => ({ errorCode }),
})
