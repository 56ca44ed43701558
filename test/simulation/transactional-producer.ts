/**
 * A transactional producer as Kafka's clients are: of transactions version 2 (KIP-890), or an older
 * one that adds partitions itself.
 */
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { addPartitionsToTxn } from '../../protocol/apis/24-add-partitions-to-txn.ts'
import { addOffsetsToTxn } from '../../protocol/apis/25-add-offsets-to-txn.ts'
import { endTxn } from '../../protocol/apis/26-end-txn.ts'
import { txnOffsetCommit } from '../../protocol/apis/28-txn-offset-commit.ts'
import { errorName, type ErrorName } from '../../protocol/errors.ts'
import { BatchSender, type NewWrite } from './batches.ts'
import { Abortable, Fenced, type World } from './client.ts'
import type { Transaction } from './history.ts'

/** Of a client: which versions it speaks. */
interface Protocol {
  name: string
  produce: number
  addsPartitions: boolean
  init: number
  txnOffsetCommit: number
  endTxn: number
}

export const protocols: readonly Protocol[] = [
  { name: 'v2', produce: 13, addsPartitions: false, init: 5, txnOffsetCommit: 5, endTxn: 5 },
  { name: 'v2', produce: 12, addsPartitions: false, init: 5, txnOffsetCommit: 5, endTxn: 5 },
  { name: 'v1', produce: 11, addsPartitions: true, init: 4, txnOffsetCommit: 4, endTxn: 4 },
  { name: 'v1', produce: 9, addsPartitions: true, init: 3, txnOffsetCommit: 3, endTxn: 3 },
]

const abortable: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'TRANSACTION_ABORTABLE',
  // The topic was deleted.
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'OPERATION_NOT_ATTEMPTED',
])
const fenced: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
])
/** What the loss of the transaction to somebody else, or to its timeout, may look like. */
const lostTransaction: ReadonlySet<ErrorName> = new Set<ErrorName>(['INVALID_TXN_STATE'])

/** Who may have taken a transactional id from whom: by instance, when it last asked for it. */
export class Takeovers {
  readonly #asked = new Map<string, Map<string, { fromMs: number; toMs: number }>>()

  /** Returns what is to be called with the time when the answer has come, or never will. */
  begin(transactionalId: string, instance: string, nowMs: number): (endMs: number) => void {
    const instances = this.#asked.get(transactionalId) ?? new Map()
    this.#asked.set(transactionalId, instances)
    const asked = { fromMs: instances.get(instance)?.fromMs ?? nowMs, toMs: Infinity }
    instances.set(instance, asked)
    return endMs => (asked.toMs = endMs)
  }

  mayBeFenced(transactionalId: string, instance: string): boolean {
    const instances = this.#asked.get(transactionalId)!
    const { fromMs } = instances.get(instance)!
    return [...instances].some(([other, { toMs }]) => other !== instance && toMs >= fromMs)
  }
}

export interface TransactionalOptions {
  name: string
  transactionalId: string
  protocol: Protocol
  timeoutMs: number
  takeovers: Takeovers
}

export class TransactionalProducer extends BatchSender {
  protected readonly produceVersion: number
  protected override readonly transactionalId: string
  readonly #options: TransactionalOptions
  #transaction: Transaction | undefined
  #transactions = 0
  #begunMs = 0
  /** Partitions and groups that are in the transaction. */
  #added = new Set<string>()
  /** What the coordinator has to end. */
  #hasBegun = false
  /** An older client has given up a batch: a late one must not be taken for its next. */
  #needsEpoch = false

  constructor(world: World, options: TransactionalOptions) {
    super(world, options.name)
    this.#options = options
    this.produceVersion = options.protocol.produce
    this.transactionalId = options.transactionalId
  }

  async initialize(): Promise<void> {
    await this.#initProducerId({ producerId: -1, producerEpoch: -1 })
  }

  begin(): Transaction {
    const { clock, history } = this.world
    this.#transaction = history.begin(`${this.name}.${this.#transactions++}`, this.transactionalId)
    this.#begunMs = clock.monotonic()
    this.#added = new Set()
    this.#hasBegun = false
    return this.#transaction
  }

  /** Throws Abortable or Fenced. */
  async send(batches: readonly (readonly NewWrite[])[]): Promise<void> {
    for (const batch of batches) {
      const [{ topic, partition }] = batch as [NewWrite]
      if (this.#options.protocol.addsPartitions) await this.#addPartition(topic.name, partition)
      this.#hasBegun = true
      this.enqueue(batch, this.#transaction)
    }
    await this.flush()
  }

  /** Throws Abortable or Fenced. */
  async sendOffset(
    groupId: string,
    topic: string,
    partition: number,
    offset: number,
  ): Promise<void> {
    const { history } = this.world
    const { protocol } = this.#options
    if (protocol.addsPartitions) await this.#addGroup(groupId)
    this.#hasBegun = true
    history.sendOffset(this.#transaction!, partition, offset)
    await this.persist('TxnOffsetCommit', async () => {
      const committed = {
        partitionIndex: partition,
        committedOffset: offset,
        committedMetadata: this.#transaction!.id,
      }
      const request = {
        ...this.#identity,
        groupId,
        topics: [{ name: topic, partitions: [committed] }],
      }
      const { txnOffsetCommit: version } = protocol
      const { connection } = this
      const mayLinger = !protocol.addsPartitions
      const response = await connection.request(txnOffsetCommit, version, request, mayLinger)
      const { errorCode } = response.topics[0]!.partitions[0]!
      return this.#settles('TxnOffsetCommit', errorCode)
    })
  }

  /** Throws Abortable or Fenced when it is not committed, or when that is not known. */
  async commit(): Promise<void> {
    const transaction = this.#transaction!
    const { clock, dice, history, deaths } = this.world
    if (!this.#hasBegun) return history.end(transaction, 'aborted', clock.monotonic())
    history.end(transaction, 'unknown', clock.monotonic())
    let isFirst = true
    await this.persist('EndTxn', async () => {
      const mayHaveBeenDone = !isFirst
      // Whoever is not answered may be gone before it asks again.
      if (mayHaveBeenDone && dice.chance(deaths * 10)) throw new Fenced('it is gone')
      isFirst = false
      try {
        return await this.#end(true)
      } catch (error) {
        if (error instanceof Fenced && !mayHaveBeenDone) {
          history.end(transaction, 'aborted', clock.monotonic())
        }
        throw error
      }
    })
    history.end(transaction, 'committed', clock.monotonic())
    this.log(`committed ${transaction.id}`)
  }

  /** Throws Fenced. */
  async abort(): Promise<void> {
    const { clock, history } = this.world
    this.log(`aborts ${this.#transaction!.id}`)
    this.giveUp()
    history.end(this.#transaction!, 'aborted', clock.monotonic())
    if (this.#hasBegun) await this.persist('EndTxn', () => this.#end(false))
    if (!this.#needsEpoch) return
    const { producerId, epoch: producerEpoch } = this
    await this.#initProducerId({ producerId, producerEpoch })
    this.#needsEpoch = false
  }

  protected refused(what: string, errorCode: number): Error {
    const error = errorName(errorCode)
    this.#needsEpoch ||= this.#options.protocol.addsPartitions
    this.log(`${what}: ${error}`)
    if (abortable.has(error)) return new Abortable(error)
    // A late copy of an older batch lets the partition expect that one first (KIP-890).
    const isOlderClient = this.#options.protocol.addsPartitions
    if (isOlderClient && error === 'OUT_OF_ORDER_SEQUENCE_NUMBER') return new Abortable(error)
    if (fenced.has(error) || lostTransaction.has(error)) {
      if (!this.#mayBeFenced) this.#complain(`${what}: ${error}, and nobody else is there`)
    } else {
      this.#complain(`${what}: ${error}`)
    }
    return new Fenced(error)
  }

  /** Somebody has come later, or the transaction has lasted for too long. */
  get #mayBeFenced(): boolean {
    const { takeovers, timeoutMs } = this.#options
    if (takeovers.mayBeFenced(this.transactionalId, this.name)) return true
    return this.world.clock.monotonic() - this.#begunMs >= timeoutMs
  }

  get #identity() {
    const { transactionalId, producerId, epoch: producerEpoch } = this
    return { transactionalId, producerId, producerEpoch }
  }

  #complain(what: string): void {
    this.world.history.report(`${this.name}: ${what}`)
  }

  async #initProducerId(current: { producerId: number; producerEpoch: number }): Promise<void> {
    const { protocol, takeovers, timeoutMs: transactionTimeoutMs } = this.#options
    const { transactionalId } = this
    const { clock } = this.world
    const end = takeovers.begin(transactionalId, this.name, clock.monotonic())
    const granted = await this.persist('InitProducerId', async () => {
      const request = { transactionalId, transactionTimeoutMs, ...current }
      const { connection } = this
      const response = await connection.request(initProducerId, protocol.init, request, false)
      return this.#settles('InitProducerId', response.errorCode) && response
    }).finally(() => end(clock.monotonic()))
    this.log(`${protocol.name} is ${granted.producerId} epoch ${granted.producerEpoch}`)
    this.useEpoch(granted.producerId, granted.producerEpoch)
  }

  async #addPartition(name: string, partition: number): Promise<void> {
    const key = `${name}-${partition}`
    if (this.#added.has(key)) return
    await this.persist('AddPartitionsToTxn', async () => {
      const request = {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: this.producerId,
        v3AndBelowProducerEpoch: this.epoch,
        v3AndBelowTopics: [{ name, partitions: [partition] }],
      }
      const response = await this.connection.request(addPartitionsToTxn, 3, request, false)
      const [topic] = response.resultsByTopicV3AndBelow
      const { partitionErrorCode } = topic!.resultsByPartition[0]!
      return this.#settles(`AddPartitionsToTxn of ${key}`, partitionErrorCode)
    })
    this.#added.add(key)
    this.#hasBegun = true
  }

  async #addGroup(groupId: string): Promise<void> {
    await this.persist('AddOffsetsToTxn', async () => {
      const request = { ...this.#identity, groupId }
      const response = await this.connection.request(addOffsetsToTxn, 3, request, false)
      return this.#settles('AddOffsetsToTxn', response.errorCode)
    })
  }

  async #end(committed: boolean): Promise<true | undefined> {
    const { protocol } = this.#options
    const request = { ...this.#identity, committed }
    const { endTxn: version } = protocol
    const mayLinger = !protocol.addsPartitions
    const response = await this.connection.request(endTxn, version, request, mayLinger)
    const what = committed ? 'EndTxn' : 'EndTxn by abort'
    const isDone = this.#settles(what, response.errorCode)
    if (isDone && version >= 5) this.useEpoch(response.producerId, response.producerEpoch)
    return isDone
  }

  /** Undefined for an error after which the request is sent again. */
  #settles(what: string, errorCode: number): true | undefined {
    if (errorName(errorCode) === 'NONE') return true
    if (this.isRetriable(errorCode)) return undefined
    throw this.refused(what, errorCode)
  }
}
