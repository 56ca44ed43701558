/** How records come back from delivery (Kafka: SharePartition.acknowledge; KIP-932, KIP-1222). */
import { KafkaError } from '../../protocol/errors.ts'
import type { InFlightBatch, Part } from './in-flight.ts'
import { PendingChange } from './pending-change.ts'
import { recordStates, type RecordState } from './record-state.ts'
import type { RecordsInFlight } from './records-in-flight.ts'

/** Kafka's numbers. A gap is an offset without a record. */
export const acknowledgeTypes = { gap: 0, accept: 1, release: 2, reject: 3, renew: 4 } as const

const { available, acknowledged, archived } = recordStates
const { gap, accept, release, reject, renew } = acknowledgeTypes

const stateAfter: ReadonlyMap<number, RecordState> = new Map([
  [gap, archived],
  [accept, acknowledged],
  [release, available],
  [reject, archived],
])

export interface AcknowledgementBatch {
  firstOffset: number
  /** Inclusive. */
  lastOffset: number
  /** One for each record, or one for all. */
  acknowledgeTypes: readonly number[]
}

export interface Acknowledger {
  memberId: string
  deliveryCountLimit: number
  /** Until when records are locked that are renewed; undefined where that is not allowed. */
  renewedUntilMs: number | undefined
}

/**
 * All of the batches or none: throws INVALID_REQUEST for records that were never delivered, and
 * INVALID_RECORD_STATE for those that the member does not have. What lies before the start is gone,
 * and no error.
 */
export function acknowledge(
  flight: RecordsInFlight,
  batches: readonly AcknowledgementBatch[],
  by: Acknowledger,
): PendingChange {
  const change = new PendingChange()
  try {
    for (const batch of batches) {
      if (batch.lastOffset < flight.startOffset) continue
      for (const known of delivered(flight, batch)) {
        acknowledgeOf(flight, known, batch, by, change)
      }
    }
    return change
  } catch (error) {
    change.undo()
    throw error
  }
}

/** The batches that were delivered and are acknowledged now, at least in part. */
function delivered(
  flight: RecordsInFlight,
  { firstOffset, lastOffset }: AcknowledgementBatch,
): InFlightBatch[] {
  const { startOffset } = flight
  const floor =
    flight.floor(firstOffset) ?? (firstOffset < startOffset ? flight.floor(startOffset) : undefined)
  if (floor === undefined) throw notAcquired('nothing of this batch was delivered')
  const batches = flight.between(floor.firstOffset, lastOffset)
  const lastDelivered = batches.at(-1)!.lastOffset
  if (lastDelivered < firstOffset) throw neverDelivered('the first offset was never delivered')
  if (lastDelivered < lastOffset) throw neverDelivered('the last offset was never delivered')
  return batches
}

function acknowledgeOf(
  flight: RecordsInFlight,
  known: InFlightBatch,
  batch: AcknowledgementBatch,
  by: Acknowledger,
  change: PendingChange,
): void {
  const from = Math.max(batch.firstOffset, flight.startOffset)
  if (known.lastOffset < flight.startOffset) return
  const { whole } = known
  if (whole !== undefined) checkAcquired(known, whole, by)
  const isWhole = known.firstOffset >= from && known.lastOffset <= batch.lastOffset
  if (!isWhole || batch.acknowledgeTypes.length > 1) known.split()
  for (const part of known.parts(from, batch.lastOffset)) {
    checkAcquired(part, part.inFlight, by)
    const types = batch.acknowledgeTypes
    const type = types.length > 1 ? types[part.firstOffset - batch.firstOffset]! : types[0]!
    if (type === renew) renewLock(part, by)
    else change.add(part, stateAfter.get(type)!, by.deliveryCountLimit)
  }
}

function checkAcquired(
  { firstOffset }: { firstOffset: number },
  inFlight: Part['inFlight'],
  { memberId }: Acknowledger,
): void {
  if (!inFlight.isAcquired) throw notAcquired(`offset ${firstOffset} is not acquired`)
  if (inFlight.memberId === memberId) return
  throw notAcquired(`offset ${firstOffset} is acquired by another member`)
}

function renewLock({ inFlight }: Part, { renewedUntilMs }: Acknowledger): void {
  if (renewedUntilMs === undefined) {
    throw notAcquired('the group does not allow to renew acquisition locks')
  }
  inFlight.lockedUntilMs = renewedUntilMs
}

/** Everything that a member has: it will not acknowledge it any more. */
export function releaseAll(
  flight: RecordsInFlight,
  memberId: string,
  deliveryCountLimit: number,
): PendingChange {
  return giveBack(flight, deliveryCountLimit, ({ inFlight }) => inFlight.memberId === memberId)
}

/** Everything whose lock has run out. */
export function releaseExpired(
  flight: RecordsInFlight,
  nowMs: number,
  deliveryCountLimit: number,
): PendingChange {
  return giveBack(flight, deliveryCountLimit, ({ inFlight }) => inFlight.lockedUntilMs <= nowMs)
}

function giveBack(
  flight: RecordsInFlight,
  deliveryCountLimit: number,
  isMeant: (part: Part) => boolean,
): PendingChange {
  const change = new PendingChange()
  for (const batch of flight.batches) {
    for (const part of batch.parts(flight.startOffset)) {
      if (part.inFlight.isAcquired && isMeant(part)) change.add(part, available, deliveryCountLimit)
    }
  }
  return change
}

function notAcquired(reason: string): KafkaError {
  return new KafkaError('INVALID_RECORD_STATE', reason)
}

function neverDelivered(reason: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', reason)
}
