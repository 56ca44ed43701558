/**
 * Reads partitions from where it is told to, up to an end or for ever. The next records are
 * fetched while those at hand are taken.
 */
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { errorName, errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import type { Client } from './client.ts'
import { ConnectionLost, DeadlineExceeded } from './failures.ts'
import { recordsIn } from './fetched-records.ts'
import { findOffsets, partitionKey, type TopicPartition } from './offsets.ts'
import { byTime, type ReadRecord } from './read-record.ts'

export interface ReaderOptions {
  /** Nothing of open or aborted transactions. */
  readonly committed: boolean
  /** Also the markers that end transactions. */
  readonly markers: boolean
  /** Something that people may want to know. */
  readonly say: (message: string) => void
  /** A partition that is gone is read no more, and that is all. */
  readonly mayLose?: boolean
}

export interface ReadPosition extends TopicPartition {
  readonly offset: number
  /** Where reading ends; Infinity: never. */
  readonly end: number
}

/** Of one partition. */
interface Position {
  readonly topic: string
  readonly partition: number
  offset: number
  end: number
  /** Since when its broker gives errors, by the monotonic clock. */
  failingSinceMs: number | undefined
  /** Not to be asked for before. */
  notBeforeMs: number
}

type Answer = Infer<typeof fetch.response>
type PartitionAnswer = Answer['responses'][number]['partitions'][number]

const maxWaitMs = 500
const maxBytes = 50 * 1024 * 1024
const maxPartitionBytes = 1024 * 1024
const retryMs = 100
/** Later ones name topics by their ids. */
const lastVersionWithNames = 12

/** What passes when the partition's leader is found, or there again. */
const passing: readonly ErrorName[] = [
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'BROKER_NOT_AVAILABLE',
]

export class Reader {
  readonly #client: Client
  readonly #options: ReaderOptions
  readonly #positions = new Map<string, Position>()
  readonly #fetching = new Map<number, Promise<void>>()
  #found: ReadRecord[][] = []
  #failure: Error | undefined
  /** Since `read` has looked at it all. */
  #isChanged = false
  #wake = (): void => {}
  #isClosed = false

  constructor(client: Client, options: ReaderOptions) {
    this.#client = client
    this.#options = options
  }

  /** Begins to read a partition, or goes on with it elsewhere. */
  add({ topic, partition, offset, end }: ReadPosition): void {
    if (offset < end) {
      this.#positions.set(partitionKey({ topic, partition }), {
        topic,
        partition,
        offset,
        end,
        failingSinceMs: undefined,
        notBeforeMs: 0,
      })
    }
    this.#change()
  }

  remove(partition: TopicPartition): void {
    this.#positions.delete(partitionKey(partition))
    this.#change()
  }

  /** Ends `read`. */
  close(): void {
    this.#isClosed = true
    this.#change()
  }

  /**
   * Records in groups, as brokers give them; ends when all partitions have come to their ends,
   * unless there may be others later. Errors: KafkaError, ConnectionLost.
   */
  async *read({ waits = false } = {}): AsyncGenerator<ReadRecord[], void> {
    try {
      for (;;) {
        this.#isChanged = false
        if (this.#failure) throw this.#failure
        if (this.#isClosed) return
        const found = this.#found
        this.#found = []
        await this.#fetchAll()
        for (const records of found) if (records.length > 0) yield records
        const isIdle = this.#positions.size === 0 && this.#fetching.size === 0
        if (isIdle && this.#found.length === 0 && !this.#failure && !waits) return
        if (!this.#isChanged) await new Promise<void>(resolve => (this.#wake = resolve))
      }
    } finally {
      this.#isClosed = true
    }
  }

  #change(): void {
    this.#isChanged = true
    this.#wake()
  }

  /** Asks each leader that is not being asked already. */
  async #fetchAll(): Promise<void> {
    const nowMs = this.#client.clock.monotonic()
    const byNode = new Map<number, Position[]>()
    for (const position of this.#positions.values()) {
      if (position.notBeforeMs > nowMs) continue
      try {
        const node = await this.#client.leader(position.topic, position.partition)
        if (!this.#fetching.has(node)) byNode.set(node, [...(byNode.get(node) ?? []), position])
      } catch (error) {
        this.#putOff(position, error)
      }
    }
    for (const [node, positions] of byNode) {
      const fetching = this.#fetch(node, positions).finally(() => {
        this.#fetching.delete(node)
        this.#change()
      })
      this.#fetching.set(node, fetching)
    }
  }

  async #fetch(node: number, positions: readonly Position[]): Promise<void> {
    try {
      const answer = await this.#ask(node, positions)
      const records: ReadRecord[][] = []
      for (const { topic, partitions } of answer.responses) {
        for (const each of partitions) {
          const key = partitionKey({ topic, partition: each.partitionIndex })
          const position = this.#positions.get(key)
          // It may have been taken away, or put elsewhere, meanwhile.
          if (position === undefined || !positions.includes(position)) continue
          records.push(await this.#taken(position, each, node))
        }
      }
      this.#found.push(byTime(records))
    } catch (error) {
      for (const position of positions) this.#putOff(position, error)
    }
  }

  async #ask(node: number, positions: readonly Position[]): Promise<Answer> {
    const topics = Map.groupBy(positions, ({ topic }) => topic)
    const session = await this.#client.route({ node })
    const body = {
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: this.#options.committed ? 1 : 0,
      topics: Array.from(topics, ([topic, own]) => ({
        topic,
        partitions: own.map(({ partition, offset }) => {
          return { partition, fetchOffset: offset, partitionMaxBytes: maxPartitionBytes }
        }),
      })),
    }
    const answer = await session.request(fetch, body, { maxVersion: lastVersionWithNames })
    if (answer.errorCode !== errors.NONE) throw new KafkaError(errorName(answer.errorCode))
    return answer
  }

  /** What a broker has given, and on to the next. */
  async #taken(position: Position, answer: PartitionAnswer, node: number): Promise<ReadRecord[]> {
    const { topic, partition, offset: from, end: to } = position
    if (answer.errorCode === errors.OFFSET_OUT_OF_RANGE) {
      await this.#beginAgain(position)
      return []
    }
    if (answer.errorCode !== errors.NONE) {
      this.#putOff(position, errorOf(answer.errorCode, position))
      return []
    }
    position.failingSinceMs = undefined
    const { logStartOffset, lastStableOffset, highWatermark } = answer
    const facts = { topic, partition, node, logStartOffset, lastStableOffset, highWatermark }
    const { markers } = this.#options
    const { records, next } = recordsIn(answer, facts, { from, to, markers })
    position.offset = next
    if (next >= to) this.remove(position)
    return records
  }

  /** The records were deleted that it was about to read, or it was told an offset too far. */
  async #beginAgain(position: Position): Promise<void> {
    const { topic, partition, offset } = position
    const found = await findOffsets(this.#client, [position], 'start')
    const start = found.get(partitionKey(position))
    if (start === undefined || start instanceof KafkaError) return this.#putOff(position, start)
    this.#options.say(
      `${topic}-${partition} has no offset ${offset}: going on from its start, ${start.offset}`,
    )
    position.offset = start.offset
    if (position.offset >= position.end) this.remove(position)
  }

  /** Tries again soon where that may help, and not for longer than the client is told to. */
  #putOff(position: Position, error: unknown): void {
    if (this.#isClosed) return
    const { monotonic } = this.#client.clock
    const sinceMs = (position.failingSinceMs ??= monotonic())
    if (this.#options.mayLose && isGone(error)) return this.remove(position)
    const isLate = monotonic() - sinceMs > this.#client.deadlineMs
    if (!isPassing(error) || isLate) {
      this.#failure ??= error as Error
      return this.#change()
    }
    this.#client.forgetLeader(position.topic, position.partition)
    position.notBeforeMs = monotonic() + retryMs
    this.#client.clock.after(retryMs, () => this.#change())
  }
}

function errorOf(code: number, { topic, partition }: TopicPartition): KafkaError {
  const error = errorName(code)
  return new KafkaError(error, `${topic}-${partition}: ${new KafkaError(error).message}`)
}

function isPassing(error: unknown): boolean {
  if (error instanceof KafkaError) return passing.includes(error.error)
  return error instanceof ConnectionLost || error instanceof DeadlineExceeded
}

function isGone(error: unknown): boolean {
  return error instanceof KafkaError && error.error === 'UNKNOWN_TOPIC_OR_PARTITION'
}
