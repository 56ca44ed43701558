/** The part of a producer that gets batches into partitions, each once and in order. */
import { produce } from '../../protocol/apis/00-produce.ts'
import { errorName } from '../../protocol/errors.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { Abortable, Client, type SimulatedTopic } from './client.ts'
import type { Transaction, Write } from './history.ts'

export interface NewWrite {
  topic: SimulatedTopic
  partition: number
  key: string
  source?: string
}

interface Batch {
  topic: string
  topicId: string
  partition: number
  writes: readonly Write[]
  bytes: Buffer
}

interface Answer {
  errorCode: number
  baseOffset: number
  errorMessage: string | null
}

/** Kafka's client has so many requests in flight at most when it is idempotent. */
const maxInFlight = 5
const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'

export abstract class BatchSender extends Client {
  protected producerId = -1
  protected epoch = -1
  #sequences = new Map<string, number>()
  #unacknowledged: Batch[] = []
  #sent = 0

  protected abstract readonly produceVersion: number
  protected readonly transactionalId: string | null = null

  /** What an error means after which nothing is sent again: Abortable or Fenced. */
  protected abstract refused(what: string, errorCode: number): Error

  protected useEpoch(producerId: number, epoch: number): void {
    const isSame = this.producerId === producerId && this.epoch === epoch
    ;[this.producerId, this.epoch] = [producerId, epoch]
    if (!isSame) this.#sequences = new Map()
  }

  get #namesById(): boolean {
    return this.produceVersion >= 13
  }

  /** To a client that knows no topic ids, a topic that was created anew is the same one. */
  #placeOf({ topic, topicId, partition }: Pick<Batch, 'topic' | 'topicId' | 'partition'>): string {
    return `${this.#namesById ? topicId : topic}:${partition}`
  }

  /** Puts records for one partition into a batch, which `flush` sends. */
  protected enqueue(writes: readonly NewWrite[], transaction: Transaction | undefined): void {
    const { clock, history } = this.world
    const [{ topic, partition }] = writes as [NewWrite]
    const topicId = topic.id ?? zeroId
    const byId = this.#namesById
    const sent = writes.map(({ key, source }) => {
      const place = this.#sent++
      return history.send({
        id: `${transaction?.id ?? this.name}/${place}`,
        key,
        stream: this.name,
        place,
        topic: topic.name,
        partition,
        topicId: byId || !topic.isBrief ? topicId : undefined,
        transaction,
        source,
        timestamp: clock.now(),
        sentMs: clock.monotonic(),
      })
    })
    const at = this.#placeOf({ topic: topic.name, topicId, partition })
    const baseSequence = this.#sequences.get(at) ?? 0
    this.#sequences.set(at, baseSequence + sent.length)
    const bytes = encodeBatch({
      records: sent.map(({ id, key, timestamp }) => {
        return { timestamp, key: Buffer.from(key), value: Buffer.from(id) }
      }),
      producerId: this.producerId,
      producerEpoch: this.epoch,
      baseSequence,
      isTransactional: transaction !== undefined,
    })
    this.#unacknowledged.push({ topic: topic.name, topicId, partition, writes: sent, bytes })
  }

  /** What was not acknowledged is given up. */
  protected giveUp(): void {
    this.#unacknowledged = []
  }

  /** Sends until all is acknowledged. Throws what `refused` does. */
  protected async flush(): Promise<void> {
    if (this.#unacknowledged.length === 0) return
    await this.persist('produce', async () => {
      const round = this.#nextRequests()
      const { connection } = this
      const results = await Promise.allSettled(
        round.map(async batches => this.#send(batches, connection)),
      )
      const failed = new Set<string>()
      round.forEach((batches, i) => {
        const result = results[i]!
        for (const batch of batches) {
          const at = this.#placeOf(batch)
          const answer = result.status === 'fulfilled' ? result.value.get(batch) : undefined
          if (answer === undefined || !this.#accepts(batch, answer, failed.has(at))) failed.add(at)
        }
      })
      const lost = results.find(({ status }) => status === 'rejected')
      if (lost?.status === 'rejected') throw lost.reason
      return this.#unacknowledged.length === 0 || undefined
    })
  }

  /** Batches for several partitions go together, now and then. */
  #nextRequests(): Batch[][] {
    const requests: Batch[][] = []
    for (const batch of this.#unacknowledged) {
      const last = requests.at(-1)
      const isTaken = last?.some(each => this.#placeOf(each) === this.#placeOf(batch))
      if (last !== undefined && !isTaken && this.world.dice.chance(0.5)) last.push(batch)
      else if (requests.length < maxInFlight) requests.push([batch])
      else break
    }
    return requests
  }

  async #send(
    batches: readonly Batch[],
    connection: typeof this.connection,
  ): Promise<Map<Batch, Answer>> {
    const response = await connection.request(produce, this.produceVersion, {
      transactionalId: this.transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: batches.map(({ topic, topicId, partition, bytes }) => {
        return { name: topic, topicId, partitionData: [{ index: partition, records: bytes }] }
      }),
    })
    const byId = this.#namesById
    return new Map(
      batches.map(batch => {
        const answer = response.responses
          .filter(({ name, topicId }) => (byId ? topicId === batch.topicId : name === batch.topic))
          .flatMap(({ partitionResponses }) => partitionResponses)
          .find(({ index }) => index === batch.partition)
        return [batch, answer ?? { errorCode: -1, baseOffset: -1, errorMessage: null }]
      }),
    )
  }

  /** False when it is to be sent again. */
  #accepts(
    batch: Batch,
    { errorCode, baseOffset, errorMessage }: Answer,
    isBehindFailure: boolean,
  ): boolean {
    const { clock, history } = this.world
    const error = errorName(errorCode)
    if (error === 'NONE') {
      this.#unacknowledged = this.#unacknowledged.filter(each => each !== batch)
      batch.writes.forEach((write, i) =>
        history.acknowledge(write, baseOffset + i, clock.monotonic()),
      )
      this.log(`${batch.topic}-${batch.partition} ${baseOffset} ${names(batch)}`)
      return true
    }
    const where = `${batch.topic}-${batch.partition}`
    this.log(`${where} ${error} ${names(batch)}: ${errorMessage ?? ''}`)
    if (this.isRetriable(errorCode)) return false
    if (error === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && isBehindFailure) return false
    // A topic of the same name begins with no sequences, or with those that a marker tells.
    const isOther =
      error === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && batch.writes[0]!.topicId === undefined
    if (isOther) throw new Abortable(where)
    throw this.refused(`produce to ${batch.topic}-${batch.partition} of ${names(batch)}`, errorCode)
  }
}

function names({ writes }: Batch): string {
  return writes.map(({ id }) => id).join(' ')
}
