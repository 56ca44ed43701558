/**
 * ListTransactions: v0–2 (KIP-664). v1 by how long they have run (KIP-994); v2 by a pattern of ids
 * (KIP-1152). A node lists what it coordinates.
 */
import { listTransactions } from '../../protocol/apis/66-list-transactions.ts'
import { errors } from '../../protocol/errors.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'
import { listed, unknownStates } from '../transactions/list.ts'

export default handle(listTransactions, {
  async run(request, context) {
    const { transactions, cluster, clock, nodeId, authorizer } = context
    const filter = {
      states: request.stateFilters,
      producerIds: request.producerIdFilters,
      durationMs: request.durationFilter,
      pattern: request.transactionalIdPattern,
    }
    const rule = requires.ListTransactions.transactionalId
    const found = listed(await transactions.all(), filter, clock.now())
      .filter(({ transactionalId }) => cluster.coordinates(transactionalId, nodeId))
      .filter(({ transactionalId }) => authorizer.allows(context, rule, transactionalId))
    return {
      errorCode: errors.NONE,
      unknownStateFilters: unknownStates(filter),
      transactionStates: found,
    }
  },

  fail: errorCode => ({ errorCode, unknownStateFilters: [], transactionStates: [] }),
})
