/** Records in flight, without anything around them: what is acquired and said, in few words. */
import { KafkaError, type ErrorName } from '../../protocol/errors.ts'
import { acknowledge, releaseAll, releaseExpired } from '../../src/share-partitions/acknowledge.ts'
import { acquire, type Acquisition } from '../../src/share-partitions/acquire.ts'
import type { PendingChange } from '../../src/share-partitions/pending-change.ts'
import { RecordsInFlight } from '../../src/share-partitions/records-in-flight.ts'
import type { StateBatch } from '../../src/share-partitions/state-batches.ts'

/** First and last offset, and a number: of deliveries, or a state. */
export type Range = [firstOffset: number, lastOffset: number, number: number]

/** First and last offset of a batch in the log. */
export type LogRange = readonly [baseOffset: number, lastOffset: number]

/** First and last offset, and what is said of them: one type for all, or one for each. */
export type Said = readonly [firstOffset: number, lastOffset: number, ...types: number[]]

export const [gap, accept, release, reject, renew] = [0, 1, 2, 3, 4]

const states = { available: 0, acquired: 1, acknowledged: 2, archived: 4 }

export class Driver {
  readonly flight: RecordsInFlight
  deliveryCountLimit = 5
  maxRecordLocks = 2000
  mayRenew = true
  nowMs = 0

  constructor(startOffset = 0, stored: readonly [number, number, number, number][] = []) {
    const batches = stored.map(([firstOffset, lastOffset, deliveryState, deliveryCount]) => {
      return { firstOffset, lastOffset, deliveryState, deliveryCount }
    })
    this.flight = new RecordsInFlight(startOffset, batches)
  }

  /** What a member gets of batches that were read where the next records are. */
  acquire(log: readonly LogRange[], request: Partial<Acquisition> = {}): Range[] {
    const { records, count } = acquire(this.flight, {
      memberId: 'a',
      isRecordLimit: false,
      maxRecords: 500,
      batchSize: 500,
      fetchOffset: this.flight.nextOffset,
      aborted: [],
      batches: log.map(([baseOffset, lastOffset]) => ({ baseOffset, lastOffset })),
      lockedUntilMs: this.nowMs + 30_000,
      deliveryCountLimit: this.deliveryCountLimit,
      maxRecordLocks: this.maxRecordLocks,
      ...request,
    })
    const ranges = records.map(({ firstOffset, lastOffset, deliveryCount }): Range => {
      return [firstOffset, lastOffset, deliveryCount]
    })
    const total = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
    if (total !== count) throw new Error(`${count} records are counted, ${total} acquired`)
    return ranges
  }

  /** Not stored yet. */
  begin(batches: readonly Said[], memberId = 'a'): PendingChange {
    const said = batches.map(([firstOffset, lastOffset, ...acknowledgeTypes]) => {
      return { firstOffset, lastOffset, acknowledgeTypes }
    })
    const renewedUntilMs = this.mayRenew ? this.nowMs + 30_000 : undefined
    const { deliveryCountLimit } = this
    return acknowledge(this.flight, said, { memberId, deliveryCountLimit, renewedUntilMs })
  }

  settle(change: PendingChange): Range[] {
    const { batches } = change
    change.settle()
    this.flight.mayHaveAvailable = true
    this.flight.advance()
    return batches.map(({ firstOffset, lastOffset, deliveryState }: StateBatch) => {
      return [firstOffset, lastOffset, deliveryState]
    })
  }

  /** Acknowledged and stored: what was stored, with states. */
  acknowledge(batches: readonly Said[], memberId = 'a'): Range[] {
    return this.settle(this.begin(batches, memberId))
  }

  releaseAll(memberId: string): Range[] {
    return this.settle(releaseAll(this.flight, memberId, this.deliveryCountLimit))
  }

  expire(): Range[] {
    return this.settle(releaseExpired(this.flight, this.nowMs, this.deliveryCountLimit))
  }

  /** Start and end, and where to read next. */
  get offsets(): [startOffset: number, endOffset: number, nextOffset: number] {
    return [this.flight.startOffset, this.flight.endOffset, this.flight.nextOffset]
  }

  /** Everything in flight, with the names of the states; neighbours that are alike as one. */
  get states(): [firstOffset: number, lastOffset: number, state: string, deliveryCount: number][] {
    const names = new Map<number, string>(Object.entries(states).map(([name, id]) => [id, name]))
    return this.flight.batches.flatMap(batch =>
      Array.from(batch.parts(), ({ firstOffset, lastOffset, inFlight }) => {
        const { state, deliveryCount } = inFlight
        return [firstOffset, lastOffset, names.get(state)!, deliveryCount]
      }),
    )
  }
}

/** What Kafka calls the error that is thrown, if one is. */
export function errorOf(run: () => unknown): ErrorName | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof KafkaError) return error.error
    throw error
  }
  return undefined
}
