/**
 * WriteTxnMarkers: v0–2. v1 flexible; v2 the version of transactions (KIP-1228). Coordinators end
 * transactions with it in other brokers' partitions, and tools those that hang (KIP-664). Kafka
 * answers by producer, topic and partition: each once, and nothing for markers without partitions.
 */
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { errorCodeOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { writeMarker } from '../transactions/write-marker.ts'

type Marker = Infer<typeof writeTxnMarkers.request>['markers'][number]
/** Error codes by partition, topic and producer id. */
type Ended = Map<number, Map<string, Map<number, number>>>

export default handle(writeTxnMarkers, {
  async run({ markers }, context) {
    const { alter, brokers } = requires.WriteTxnMarkers
    if (!context.authorizer.allows(context, alter, clusterName)) {
      checkAllowed(context, brokers, clusterName)
    }
    const ended: Ended = new Map()
    // All are appended before the first await, in the order in which they came.
    await Promise.all(markers.flatMap(marker => write(marker, ended, context)))
    return answer(ended)
  },

  fail(errorCode, { markers }) {
    const ended: Ended = new Map()
    for (const marker of markers) {
      for (const { name, index } of partitionsOf(marker)) {
        note(ended, marker, { name, index, errorCode })
      }
    }
    return answer(ended)
  },
})

function write(marker: Marker, ended: Ended, context: Context): Promise<void>[] {
  return partitionsOf(marker).map(async ({ name, index }) => {
    // Its place in the answer, before anything is awaited.
    note(ended, marker, { name, index, errorCode: errors.NONE })
    const errorCode = await end(marker, name, index, context)
    if (errorCode !== errors.NONE) note(ended, marker, { name, index, errorCode })
  })
}

async function end(
  marker: Marker,
  topic: string,
  partition: number,
  context: Context,
): Promise<number> {
  try {
    checkProducer(marker)
    const found = context.topics.get(topic)?.partitions[partition]
    // What is offline is not there for coordinators (Kafka: ReplicaManager.onlinePartition).
    if (found === undefined || found.isOffline) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    found.checkLeader(context.nodeId, -1)
    const { transactionResult, transactionVersion, ...ended } = marker
    const type = transactionResult ? 'commit' : 'abort'
    await writeMarker(context, { topic, partition }, { type, ...ended }, transactionVersion)
    return errors.NONE
  } catch (error) {
    return errorCodeOf(error, context.logger, { api: 'WriteTxnMarkers', topic, partition })
  }
}

/** Or else there is nothing to end: Kafka fails to make such markers (EndTransactionMarker). */
function checkProducer({ producerId, producerEpoch }: Marker): void {
  if (producerId >= 0 && producerEpoch >= 0) return
  const message = `there is no producer ${producerId} of epoch ${producerEpoch}`
  throw new KafkaError('INVALID_REQUEST', message)
}

function partitionsOf({ topics }: Marker): { name: string; index: number }[] {
  return topics.flatMap(({ name, partitionIndexes }) =>
    Array.from(new Set(partitionIndexes), index => ({ name, index })),
  )
}

function note(
  ended: Ended,
  { producerId }: Marker,
  { name, index, errorCode }: { name: string; index: number; errorCode: number },
): void {
  const topics = ended.get(producerId) ?? new Map<string, Map<number, number>>()
  const partitions = topics.get(name) ?? new Map<number, number>()
  ended.set(producerId, topics.set(name, partitions.set(index, errorCode)))
}

function answer(ended: Ended) {
  return {
    markers: Array.from(ended, ([producerId, topics]) => ({
      producerId,
      topics: Array.from(topics, ([name, partitions]) => ({
        name,
        partitions: Array.from(partitions, ([partitionIndex, errorCode]) => {
          return { partitionIndex, errorCode }
        }),
      })),
    })),
  }
}
