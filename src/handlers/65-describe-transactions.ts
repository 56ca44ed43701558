/**
 * DescribeTransactions: v0 (KIP-664). While markers are under way, of the partitions those that
 * have none yet.
 */
import { describeTransactions } from '../../protocol/apis/65-describe-transactions.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { errorCodeOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { checkTransactionalId } from '../transactions/ids.ts'

const nothing = {
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
}

export default handle(describeTransactions, {
  async run({ transactionalIds }, context) {
    const transactionStates = transactionalIds.map(async transactionalId => {
      try {
        return { transactionalId, ...(await describe(transactionalId, context)) }
      } catch (error) {
        const details = { api: 'DescribeTransactions', transactionalId }
        const errorCode = errorCodeOf(error, context.logger, details)
        return { ...nothing, errorCode, transactionalId }
      }
    })
    return { transactionStates: await Promise.all(transactionStates) }
  },

  fail: (errorCode, { transactionalIds }) => ({
    transactionStates: transactionalIds.map(transactionalId => {
      return { ...nothing, errorCode, transactionalId }
    }),
  }),
})

async function describe(transactionalId: string, context: Context) {
  const { transactionalId: rule, topic: topicRule } = requires.DescribeTransactions
  checkAllowed(context, rule, transactionalId)
  checkTransactionalId(transactionalId, context)
  const transaction = await context.transactions.get(transactionalId)
  if (transaction === undefined) throw new KafkaError('TRANSACTIONAL_ID_NOT_FOUND')
  const { producerId, producerEpoch, state, timeoutMs, startTimestamp, partitions } = transaction
  return {
    errorCode: errors.NONE,
    transactionState: state,
    transactionTimeoutMs: timeoutMs,
    transactionStartTimeMs: startTimestamp,
    producerId,
    producerEpoch,
    topics: Object.entries(partitions)
      .filter(([topic]) => context.authorizer.allows(context, topicRule, topic))
      .map(([topic, indexes]) => ({ topic, partitions: indexes })),
  }
}
