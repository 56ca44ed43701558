/**
 * Sends records: in batches, in order for each partition, and with acks=all exactly once within a
 * session (idempotent), whatever connections are lost meanwhile.
 */
import { produce } from '../../protocol/apis/00-produce.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import { encodeBatch, type NewRecord } from '../../protocol/records.ts'
import type { Client } from './client.ts'
import { PartitionQueue, type QueuedRecord } from './partition-queue.ts'
import { Transaction } from './transaction.ts'

/** By Kafka's ids. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export interface ProducerOptions {
  /** 0: no answer is waited for. 1: of the leader. -1: of all replicas in sync. */
  readonly acks: -1 | 0 | 1
  readonly compression: (typeof compressions)[number]
  /** Everything is one transaction; undefined for none. */
  readonly transactionalId?: string | undefined
  /** Of a batch before it is compressed. */
  readonly maxBatchBytes?: number
}

/** Below the limit that brokers have by default (message.max.bytes), with its header. */
const defaultBatchBytes = 900_000
/** More than that waits to be sent: `room` resolves when it does not. */
const maxQueuedBytes = 4 * 1024 * 1024
const recordOverheadBytes = 24
/** The first version with zstd (KIP-110). */
const zstdVersion = 7
/** Later ones name topics by their ids, which another topic of that name does not have. */
const lastVersionWithNames = 12
/** Later ones add partitions to transactions by themselves (KIP-890). */
const lastVersionWithAdding = 11

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

const nobody: Identity = { producerId: -1, producerEpoch: -1 }

export class Producer {
  readonly #client: Client
  readonly #options: ProducerOptions
  readonly #identity: Identity
  readonly #transaction: Transaction | undefined
  readonly #queues = new Map<string, PartitionQueue>()
  #unsettled = 0
  #queuedBytes = 0
  readonly #roomWanted: (() => void)[] = []
  readonly #endWanted: (() => void)[] = []

  private constructor(client: Client, options: ProducerOptions, identity: Identity) {
    const { transactionalId } = options
    this.#client = client
    this.#options = options
    this.#identity = identity
    this.#transaction =
      transactionalId === undefined
        ? undefined
        : new Transaction(client, { transactionalId, ...identity })
  }

  /** Errors: KafkaError. */
  static async open(client: Client, options: ProducerOptions): Promise<Producer> {
    const identity = options.acks === -1 ? await identityOf(client, options) : nobody
    return new Producer(client, options, identity)
  }

  /** Resolves with the offset when the record is stored; -1 where nobody tells it. */
  send(topic: string, partition: number, record: NewRecord): Promise<number> {
    const bytes = sizeOf(record)
    this.#unsettled++
    this.#queuedBytes += bytes
    return new Promise<number>((resolve, reject) => {
      const settle = (): void => {
        this.#unsettled--
        this.#queuedBytes -= bytes
        if (this.#queuedBytes <= maxQueuedBytes) for (const go of this.#roomWanted.splice(0)) go()
        if (this.#unsettled === 0) for (const go of this.#endWanted.splice(0)) go()
      }
      const stored = (offset: number): void => {
        settle()
        resolve(offset)
      }
      const failed = (error: Error): void => {
        settle()
        reject(error)
      }
      this.#queue(topic, partition).push({ ...record, bytes, stored, failed })
    })
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    if (this.#queuedBytes <= maxQueuedBytes) return
    await new Promise<void>(resolve => this.#roomWanted.push(resolve))
  }

  /** Resolves when nothing is on its way any more, whatever has become of it. */
  async settled(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>(resolve => this.#endWanted.push(resolve))
  }

  /** Ends the transaction, if there is one. Errors: KafkaError. */
  async end(result: 'commit' | 'abort'): Promise<void> {
    await this.settled()
    await this.#transaction?.end(result)
  }

  #queue(topic: string, partition: number): PartitionQueue {
    const key = `${partition}/${topic}`
    const known = this.#queues.get(key)
    if (known !== undefined) return known
    let sequence = 0
    const sendBatch = async (records: readonly QueuedRecord[]): Promise<number> => {
      const first = sequence
      sequence = (sequence + records.length) % 2 ** 31
      await this.#transaction?.add(topic, partition)
      return this.#produce(topic, partition, this.#batch(records, first))
    }
    const { maxBatchBytes = defaultBatchBytes } = this.#options
    const queue = new PartitionQueue(sendBatch, maxBatchBytes)
    this.#queues.set(key, queue)
    return queue
  }

  #batch(records: readonly NewRecord[], baseSequence: number): Buffer {
    const isNumbered = this.#identity.producerId >= 0
    return encodeBatch({
      records,
      compression: compressions.indexOf(this.#options.compression),
      ...this.#identity,
      baseSequence: isNumbered ? baseSequence : -1,
      isTransactional: this.#transaction !== undefined,
    })
  }

  async #produce(topic: string, partition: number, records: Buffer): Promise<number> {
    const { acks, compression, transactionalId = null } = this.#options
    const timeoutMs = this.#client.requestTimeoutMs
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const body = { transactionalId, acks, timeoutMs, topicData }
    const limits = {
      ...(compression === 'zstd' ? { minVersion: zstdVersion } : {}),
      maxVersion: transactionalId === null ? lastVersionWithNames : lastVersionWithAdding,
    }
    const to = { topic, partition }
    if (acks === 0) {
      const session = await this.#client.route(to)
      await session.sendUnanswered(produce, body, limits)
      return -1
    }
    let baseOffset = -1
    await this.#client.send(produce, body, {
      ...limits,
      to,
      topicMayBeNew: true,
      check({ responses: [answer] }) {
        const found = answer!.partitionResponses[0]!
        // An earlier attempt was written, and its answer lost.
        if (found.errorCode === errors.DUPLICATE_SEQUENCE_NUMBER) return
        if (found.errorCode !== errors.NONE) throw refusal(topic, partition, found)
        baseOffset = found.baseOffset
      },
    })
    return baseOffset
  }
}

function refusal(
  topic: string,
  partition: number,
  { errorCode, errorMessage }: { errorCode: number; errorMessage: string | null },
): KafkaError {
  const error = errorName(errorCode)
  const reason = errorMessage ?? new KafkaError(error).message
  return new KafkaError(error, `${topic}-${partition}: ${reason} (${error})`)
}

function sizeOf({ key, value, headers = [] }: NewRecord): number {
  const headerBytes = headers.reduce((sum, header) => {
    return sum + header.key.length * 3 + (header.value?.length ?? 0) + 4
  }, 0)
  return recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes
}

async function identityOf(client: Client, { transactionalId }: ProducerOptions): Promise<Identity> {
  const body = { transactionalId: transactionalId ?? null, transactionTimeoutMs: 60_000 }
  const { producerId, producerEpoch, errorCode } = await client.send(initProducerId, body, {
    to: transactionalId === undefined ? 'any' : { transactionalId },
    check({ errorCode: code }) {
      // Before 2.8 a producer needed a right of its own for this; it writes without, then.
      const isOptional = transactionalId === undefined
      if (isOptional && code === errors.CLUSTER_AUTHORIZATION_FAILED) return
      if (code !== errors.NONE) throw new KafkaError(errorName(code))
    },
  })
  return errorCode === errors.NONE ? { producerId, producerEpoch } : nobody
}
