import { TransactionCoordinator } from '../../src/transactions/coordinator.ts'
import type { Support } from '../../src/transactions/support.ts'
import type { TopicPartition } from '../../src/transactions/transaction.ts'
import type { TransactionsOptions } from '../../src/transactions/transactions.ts'
import type { TransactionMarker } from '../../protocol/control-records.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { TransactionRow } from '../../storage/metadata-store.ts'
import { createConfig } from '../../src/config.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { HeldRows } from './held-rows.ts'

export const id = 'orders'
export const a0 = { topic: 'a', partition: 0 }
export const a1 = { topic: 'a', partition: 1 }
export const adding: Support = { adds: true, knowsAbortable: true, knowsConcurrent: true }
export const verifying: Support = { ...adding, adds: false }

/** A marker that is being written. */
interface Writing {
  partition: TopicPartition
  marker: TransactionMarker
  transactionVersion: number
  done(): void
  fail(error: ConstructorParameters<typeof KafkaError>[0]): void
}

/** A coordinator over a store and partitions that can be made to wait or fail. */
export class Driver {
  readonly clock = new ManualClock()
  readonly rows = new HeldRows()
  readonly markers: Writing[] = []
  coordinator: TransactionCoordinator
  transactionVersion = 2
  /** Markers are written at once. */
  writesMarkers = true
  readonly #config: Readonly<Record<string, string>>
  #producerIds = 1000
  #epoch = 0

  constructor(config: Readonly<Record<string, string>> = {}) {
    this.#config = config
    this.coordinator = this.#open()
  }

  /** The next producer id that nobody had. */
  get nextProducerId(): number {
    return this.#producerIds
  }

  /** The process is killed, and starts anew from what was stored. */
  restart(): void {
    this.markers.length = 0
    this.rows.crash()
    this.coordinator = this.#open()
    this.coordinator.load(this.rows.stored)
  }

  /** Starts with this transaction. */
  startWith(row: TransactionRow): void {
    this.rows.stored.set(id, row)
    this.restart()
  }

  /** As it is stored. */
  get row(): TransactionRow | undefined {
    return this.rows.stored.get(id)
  }

  /** A producer that was just initialised. */
  begin(timeoutMs = 60_000): Promise<{ producerId: number; producerEpoch: number }> {
    return this.coordinator.initProducerId(id, { timeoutMs, expected: undefined })
  }

  #open(): TransactionCoordinator {
    const settings = Object.entries(this.#config)
    const { config } = createConfig(
      settings.map(([name, value]) => ({ name, value, origin: name })),
    )
    this.#epoch++
    const options: TransactionsOptions = {
      config,
      cluster: { nextProducerId: () => Promise.resolve(this.#producerIds++) },
      transactionVersion: () => this.transactionVersion,
      coordinatorEpoch: this.#epoch,
      writeMarker: (partition, marker, transactionVersion) => {
        if (this.writesMarkers) {
          this.markers.push({ partition, marker, transactionVersion, done() {}, fail() {} })
          return Promise.resolve()
        }
        return new Promise((resolve, reject) => {
          const fail: Writing['fail'] = error => reject(new KafkaError(error))
          this.markers.push({ partition, marker, transactionVersion, done: resolve, fail })
        })
      },
      metadata: this.rows,
      clock: this.clock,
      logger: { info() {}, warn() {} },
    }
    return new TransactionCoordinator(options)
  }
}

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}
