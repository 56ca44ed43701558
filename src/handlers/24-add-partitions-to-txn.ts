/**
 * AddPartitionsToTxn: v0–5. v2 PRODUCER_FENCED, which is INVALID_PRODUCER_EPOCH before (KIP-588);
 * v3 flexible, and the last of clients. v4 is for brokers: several transactions, whose partitions
 * are added or only looked for (KIP-890); v5 TRANSACTION_ABORTABLE, which v4 gets as well.
 * Partitions are added all or none.
 */
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { checkAllowed, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { errorCodeOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { isInternalTopic } from '../topic-names.ts'
import { checkTransactionalId } from '../transactions/ids.ts'
import { fencing } from '../transactions/support.ts'
import type { TopicPartition } from '../transactions/transaction.ts'

type Request = Infer<typeof addPartitionsToTxn.request>
type TransactionData = Request['transactions'][number]

const fencedSince = 2
const brokersSince = 4
/** Levels of transaction.version, by who asks (Kafka: TransactionVersion). */
const levels = { client: 0, broker: 2 }

export default handle(addPartitionsToTxn, {
  async run(request, context) {
    if (context.version < brokersSince) {
      const { transactionalId } = requires.AddPartitionsToTxn
      checkAllowed(context, transactionalId, request.v3AndBelowTransactionalId)
      const resultsByTopicV3AndBelow = await answer(ofClient(request), context)
      return { errorCode: errors.NONE, resultsByTransaction: [], resultsByTopicV3AndBelow }
    }
    checkAllowed(context, requires.AddPartitionsToTxn.brokers, clusterName)
    const resultsByTransaction = request.transactions.map(async transaction => {
      const { transactionalId } = transaction
      return { transactionalId, topicResults: await answer(transaction, context) }
    })
    return {
      errorCode: errors.NONE,
      resultsByTransaction: await Promise.all(resultsByTransaction),
      resultsByTopicV3AndBelow: [],
    }
  },

  fail(errorCode, { v3AndBelowTopics }) {
    const codes = partitionsIn(v3AndBelowTopics).map(() => errorCode)
    const resultsByTopicV3AndBelow = results(v3AndBelowTopics, codes)
    return { errorCode, resultsByTransaction: [], resultsByTopicV3AndBelow }
  },
})

function ofClient(request: Request): TransactionData {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
}

function partitionsIn(topics: TransactionData['topics']): TopicPartition[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(partition => ({ topic: name, partition })),
  )
}

async function answer(transaction: TransactionData, context: Context) {
  const { topics, verifyOnly } = transaction
  const partitions = partitionsIn(topics)
  const mayWrite = writable(topics, context)
  const refused = partitions.map(({ topic, partition }) => {
    if (!mayWrite.has(topic)) return errors.TOPIC_AUTHORIZATION_FAILED
    const isKnown = context.topics.get(topic)?.partitions[partition] !== undefined
    return isKnown ? errors.NONE : errors.UNKNOWN_TOPIC_OR_PARTITION
  })
  const codes = refused.some(code => code !== errors.NONE)
    ? refused.map(code => code || errors.OPERATION_NOT_ATTEMPTED)
    : verifyOnly
      ? await verify(transaction, partitions, context)
      : await add(transaction, partitions, context)
  return results(topics, codes)
}

/** Brokers were asked before; clients may not write to internal topics. */
function writable(topics: TransactionData['topics'], context: Context): ReadonlySet<string> {
  const names = topics.map(({ name }) => name)
  if (context.version >= brokersSince) return new Set(names)
  const asked = names.filter(name => !isInternalTopic(name))
  const { topic } = requires.AddPartitionsToTxn
  return new Set(splitAllowed(context, topic, asked, name => name).allowed)
}

/** Error codes of the partitions. */
async function add(
  { transactionalId, ...producer }: TransactionData,
  partitions: readonly TopicPartition[],
  context: Context,
): Promise<number[]> {
  const { transactions, version } = context
  const level = version < brokersSince ? levels.client : levels.broker
  const code = await codeOf(context, async () => {
    checkTransactionalId(transactionalId, context)
    const added = transactions.addPartitions(transactionalId, producer, partitions, level)
    await fencing(version >= fencedSince, added)
  })
  return partitions.map(() => code)
}

function verify(
  { transactionalId, ...producer }: TransactionData,
  partitions: readonly TopicPartition[],
  context: Context,
): Promise<number[]> {
  const verified = partitions.map(each =>
    codeOf(context, async () => {
      checkTransactionalId(transactionalId, context)
      await context.transactions.verifyPartition(transactionalId, producer, each)
    }),
  )
  return Promise.all(verified)
}

async function codeOf({ logger }: Context, work: () => Promise<void>): Promise<number> {
  try {
    await work()
    return errors.NONE
  } catch (error) {
    return errorCodeOf(error, logger, { api: 'AddPartitionsToTxn' })
  }
}

/** By topic as the request names them, even twice. */
function results(topics: TransactionData['topics'], codes: readonly number[]) {
  const next = codes.values()
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partitionIndex => {
      return { partitionIndex, partitionErrorCode: next.next().value! }
    }),
  }))
}
