/** One topic on one broker, as it is filled, compacted and read: the same on both. */
import { setTimeout } from 'node:timers/promises'
import { produce } from '../../protocol/apis/00-produce.ts'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { writeTxnMarkers } from '../../protocol/apis/27-write-txn-markers.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { errorName } from '../../protocol/errors.ts'
import { batchSize, lastOffset, parseBatchHeader } from '../../protocol/record-batch.ts'
import { decodeRecords } from '../../protocol/records.ts'
import { ask, check } from './ask.ts'
import { Connection } from './connection.ts'

const set = 0
const topicResource = 2
const maxInflatedBytes = 10_000_000
/** How long a broker may take to compact, and how often it is asked whether it has. */
const settleMs = 30_000
const pauseMs = 20
/** Longer than any clock: nothing is old enough to be compacted. */
const hold = '9223372036854775807'

/** Of Produce: later ones add partitions to transactions, whatever is verified (KIP-890). */
const lastWithoutCoordinator = 11

type Configs = Readonly<Record<string, string>>

export interface TransactionEnd {
  producerId: number
  producerEpoch: number
  commits: boolean
}

export class CompactedTopic implements Disposable {
  readonly #connection: Connection
  readonly #name: string
  readonly #id: string

  private constructor(connection: Connection, name: string, id: string) {
    this.#connection = connection
    this.#name = name
    this.#id = id
  }

  static async create(bootstrap: string, name: string, configs: Configs): Promise<CompactedTopic> {
    const connection = await Connection.open(bootstrap)
    const held = { ...configs, 'min.compaction.lag.ms': hold }
    const { topics } = await ask(connection, createTopics, 7, {
      topics: [
        { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: named(held) },
      ],
    })
    check(topics[0]!.errorCode)
    const topic = new CompactedTopic(connection, name, topics[0]!.topicId)
    await until(async () => (await topic.#offsetAt(-1)).errorCode === 0)
    return topic
  }

  async append(batch: Buffer): Promise<void> {
    const topicData = [{ name: this.#name, partitionData: [{ index: 0, records: batch }] }]
    const { responses } = await ask(this.#connection, produce, lastWithoutCoordinator, {
      // Any will do, but without one no transactional record is taken.
      transactionalId: 'compaction',
      acks: -1,
      timeoutMs: 9999,
      topicData,
    })
    check(responses[0]!.partitionResponses[0]!.errorCode)
  }

  /** Ends a transaction of which nobody but the partition knows. */
  async end({ producerId, producerEpoch, commits }: TransactionEnd): Promise<void> {
    const topics = [{ name: this.#name, partitionIndexes: [0] }]
    const { markers } = await ask(this.#connection, writeTxnMarkers, 1, {
      markers: [
        { producerId, producerEpoch, transactionResult: commits, topics, coordinatorEpoch: 0 },
      ],
    })
    check(markers[0]!.topics[0]!.partitions[0]!.errorCode)
  }

  async configure(configs: Configs): Promise<void> {
    const { responses } = await ask(this.#connection, incrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: topicResource,
          resourceName: this.#name,
          configs: named(configs).map(config => ({ ...config, configOperation: set })),
        },
      ],
      validateOnly: false,
    })
    check(responses[0]!.errorCode)
  }

  /** Compacts once; it has when the record at this offset is gone. */
  async compact(offset: number): Promise<void> {
    await this.configure({ 'min.compaction.lag.ms': '0' })
    await until(async () => !(await this.offsets()).includes(offset))
    await this.configure({ 'min.compaction.lag.ms': hold })
  }

  /** Of all records. */
  async offsets(): Promise<number[]> {
    return (await this.batches()).flatMap(({ records }) => records.map(({ offset }) => offset))
  }

  /**
   * What is left, without base timestamps: delete horizons, which the clock has given, or what the
   * records' times are counted from, which nobody sees; and without the times of markers.
   */
  async batches() {
    const batches = await this.#read()
    return batches.map(batch => {
      const {
        crc: _,
        batchLength: _length,
        baseTimestamp: _base,
        ...header
      } = parseBatchHeader(batch)
      const untimed = header.isControl ? { timestamp: 0 } : {}
      const records = Array.from(decodeRecords(batch, maxInflatedBytes), record => ({
        ...record,
        ...untimed,
        key: record.key?.toString() ?? null,
        value: record.value?.toString() ?? null,
        headers: record.headers.map(({ key, value }) => `${key}=${value?.toString()}`),
      }))
      return { ...header, ...(header.isControl && { maxTimestamp: 0 }), records }
    })
  }

  /** What readers of committed records are told, as 'producer id: first offset'. */
  async aborted(): Promise<string[]> {
    const { abortedTransactions } = await this.#fetch(0, 1)
    return (abortedTransactions ?? [])
      .map(({ producerId, firstOffset }) => `${producerId}: ${firstOffset}`)
      .toSorted()
  }

  /** Offset and time of the first record that is not older, in short. */
  async found(timestamp: number): Promise<string> {
    const { errorCode, ...found } = await this.#offsetAt(timestamp)
    return `${timestamp}: ${errorName(errorCode)} ${found.offset} ${found.timestamp}`
  }

  async #offsetAt(timestamp: number) {
    const { topics } = await ask(this.#connection, listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: this.#name, partitions: [{ partitionIndex: 0, timestamp }] }],
    })
    return topics[0]!.partitions[0]!
  }

  async #read(): Promise<Buffer[]> {
    const batches: Buffer[] = []
    for (let offset = 0; ;) {
      const { records, highWatermark } = await this.#fetch(offset, 0)
      const bytes = Buffer.concat(records ?? [])
      for (let at = 0; at < bytes.length; at += batchSize(bytes, at)) {
        batches.push(bytes.subarray(at, at + batchSize(bytes, at)))
        offset = lastOffset(bytes, at) + 1
      }
      if (offset >= highWatermark) return batches
    }
  }

  async #fetch(fetchOffset: number, isolationLevel: number) {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }]
    const { responses } = await ask(this.#connection, fetch, 13, {
      maxWaitMs: 0,
      minBytes: 0,
      isolationLevel,
      topics: [{ topicId: this.#id, partitions }],
      forgottenTopicsData: [],
    })
    const found = responses[0]!.partitions[0]!
    check(found.errorCode)
    return found
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}

function named(configs: Configs): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }))
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + settleMs
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error('waited in vain')
    await setTimeout(pauseMs)
  }
}
