/** What Produce does for batches of transactions, before they are appended. */
import type { produce } from '../protocol/apis/00-produce.ts'
import { KafkaError } from '../protocol/errors.ts'
import { isTransactionalBatch, type BatchHeader } from '../protocol/record-batch.ts'
import type { Infer } from '../protocol/schema.ts'
import { denialOf } from './auth/checks.ts'
import { requires } from './auth/required.ts'
import { Disconnect, type Context } from './handler.ts'
import type { Partition } from './partitions/partition.ts'
import { produceSupport } from './transactions/support.ts'
import type { TopicPartition } from './transactions/transaction.ts'

type Request = Infer<typeof produce.request>

/**
 * Refuses a request as a whole: TRANSACTIONAL_ID_AUTHORIZATION_FAILED for batches of transactions
 * whose transactional id is not for this client, or that name none, for nobody may write in just
 * any. What batches say of themselves counts, whatever the request says (CVE-2018-17196; Kafka:
 * KafkaApis.handleProduceRequest).
 */
export function checkTransactionalId(request: Request, context: Context): void {
  const { transactionalId, topicData } = request
  const { authorizer } = context
  // Any will do: no batch need be looked at.
  if (transactionalId !== null && !authorizer.isEnabled) return
  if (!hasTransactions(topicData)) return
  const rule = requires.Produce.transactionalId
  const isAllowed = transactionalId !== null && authorizer.allows(context, rule, transactionalId)
  if (!isAllowed) refuse(denialOf(rule), request)
}

/**
 * Refuses a request as a whole: INVALID_PRODUCER_ID_MAPPING for batches of transactions of several
 * producers or epochs (ReplicaManager.handleProduceAppend). `headersIn`: of the batches that could
 * be appended.
 */
export function checkProducers(request: Request, headersIn: () => Iterable<BatchHeader>): void {
  if (request.transactionalId === null || !hasManyProducers(headersIn())) return
  refuse(new KafkaError('INVALID_PRODUCER_ID_MAPPING'), request)
}

/** Who awaits no reply learns of errors only this way (Kafka: RequestHandlerHelper). */
function refuse(error: KafkaError, { acks }: Request): never {
  throw acks === 0 ? new Disconnect(`produce with acks=0 failed: ${error.message}`) : error
}

function hasTransactions(topicData: Request['topicData']): boolean {
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      if (records !== null && isTransactionalBatch(records)) return true
    }
  }
  return false
}

function hasManyProducers(headers: Iterable<BatchHeader>): boolean {
  let first: BatchHeader | undefined
  for (const header of headers) {
    if (!isOfTransaction(header)) continue
    first ??= header
    const isSame = header.producerId === first.producerId
    if (!isSame || header.producerEpoch !== first.producerEpoch) return true
  }
  return false
}

export function isOfTransaction({ isTransactional, producerId }: BatchHeader): boolean {
  return isTransactional && producerId >= 0
}

/** A batch on its way into a partition. */
interface Sent {
  request: Request
  place: TopicPartition
  partition: Partition
  header: BatchHeader
}

/**
 * Appends a batch in its producer's turn; where it begins the transaction in the partition, once
 * the coordinator has the partition in it, or says that it is, as the version of the client's
 * request has it (KIP-890). What `append` is given tells at that time whether it still may. Rejects
 * with INVALID_PRODUCER_EPOCH, with what the client understands of the coordinator's refusals, and
 * as `append` does.
 */
export async function inTransaction<Result>(
  { request: { transactionalId }, place, partition, header }: Sent,
  { transactions, config, version }: Context,
  append: (isAdmitted?: () => boolean) => Promise<Result>,
): Promise<Result> {
  const support = produceSupport(version)
  const verifies = support.adds || config.transactionPartitionVerificationEnable
  const { turns } = partition
  if (!verifies || transactionalId === null) {
    return turns.run(header.producerId, undefined, () => append())
  }
  const admitted = partition.needsVerification(header, support.adds)
    ? transactions.admit(transactionalId, header, place, support)
    : undefined
  // What has begun here may have ended by then, too.
  const isAdmitted = () => transactions.isOpen(transactionalId, header, place, support)
  return turns.run(header.producerId, admitted, () => append(isAdmitted))
}
