/** Reads partitions as Kafka's consumers do, in either isolation. */
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import type { Infer } from '../../protocol/schema.ts'
import { errorName } from '../../protocol/errors.ts'
import { batchesIn, batchSize, crcMatches, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { Client, type World } from './client.ts'
import type { Seen, SeenRecord } from './history.ts'
import { checkOffset, checkRead, floorOf, type Floor } from './reads.ts'

const maxDecompressedBytes = 100_000
const fetchVersion = 17
/** Stands for the first offset that is left. */
const earliest = -2
const noSession = { sessionId: 0, sessionEpoch: -1 }

export interface FetchTopic {
  topicId: string
  partitions: readonly { partition: number; fetchOffset: number; partitionMaxBytes: number }[]
}

type FetchResponse = Infer<typeof fetch.response>
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]

export class Consumer extends Client {
  readonly isCommitted: boolean

  constructor(world: World, name: string, isCommitted: boolean) {
    super(world, name)
    this.isCommitted = isCommitted
  }

  /** What there is now; undefined when the topic is gone. Begins where the log does, at least. */
  async read(
    topicId: string,
    partition: number,
    from: number,
    maxBytes = 1_000_000,
  ): Promise<Seen | undefined> {
    const seen = await this.persist('Fetch', () => this.#read(topicId, partition, from, maxBytes))
    if (seen === 'gone') return undefined
    if (seen !== 'out of range') return seen
    const { name, rules } = this.world.history.partition(topicId, partition)
    const start = await this.startOffset(rules.name, partition)
    if (from >= start) this.world.history.report(`${name}: offset ${from} is out of range`)
    return this.read(topicId, partition, start, maxBytes)
  }

  /** Everything from the start on. */
  async readAll(topicId: string, partition: number): Promise<Seen | undefined> {
    const records: SeenRecord[] = []
    for (let from = 0; ;) {
      const seen = await this.read(topicId, partition, from)
      if (seen === undefined) return undefined
      records.push(...seen.records)
      const end = this.isCommitted ? seen.lastStableOffset : seen.highWatermark
      if (seen.next >= end || seen.next === from) return { ...seen, records }
      from = seen.next
    }
  }

  /** What the chain's group has committed, with the transaction that has. */
  async committed(
    groupId: string,
    topic: string,
    partition: number,
  ): Promise<{ offset: number; metadata: string }> {
    const { clock, history } = this.world
    return this.persist('OffsetFetch', async () => {
      const sentMs = clock.monotonic()
      const topics = [{ name: topic, partitionIndexes: [partition] }]
      const request = { groups: [{ groupId, topics }], requireStable: true }
      const response = await this.connection.request(offsetFetch, 9, request, false)
      const group = response.groups[0]!
      const found = group.topics[0]?.partitions[0]
      const errorCode = group.errorCode || (found?.errorCode ?? 0)
      if (this.isRetriable(errorCode)) return undefined
      if (errorCode !== 0) history.report(`OffsetFetch: ${errorName(errorCode)}`)
      const committed = {
        offset: found?.committedOffset ?? -1,
        metadata: found?.metadata ?? '',
      }
      checkOffset(history, partition, committed, sentMs)
      return committed
    })
  }

  protected startOffset(name: string, partitionIndex: number): Promise<number> {
    return this.persist('ListOffsets', async () => {
      const topics = [{ name, partitions: [{ partitionIndex, timestamp: earliest }] }]
      const request = { replicaId: -1, isolationLevel: 0, topics, timeoutMs: 1000 }
      const response = await this.connection.request(listOffsets, 10, request, false)
      const found = response.topics[0]?.partitions[0]
      return found?.errorCode === 0 ? found.offset : undefined
    })
  }

  async #read(
    topicId: string,
    partition: number,
    from: number,
    maxBytes: number,
  ): Promise<Seen | 'gone' | 'out of range' | undefined> {
    const { clock, history } = this.world
    const sentMs = clock.monotonic()
    const known = history.partition(topicId, partition)
    const floor = floorOf(known)
    const wanted = { partition, fetchOffset: from, partitionMaxBytes: maxBytes }
    const response = await this.fetch(noSession, [{ topicId, partitions: [wanted] }], maxBytes)
    const found = response.responses[0]?.partitions[0]
    const errorCode = response.errorCode || (found?.errorCode ?? 0)
    const error = errorName(errorCode)
    if (error === 'UNKNOWN_TOPIC_ID' || error === 'UNKNOWN_TOPIC_OR_PARTITION') return 'gone'
    // It has to begin anew where the log begins.
    if (error === 'OFFSET_OUT_OF_RANGE') return 'out of range'
    if (error !== 'NONE' || found === undefined) {
      if (!this.isRetriable(errorCode)) history.report(`${known.name}: Fetch: ${error}`)
      return undefined
    }
    return this.see(topicId, found, { from, floor, sentMs })
  }

  protected fetch(
    session: { sessionId: number; sessionEpoch: number },
    topics: readonly FetchTopic[],
    maxBytes: number,
  ): Promise<FetchResponse> {
    const request = {
      replicaState: {},
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes,
      isolationLevel: this.isCommitted ? 1 : 0,
      ...session,
      topics,
      forgottenTopicsData: [],
      rackId: '',
    }
    return this.connection.request(fetch, fetchVersion, request, false)
  }

  protected see(
    topicId: string,
    found: FetchedPartition,
    { from, floor, sentMs }: { from: number; floor: Floor; sentMs: number },
  ): Seen {
    const { lastStableOffset, highWatermark, logStartOffset: startOffset } = found
    const { isCommitted } = this
    const aborted = isCommitted ? (found.abortedTransactions ?? []) : []
    const read = readRecords(Buffer.concat(found.records ?? []), from, aborted)
    const positions = { startOffset, lastStableOffset, highWatermark, from, sentMs }
    const partition = found.partitionIndex
    const seen: Seen = { topicId, partition, isCommitted, ...positions, ...read }
    checkRead(this.world.history, seen, floor)
    return seen
  }
}

interface Aborted {
  producerId: number
  firstOffset: number
}

/** As Kafka's consumer leaves out what was aborted (CompletedFetch). */
function readRecords(
  bytes: Buffer,
  from: number,
  abortedTransactions: readonly Aborted[],
): { records: SeenRecord[]; next: number } {
  const records: SeenRecord[] = []
  const pending = abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const aborted = new Set<number>()
  let next = from
  for (const at of batchesIn(bytes)) {
    const batch = bytes.subarray(at, at + batchSize(bytes, at))
    const header = parseBatchHeader(batch)
    const { producerId, isControl, isTransactional } = header
    const lastOffset = header.baseOffset + header.lastOffsetDelta
    if (!crcMatches(batch)) throw new Error(`the CRC of the batch at ${header.baseOffset} is wrong`)
    while (pending.length > 0 && pending[0]!.firstOffset <= lastOffset) {
      aborted.add(pending.shift()!.producerId)
    }
    next = Math.max(next, lastOffset + 1)
    if (isControl) {
      if (isAbortMarker(batch)) aborted.delete(producerId)
      continue
    }
    if (isTransactional && aborted.has(producerId)) continue
    for (const { offset, key, value } of decodeRecords(batch, maxDecompressedBytes)) {
      if (offset < from) continue
      records.push({ offset, key: key?.toString() ?? '', id: value?.toString() ?? '' })
    }
  }
  return { records, next }
}

/** The type follows the version in the marker's key (Kafka: ControlRecordType). */
function isAbortMarker(batch: Buffer): boolean {
  const [record] = decodeRecords(batch, maxDecompressedBytes)
  return record?.key?.readInt16BE(2) === 0
}
