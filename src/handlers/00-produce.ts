/**
 * Produce: v3–13. v3 message format v2 and transactional id; v8 error messages for each partition
 * (KIP-467); v9 flexible; v10 the current leader (KIP-951); v11 TRANSACTION_ABORTABLE, v12 puts
 * partitions into the transaction (KIP-890); v13 topic ids (KIP-516). Versions 0–2 are missing:
 * they carry older message formats.
 */
import { produce } from '../../protocol/apis/00-produce.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { appendBatch } from '../partitions/append-batch.ts'
import { onlyBatch } from '../batch-validation.ts'
import { Disconnect, handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { leaderEndpoints } from '../leader-hints.ts'
import type { Partition } from '../partitions/partition.ts'
import { headersIn, targetsOf, type ProduceTarget } from '../produce-targets.ts'
import {
  appendedResult,
  failedResult,
  refusedResult,
  type ProduceResult,
} from '../produce-results.ts'
import { repeatedKeys } from '../repeated.ts'
import {
  checkProducers,
  checkTransactionalId,
  inTransaction,
  isOfTransaction,
} from '../transactional-produce.ts'

type Request = Infer<typeof produce.request>
type TopicData = Request['topicData'][number]
type PartitionData = TopicData['partitionData'][number]

const legalAcks: ReadonlySet<number> = new Set([-1, 0, 1])

export default handle(produce, {
  overlaps: true,
  releasesRequest: true,

  async run(request, context) {
    checkTransactionalId(request, context)
    const targets = targetsOf(request, context)
    checkProducers(request, () => headersIn(targets, context))
    const repeated = repeatedKeys(keysIn(request), key => key)
    // Every append is numbered before the first await: that is what keeps producers in order.
    const topics = targets.map(target => {
      const { data } = target
      const append = (partition: PartitionData): Promise<ProduceResult> =>
        appendPartition(target, partition, request, repeated, context)
      return { data, partitions: data.partitionData.map(append) }
    })
    const responses = []
    for (const { data, partitions } of topics) {
      // Kafka answers by partitions: a topic without any is not in the answer.
      if (partitions.length === 0) continue
      const partitionResponses = await Promise.all(partitions)
      responses.push({ name: data.name, topicId: data.topicId, partitionResponses })
    }
    const results = responses.flatMap(topic => topic.partitionResponses)
    const hints = results.map(({ currentLeader }) => currentLeader)
    if (request.acks !== 0) return { responses, nodeEndpoints: leaderEndpoints(hints, context) }
    const failure = results.find(({ errorCode }) => errorCode !== errors.NONE)
    // A producer that awaits no reply learns of errors only this way (KafkaApis.sendNoOpResponse).
    if (failure) throw new Disconnect(`produce with acks=0 failed: ${failure.errorMessage}`)
    return undefined
  },

  fail(errorCode, { acks, topicData }) {
    if (acks === 0) throw new Disconnect(`produce with acks=0 failed: error ${errorCode}`)
    return {
      responses: topicData.map(({ name, topicId, partitionData }) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => failedResult(index, errorCode)),
      })),
    }
  },
})

async function appendPartition(
  { data, topic }: ProduceTarget,
  { index, records }: PartitionData,
  request: Request,
  repeated: ReadonlySet<string>,
  context: Context,
): Promise<ProduceResult> {
  let partition: Partition | undefined
  let mayAppend = false
  try {
    if (repeated.has(keyOf(data, index))) {
      throw new KafkaError('INVALID_REQUEST', 'the request names this partition twice')
    }
    if (topic instanceof KafkaError) throw topic
    const found = topic.partitions[index]
    if (found === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    partition = found
    const batch = onlyBatch(records, context.version)
    if (!legalAcks.has(request.acks)) throw new KafkaError('INVALID_REQUIRED_ACKS')
    partition.checkLeader(context.nodeId, -1)
    if (isOfTransaction(batch.header)) {
      const place = { topic: topic.name, partition: index }
      const sent = { request, place, partition: found, header: batch.header }
      const appended = await inTransaction(sent, context, isAdmitted => {
        mayAppend = true
        return appendBatch(found, topic, batch, { acks: request.acks, isAdmitted }, context)
      })
      return appendedResult(index, appended)
    }
    mayAppend = true
    return appendedResult(index, await appendBatch(found, topic, batch, request, context))
  } catch (error) {
    const details = { api: 'Produce', topic: data.name || data.topicId, partition: index }
    const errorCode = errorCodeOf(error, context.logger, details)
    return refusedResult(index, { error, errorCode }, partition, mayAppend)
  }
}

const keyOf = ({ name, topicId }: TopicData, index: number): string => `${name}:${topicId}:${index}`

function keysIn(request: Request): string[] {
  return request.topicData.flatMap(data =>
    data.partitionData.map(({ index }) => keyOf(data, index)),
  )
}
