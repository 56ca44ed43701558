/**
 * Messages without their record data, whose memory is used again or large. What remains is small,
 * and has the same names.
 */

type Struct = Readonly<Record<string, unknown>>

interface ProduceRequest {
  transactionalId: string | null
  topicData: {
    name: string
    topicId: string
    partitionData: { index: number; records: Buffer | null }[]
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

/** Without functions: this is done for each request. */
function keptProduce({ transactionalId, topicData }: ProduceRequest): Struct {
  const kept = []
  for (const { name, topicId, partitionData } of topicData) {
    const told = []
    for (const { index, records } of partitionData) {
      const bytes = records?.length ?? 0
      const recordCount = bytes < headerBytes ? 0 : records!.readInt32BE(recordsCountOffset)
      told.push({ index, recordCount, bytes })
    }
    kept.push({ name, topicId, partitionData: told })
  }
  return { transactionalId, topicData: kept }
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
