/**
 * Messages without their record data, whose memory is used again or large. What remains is small,
 * and has the same names.
 */

type Struct = Readonly<Record<string, unknown>>

interface ProduceRequest {
  transactionalId: string | null
  acks: number
  topicData: {
    name: string
    topicId: string
    partitionData: { index: number; records: unknown }[]
  }[]
}

interface FetchedPartition {
  partitionIndex: number
  errorCode: number
  records: readonly Buffer[] | null
}

interface FetchAnswer {
  errorCode: number
  responses?: { topic?: string; topicId: string; partitions: FetchedPartition[] }[]
}

export function keptRequest(api: string, request: unknown): unknown {
  return api === 'Produce' ? keptProduce(request as ProduceRequest) : request
}

export function keptAnswer(api: string, answer: unknown): unknown {
  if (api !== 'Fetch' && api !== 'ShareFetch') return answer
  return answer === undefined ? undefined : keptFetch(answer as FetchAnswer)
}

/** Of a record batch, where the number of its records is (Kafka: DefaultRecordBatch). */
const recordsCountOffset = 57
const headerBytes = 61

function keptProduce({ transactionalId, acks, topicData }: ProduceRequest): Struct {
  return {
    transactionalId,
    acks,
    topicData: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionData: partitionData.map(({ index, records }) => {
        const batch = Buffer.isBuffer(records) ? records : undefined
        const isWhole = batch !== undefined && batch.length >= headerBytes
        const recordCount = isWhole ? batch.readInt32BE(recordsCountOffset) : 0
        return { index, recordCount, bytes: batch?.length ?? 0 }
      }),
    })),
  }
}

/** Only partitions that have something to tell: there are many that have not. */
function keptFetch({ errorCode, responses = [] }: FetchAnswer): Struct {
  const kept = []
  for (const { topic, topicId, partitions } of responses) {
    const told = []
    for (const { partitionIndex, errorCode: code, records } of partitions) {
      let bytes = 0
      for (const part of records ?? []) bytes += part.length
      if (bytes > 0 || code !== 0) told.push({ partitionIndex, errorCode: code, bytes })
    }
    if (told.length > 0) kept.push({ topic, topicId, partitions: told })
  }
  return { errorCode, responses: kept }
}
