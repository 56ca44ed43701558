/** The records in what a broker gives of one partition. */
import {
  batchesIn,
  batchSize,
  crcMatches,
  lastOffset,
  parseBatchHeader,
  type BatchHeader,
} from '../../protocol/record-batch.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { decodeRecords } from '../../protocol/records.ts'
import type { PartitionFacts, ReadRecord } from './read-record.ts'

/** What a batch may become: far more than a broker takes. */
const maxBatchBytes = 512 * 1024 * 1024
/** Of the key of a control record, behind its version. */
const markerTypeAt = 2

export interface FetchedPartition {
  readonly records: readonly Buffer[] | null
  /** Null where everything was asked for. */
  readonly abortedTransactions: readonly { producerId: number; firstOffset: number }[] | null
}

export interface RecordsWanted {
  /** Batches begin before it. */
  readonly from: number
  /** Those from here on are left out. */
  readonly to: number
  /** With the markers that end transactions. */
  readonly markers: boolean
}

export interface FoundRecords {
  readonly records: ReadRecord[]
  /** The offset to go on with. */
  readonly next: number
}

/** Errors: CORRUPT_MESSAGE, and those of `decodeRecords`. */
export function recordsIn(
  fetched: FetchedPartition,
  facts: PartitionFacts,
  { from, to, markers }: RecordsWanted,
): FoundRecords {
  const bytes = Buffer.concat(fetched.records ?? [])
  const aborted = new AbortedTransactions(fetched.abortedTransactions ?? [])
  const records: ReadRecord[] = []
  let next = from
  for (const at of batchesIn(bytes)) {
    const batch = bytes.subarray(at, at + batchSize(bytes, at))
    const header = parseBatchHeader(batch)
    if (lastOffset(batch) < from) continue
    next = lastOffset(batch) + 1
    if (header.magic === 2 && !crcMatches(batch)) throw corrupt(header, facts)
    const isAborted = aborted.includes(header, lastOffset(batch))
    if (header.isControl) aborted.end(header, batch)
    if (header.isControl ? !markers : isAborted) continue
    for (const record of decodeRecords(batch, maxBatchBytes)) {
      if (record.offset < from) continue
      if (record.offset >= to) return { records, next }
      const marker = header.isControl ? markerOf(record.key) : undefined
      records.push({ ...record, from: facts, batch: header, marker })
    }
  }
  return { records, next }
}

function corrupt({ baseOffset }: BatchHeader, { topic, partition }: PartitionFacts): KafkaError {
  const where = `${topic}-${partition} at offset ${baseOffset}`
  return new KafkaError('CORRUPT_MESSAGE', `${where}: the checksum of the batch is wrong`)
}

function markerOf(key: Buffer | null): 'commit' | 'abort' | undefined {
  if (key === null || key.length < markerTypeAt + 2) return undefined
  const type = key.readInt16BE(markerTypeAt)
  return type === 1 ? 'commit' : type === 0 ? 'abort' : undefined
}

/** Which batches belong to transactions that were aborted (KIP-98). */
class AbortedTransactions {
  readonly #coming: { producerId: number; firstOffset: number }[]
  readonly #open = new Set<number>()

  constructor(aborted: readonly { producerId: number; firstOffset: number }[]) {
    this.#coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  includes({ producerId, isTransactional }: BatchHeader, last: number): boolean {
    while (this.#coming.length > 0 && this.#coming[0]!.firstOffset <= last) {
      this.#open.add(this.#coming.shift()!.producerId)
    }
    return isTransactional && this.#open.has(producerId)
  }

  end({ producerId }: BatchHeader, batch: Buffer): void {
    const [marker] = decodeRecords(batch, maxBatchBytes)
    if (markerOf(marker?.key ?? null) === 'abort') this.#open.delete(producerId)
  }
}
