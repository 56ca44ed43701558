/** A partition on a log in memory, and what it has stored of its producers. */
import type { TransactionMarker } from '../../protocol/control-records.ts'
import { errorName, KafkaError } from '../../protocol/errors.ts'
import { parseBatchHeader } from '../../protocol/record-batch.ts'
import { encodeBatch, type NewBatch } from '../../protocol/records.ts'
import {
  Partition,
  type AppendOptions,
  type PartitionOptions,
} from '../../src/partitions/partition.ts'
import {
  producersChanges,
  producersKey,
  storedProducers,
} from '../../src/partitions/producer-rows.ts'
import { newPartitionRow } from '../../src/replicas.ts'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import type { AbortedTransactionsRow, ProducersRow } from '../../storage/metadata-store.ts'
import type { LogStore, PartitionLog } from '../../storage/partition-log.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

export const day = 86_400_000
export const id = { topic: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 0 }
export const logConfig = {
  segmentBytes: 1e6,
  segmentMs: 1e9,
  indexIntervalBytes: 4096,
  segmentJitterMs: 0,
  segmentIndexBytes: 1e6,
  flushMessages: Infinity,
  cleanupPolicy: ['delete'],
  retentionMs: -1,
  retentionBytes: -1,
  deleteRetentionMs: 0,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  minCleanableDirtyRatio: 0.5,
}
export const produce: AppendOptions = { acks: -1, logAppendTime: false }

const key = producersKey(id.topicId, 0)

export class Fixture {
  readonly clock = new ManualClock()
  readonly logs: LogStore = createMemoryLogStore(() => this.clock.now())
  readonly producers = new Map<string, ProducersRow>()
  readonly aborted = new Map<string, AbortedTransactionsRow>()

  get saved(): ProducersRow | undefined {
    return this.producers.get(key)
  }

  store(row: ProducersRow | undefined): void {
    if (row === undefined) this.producers.delete(key)
    else this.producers.set(key, row)
  }

  /** Takes over what another one has stored. */
  restore(other: Fixture): void {
    this.store(other.saved)
    for (const [chunk, row] of other.aborted) this.aborted.set(chunk, row)
  }

  async open(changes: Partial<PartitionOptions> = {}): Promise<Partition> {
    const log = changes.log ?? (await this.logs.open(id, logConfig)).log
    return Partition.open({
      index: 0,
      row: { ...newPartitionRow([0]), epochs: [{ epoch: 3, startOffset: 0 }] },
      log,
      clock: this.clock,
      config: { producerIdExpirationMs: day },
      producers: storedProducers({
        producers: this.producers,
        abortedTransactions: this.aborted,
      }).get(key),
      saveProducers: async change => {
        for (const { kind, key: rowKey, value } of structuredClone(producersChanges(key, change))) {
          const rows = kind === 'producers' ? this.producers : this.aborted
          if (value === null) rows.delete(rowKey)
          else rows.set(rowKey, value as never)
        }
      },
      ...changes,
    })
  }
}

export function batch(fields: Partial<NewBatch> = {}, count = 1, timestamp = 1000): Buffer {
  const records = Array.from({ length: count }, (_, i) => {
    return { timestamp: timestamp + i, key: null, value: Buffer.from(`${i}`) }
  })
  return encodeBatch({ records, ...fields })
}

export function append(partition: Partition, bytes: Buffer, options: AppendOptions = produce) {
  return partition.append(bytes, parseBatchHeader(bytes), options)
}

/** Ends what producer 1 has begun in epoch 0, by a commit, unless it is told otherwise. */
export function endTransaction(
  partition: Partition,
  fields: Partial<TransactionMarker> = {},
  transactionVersion = 0,
): Promise<void> {
  const producer = { producerId: 1, producerEpoch: 0, coordinatorEpoch: 0 }
  const marker: TransactionMarker = { type: 'commit', ...producer, ...fields }
  return partition.appendMarker(marker, { transactionVersion, logAppendTime: false })
}

export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'NONE'
  } catch (error) {
    if (error instanceof KafkaError) return errorName(error.code)
    throw error
  }
}

/** A log whose durability lags behind until it is let go. */
export function laggingLog(log: PartitionLog): { log: PartitionLog; release(): void } {
  let durableOffset = 0
  const wrapper: PartitionLog = {
    get startOffset() {
      return log.startOffset
    },
    get endOffset() {
      return log.endOffset
    },
    get durableOffset() {
      return durableOffset
    },
    get sizeBytes() {
      return log.sizeBytes
    },
    get maxTimestamp() {
      return log.maxTimestamp
    },
    failure: undefined,
    onProgress: undefined,
    beforeRemoval: undefined,
    append: (batches, until) => log.append(batches, until),
    read: (from, maxBytes, limit) => log.read(from, maxBytes, limit),
    offsetForTimestamp: ms => log.offsetForTimestamp(ms),
    async trim(to) {
      await wrapper.beforeRemoval?.()
      await log.trim(to)
    },
    retain: nowMs => log.retain(nowMs),
    compact: context => log.compact(context),
    checkpoint: () => log.checkpoint(),
    configure: config => log.configure(config),
    close: () => log.close(),
  }
  const release = (): void => {
    durableOffset = log.endOffset
    wrapper.onProgress?.()
  }
  return { log: wrapper, release }
}
