/**
 * Produce: v3–13. v3 message format v2 and transactional id; v8 error messages for each partition
 * (KIP-467); v9 flexible; v10 the current leader (KIP-951); v13 topic ids (KIP-516). Versions 0–2
 * are missing: they carry older message formats. Transactional batches are refused until
 * transactions are served.
 */
import { produce } from '../../protocol/apis/00-produce.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { onlyBatch, validateBatch } from '../batch-validation.ts'
import { Disconnect, handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'
import { leaderEndpoints } from '../leader-hints.ts'
import type { Partition } from '../partition.ts'
import {
  appendedResult,
  failedResult,
  refusedResult,
  type ProduceResult,
} from '../produce-results.ts'
import { repeatedKeys } from '../repeated.ts'
import { isInternalTopic } from '../topic-names.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof produce.request>
type TopicData = Request['topicData'][number]
type PartitionData = TopicData['partitionData'][number]

const legalAcks: ReadonlySet<number> = new Set([-1, 0, 1])

export default handle(produce, {
  overlaps: true,
  releasesRequest: true,

  async run(request, context) {
    if (!legalAcks.has(request.acks)) throw new KafkaError('INVALID_REQUIRED_ACKS')
    const repeated = repeatedKeys(keysIn(request), key => key)
    // Every append is numbered before the first await: that is what keeps producers in order.
    const topics = request.topicData.map(data => {
      const append = (partition: PartitionData): Promise<ProduceResult> =>
        appendPartition(data, partition, request, repeated, context)
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

  fail: (errorCode, request) => ({
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => failedResult(index, errorCode)),
    })),
  }),
})

async function appendPartition(
  data: TopicData,
  { index, records }: PartitionData,
  { acks, transactionalId }: Request,
  repeated: ReadonlySet<string>,
  context: Context,
): Promise<ProduceResult> {
  let partition: Partition | undefined
  let mayAppend = false
  try {
    if (repeated.has(keyOf(data, index))) {
      throw new KafkaError('INVALID_REQUEST', 'the request names this partition twice')
    }
    const topic = findTopic(data, context)
    partition = topic.partitions[index]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    const batch = onlyBatch(records, context.version)
    if (batch.header.isTransactional) refuseTransaction(transactionalId)
    partition.checkLeader(context.nodeId, -1)
    mayAppend = true
    const { logAppendTime, minInsyncReplicas } = topic.config
    if (acks === -1) partition.checkInSync(minInsyncReplicas)
    const valid = validateBatch(batch, topic.config, {
      nowMs: context.clock.now(),
      opensAll: context.config.compressedRecordValidation,
    })
    const appended = await partition.appends.run(valid, ({ bytes, header }) => {
      partition!.checkLeader(context.nodeId, -1)
      return partition!.append(bytes, header, { acks, logAppendTime })
    })
    return appendedResult(index, appended)
  } catch (error) {
    const details = { api: 'Produce', topic: data.name || data.topicId, partition: index }
    const errorCode = errorCodeOf(error, context.logger, details)
    return refusedResult(index, { error, errorCode }, partition, mayAppend)
  }
}

function findTopic(data: TopicData, { topics, version }: Context): Topic {
  const byId = version >= 13
  const topic = byId ? topics.getById(data.topicId) : topics.get(data.name)
  if (topic === undefined) {
    throw new KafkaError(byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
  }
  if (isInternalTopic(topic.name)) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic '${topic.name}' is internal`)
  }
  return topic
}

/** Whoever names no transactional id may not use any (Kafka: KafkaApis.handleProduceRequest). */
function refuseTransaction(transactionalId: string | null): never {
  throw new KafkaError(
    transactionalId === null ? 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED' : 'INVALID_TXN_STATE',
  )
}

const keyOf = ({ name, topicId }: TopicData, index: number): string => `${name}:${topicId}:${index}`

function keysIn(request: Request): string[] {
  return request.topicData.flatMap(data =>
    data.partitionData.map(({ index }) => keyOf(data, index)),
  )
}
