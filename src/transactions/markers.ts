import type { TransactionMarker } from '../../protocol/control-records.ts'
import { KafkaError, type ErrorName } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../logger.ts'
import type { TopicPartition } from './transaction.ts'

/**
 * Ends a transaction in one partition, durably when this resolves; a partition that has this marker
 * already takes it again. It must not wait behind appends: those may wait for the transaction.
 * Rejects with UNKNOWN_TOPIC_OR_PARTITION where there is none of this name.
 */
export type WriteMarker = (
  partition: TopicPartition,
  marker: TransactionMarker,
  transactionVersion: number,
) => Promise<void>

interface Options {
  writeMarker: WriteMarker
  clock: Clock
  logger: Pick<Logger, 'info' | 'warn'>
}

/** Partitions are offline for seconds, not for milliseconds. */
const retryMs = 100

/**
 * Without the partition there is nothing to end, and a partition that knows a later producer or
 * coordinator has ended it (Kafka: TransactionMarkerRequestCompletionHandler).
 */
const endedOtherwise: ReadonlySet<ErrorName> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
])

/** Writes markers, again and again where a partition is offline. */
export class Markers {
  readonly #options: Options
  #waiting: (() => void)[] = []
  #timer: Timer | undefined
  #closed = false

  constructor(options: Options) {
    this.#options = options
  }

  /** True when the partition has its marker, or needs none; false when this was closed before. */
  async write(
    partition: TopicPartition,
    marker: TransactionMarker,
    transactionVersion: number,
  ): Promise<boolean> {
    const { writeMarker, logger } = this.#options
    for (let isFirst = true; !this.#closed; isFirst = false) {
      try {
        await writeMarker(partition, marker, transactionVersion)
        return true
      } catch (err) {
        const details = { ...partition, ...marker, err }
        if (err instanceof KafkaError && endedOtherwise.has(err.error)) {
          logger.info(details, 'a partition needs no marker')
          return true
        }
        if (isFirst) logger.warn(details, 'a marker cannot be written and will be tried again')
      }
      await this.#retry()
    }
    return false
  }

  /** No marker is tried again. */
  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#goOn()
  }

  #retry(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#timer ??= this.#options.clock.after(retryMs, () => this.#goOn())
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  #goOn(): void {
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
