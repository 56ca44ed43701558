/** Records as clients send them and find them in a log. */

/** What a client sends and reads of a record; a value of null is a tombstone. */
export interface RecordContent {
  /** Unique to the partition: see `recordId`. */
  id: string
  /** Milliseconds since the epoch. */
  timestamp: number
  key: string | null
  value: string | null
}

export interface FoundRecord extends RecordContent {
  offset: number
}

/** One batch as it was sent. Batches of a stream are stored in the order of their places. */
export interface SentBatch {
  stream: string
  /**
   * An idempotent producer's batch has one place, however often it is sent; each try of another
   * producer has a place of its own. Counts from 0 without gaps.
   */
  place: number
  /** The first that a producer without idempotence sends by a connection: places may be missing. */
  mayFollowGap: boolean
  records: readonly RecordContent[]
}

/** A partition, read from its start to its high watermark. */
export interface FoundLog {
  startOffset: number
  highWatermark: number
  records: readonly FoundRecord[]
  /** Of the whole batches that were read. */
  bytes: number
}

/** Where a record was sent. */
export interface Placed {
  batch: SentBatch
  index: number
}

export function recordId({ stream, place }: Pick<SentBatch, 'stream' | 'place'>, index: number) {
  return `${stream}/${place}/${index}`
}

/** Of the batch that a record was sent in. */
export function batchId(recordId: string): string {
  return recordId.slice(0, recordId.lastIndexOf('/'))
}
