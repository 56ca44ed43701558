import { KafkaError } from '../../protocol/errors.ts'
import type { Change, MetadataStore, TransactionRow } from '../../storage/metadata-store.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Cluster } from '../cluster.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { deadlineOf, isExpired } from './deadlines.ts'
import { complete, fence } from './end.ts'
import { Markers, type WriteMarker } from './markers.ts'
import { partitionsOf, withoutPartition } from './partitions.ts'
import {
  isDecided,
  isEpochExhausted,
  noProducerId,
  type Surroundings,
  type Transaction,
} from './transaction.ts'

export interface TransactionsOptions {
  config: Pick<
    Config,
    | 'addPartitionsToTxnRetryBackoffMaxMs'
    | 'transactionAbortTimedOutTransactionCleanupIntervalMs'
    | 'transactionPartitionVerificationEnable'
    | 'transactionRemoveExpiredTransactionCleanupIntervalMs'
    | 'transactionalIdExpirationMs'
  >
  cluster: Pick<Cluster, 'nextProducerId'>
  /** The level of the feature transaction.version that holds now. */
  transactionVersion: () => number
  /** Rises with each start: markers tell it. */
  coordinatorEpoch: number
  writeMarker: WriteMarker
  metadata: Pick<MetadataStore, 'commit'>
  clock: Clock
  logger: Pick<Logger, 'info' | 'warn'>
}

type Known = Transaction | undefined

/** A transactional id, and what is under way for it. */
interface Entry {
  transaction: Transaction
  /** When it is aborted, on the monotonic clock; Infinity while no transaction is open. */
  deadlineMs: number
  /** The last commit while it runs. */
  storing: Promise<void> | undefined
  /** Resolves when the transaction that was decided is complete. */
  ending: PromiseWithResolvers<void> | undefined
}

/**
 * All transactional ids. Rules decide; here a decision is stored, then its markers are written, and
 * then it is stored that they are. Transactions that take too long are aborted.
 */
export class Transactions {
  readonly #options: TransactionsOptions
  readonly #markers: Markers
  readonly #entries = new Map<string, Entry>()
  /** Those whose markers are being written. */
  readonly #endings = new Set<Promise<void>>()
  #abortTimer: Timer | undefined
  #expiryTimer: Timer | undefined
  #closed = false

  constructor(options: TransactionsOptions) {
    this.#options = options
    this.#markers = new Markers(options)
  }

  /** Takes over what was stored, and goes on with what was decided. Partitions must be there. */
  load(rows: ReadonlyMap<string, TransactionRow>): void {
    for (const [id, transaction] of rows) this.#set(id, transaction)
    for (const [id, entry] of this.#entries) {
      if (isDecided(entry.transaction)) this.#end(id, entry.transaction)
    }
  }

  /** Stored or about to be. */
  get(id: string): Known {
    return this.#entries.get(id)?.transaction
  }

  ids(): string[] {
    return [...this.#entries.keys()]
  }

  /** Resolves when what `get` tells is durable; undefined where it is. */
  stored(id: string): Promise<void> | undefined {
    return this.#entries.get(id)?.storing
  }

  /**
   * What the rule makes of the transaction; durable when this resolves. `needsId` tells whether the
   * rule will need a producer id besides the one that there is.
   */
  async run(
    id: string,
    needsId: (known: Known) => boolean,
    rule: (known: Known, surroundings: Surroundings) => Transaction,
  ): Promise<Transaction> {
    const { clock, cluster, transactionVersion } = this.#options
    let newProducerId = noProducerId
    while (newProducerId === noProducerId && needsId(this.get(id))) {
      newProducerId = await cluster.nextProducerId()
    }
    const surroundings = { nowMs: clock.now(), newProducerId }
    const next = rule(this.get(id), { ...surroundings, transactionVersion: transactionVersion() })
    await this.put(id, next)
    return next
  }

  /** Resolves when this is durable, and what led to it; undefined where it is. */
  put(id: string, transaction: Transaction): Promise<void> | undefined {
    const known = this.#entries.get(id)
    if (known?.transaction === transaction) return known.storing
    const entry = this.#set(id, transaction)
    const storing = this.#commit([{ kind: 'transaction', key: id, value: transaction }])
    entry.storing = storing
    storing.then(
      () => {
        if (entry.storing === storing) entry.storing = undefined
        if (isDecided(transaction)) this.#end(id, transaction)
      },
      () => {},
    )
    return storing
  }

  /**
   * Resolves when the transaction is complete that was decided, or this much later; undefined where
   * no markers are under way.
   */
  untilEnded(id: string, limitMs: number): Promise<void> | undefined {
    const ended = this.#entries.get(id)?.ending?.promise
    if (ended === undefined) return undefined
    const { promise: limit, resolve } = Promise.withResolvers<void>()
    const timer = this.#options.clock.after(limitMs, resolve)
    return Promise.race([ended, limit]).finally(() => timer.cancel())
  }

  /** Markers that are being written are; the next start writes the others. */
  async close(): Promise<void> {
    this.#closed = true
    this.#abortTimer?.cancel()
    this.#expiryTimer?.cancel()
    this.#markers.close()
    await Promise.all(this.#endings)
  }

  #set(id: string, transaction: Transaction): Entry {
    let entry = this.#entries.get(id)
    if (entry === undefined) {
      entry = { transaction, deadlineMs: Infinity, storing: undefined, ending: undefined }
      this.#entries.set(id, entry)
    }
    const { clock } = this.#options
    entry.transaction = transaction
    const deadline = deadlineOf(transaction)
    if (deadline === Infinity) entry.deadlineMs = Infinity
    else if (entry.deadlineMs === Infinity) {
      entry.deadlineMs = clock.monotonic() + deadline - clock.now()
    }
    if (isDecided(transaction)) entry.ending ??= Promise.withResolvers()
    else {
      entry.ending?.resolve()
      entry.ending = undefined
    }
    this.#arm(entry)
    return entry
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#options.metadata.commit(changes)
    } catch (cause) {
      throw new KafkaError('COORDINATOR_NOT_AVAILABLE', String(cause))
    }
  }

  #end(id: string, decided: Transaction): void {
    const ending = this.#writeMarkers(id, decided).then(areWritten => {
      this.#endings.delete(ending)
      // A store that fails tells its owner.
      if (areWritten) this.put(id, complete(decided, this.#options.clock.now()))?.catch(() => {})
    })
    this.#endings.add(ending)
  }

  /** False when this was closed before all of them were written. */
  async #writeMarkers(id: string, decided: Transaction): Promise<boolean> {
    const { producerId, producerEpoch, state, clientVersion } = decided
    const { coordinatorEpoch } = this.#options
    const type = state === 'PrepareCommit' ? 'commit' : 'abort'
    const marker = { type, producerId, producerEpoch, coordinatorEpoch } as const
    const written = await Promise.all(
      partitionsOf(decided).map(async partition => {
        const isWritten = await this.#markers.write(partition, marker, clientVersion)
        // Not stored: until all are written, a restart writes all of them.
        if (isWritten) this.#set(id, withoutPartition(this.get(id)!, partition))
        return isWritten
      }),
    )
    return !written.includes(false)
  }

  #arm({ deadlineMs }: Entry): void {
    if (this.#closed) return
    const { clock, config } = this.#options
    const {
      transactionAbortTimedOutTransactionCleanupIntervalMs: abortMs,
      transactionRemoveExpiredTransactionCleanupIntervalMs: expiryMs,
    } = config
    if (deadlineMs < Infinity) this.#abortTimer ??= clock.after(abortMs, () => this.#abortLate())
    this.#expiryTimer ??= clock.after(expiryMs, () => this.#forgetIdle())
  }

  #abortLate(): void {
    this.#abortTimer = undefined
    const { clock, logger } = this.#options
    const isLate = ({ deadlineMs }: Entry): boolean => deadlineMs < clock.monotonic()
    for (const [transactionalId, entry] of this.#entries) {
      if (isLate(entry)) {
        logger.info({ transactionalId }, 'a transaction has timed out, and is aborted')
        const abort = this.run(transactionalId, needsId, (known, surroundings) =>
          isLate(entry) ? fence(known!, surroundings) : known!,
        )
        abort.catch(() => {})
      }
      this.#arm(entry)
    }
  }

  #forgetIdle(): void {
    this.#expiryTimer = undefined
    const { clock, config } = this.#options
    const changes: Change[] = []
    for (const [key, entry] of this.#entries) {
      if (isExpired(entry.transaction, clock.now(), config.transactionalIdExpirationMs)) {
        this.#entries.delete(key)
        changes.push({ kind: 'transaction', key, value: null })
      } else this.#arm(entry)
    }
    if (changes.length > 0) this.#commit(changes).catch(() => {})
  }
}

/** Of a rule that ends a transaction. */
export function needsId(known: Known): boolean {
  return known !== undefined && isEpochExhausted(known)
}
