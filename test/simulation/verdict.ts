/** What must hold when everything has settled, by the manner of Jepsen's checkers for Kafka. */
import type { History, PartitionHistory, SeenRecord, Transaction, Write } from './history.ts'

/** A whole partition, read when nobody writes any more. */
export interface FinalPartition {
  topicId: string
  partition: number
  startOffset: number
  lastStableOffset: number
  highWatermark: number
  committed: readonly SeenRecord[]
  uncommitted: readonly SeenRecord[]
}

export interface FinalState {
  nowMs: number
  partitions: readonly FinalPartition[]
  /** Of the chain's group: by partition what is committed, and by which transaction. */
  offsets: ReadonlyMap<number, { offset: number; transaction: string }>
}

/** Violations that only the end can show; those of reads are in the history already. */
export function verdict(history: History, state: FinalState): string[] {
  const found = state.partitions.map(final => {
    const partition = history.partition(final.topicId, final.partition)
    return { final, partition, ids: new Set(final.committed.map(({ id }) => id)) }
  })
  const visible = new Set(found.flatMap(({ ids }) => [...ids]))
  const wasSeen = (write: Write): boolean =>
    visible.has(write.id) ||
    [...history.partitions.values()].some(({ committedReads }) => committedReads.has(write.id))
  const fates = new Map(
    history.transactions.map(transaction => [transaction, fateOf(transaction, wasSeen)] as const),
  )
  return [
    ...found.flatMap(({ final, partition }) => partitionViolations(history, partition, final)),
    ...found.flatMap(({ final, partition, ids }) =>
      lostWrites(history, state.nowMs, { final, partition, ids }, fates),
    ),
    ...offsetViolations(history, state, fates),
  ]
}

type Fate = 'visible' | 'invisible'

/** What of a transaction is visible makes all of it visible. */
function fateOf({ outcome, writes }: Transaction, wasSeen: (write: Write) => boolean): Fate {
  if (outcome === 'committed') return 'visible'
  return outcome === 'unknown' && writes.some(wasSeen) ? 'visible' : 'invisible'
}

function partitionViolations(
  history: History,
  partition: PartitionHistory,
  final: FinalPartition,
): string[] {
  const { lastStableOffset, highWatermark, committed, uncommitted } = final
  const violations: string[] = []
  if (lastStableOffset !== highWatermark) {
    violations.push(`hanging transaction: stable to ${lastStableOffset} of ${highWatermark}`)
  }
  const all = new Set(uncommitted.map(({ id }) => id))
  for (const { id } of committed) if (!all.has(id)) violations.push(`${id} is in one read only`)
  violations.push(...orderViolations(history, uncommitted))
  return violations.map(violation => `${partition.name}: ${violation}`)
}

/**
 * Of one stream the places ascend; and no record lies behind one that was sent when it had been
 * acknowledged.
 */
function orderViolations(history: History, records: readonly SeenRecord[]): string[] {
  const violations: string[] = []
  const places = new Map<string, Write>()
  let latestSent: Write | undefined
  for (const { id } of records) {
    const write = history.writes.get(id)
    if (write === undefined) continue
    const before = places.get(write.stream)
    if (before !== undefined && before.place > write.place) {
      violations.push(`reordered: ${id} follows ${before.id}`)
    }
    places.set(write.stream, write)
    if (latestSent !== undefined && write.ackedMs < latestSent.sentMs) {
      violations.push(`reordered: ${id} follows ${latestSent.id}, which was sent later`)
    }
    if (latestSent === undefined || write.sentMs > latestSent.sentMs) latestSent = write
  }
  return violations
}

interface Found {
  final: FinalPartition
  partition: PartitionHistory
  ids: ReadonlySet<string>
}

/** Acknowledged, or of a transaction that is committed, and neither there nor replaced nor old. */
function lostWrites(
  history: History,
  nowMs: number,
  { final, partition, ids }: Found,
  fates: ReadonlyMap<Transaction, Fate>,
): string[] {
  const violations: string[] = []
  const { rules } = partition
  const lastOfKey = new Map(final.committed.map(({ key, offset }) => [key, offset]))
  for (const write of history.writes.values()) {
    if (write.topicId !== final.topicId || write.partition !== final.partition) continue
    const { id, key, transaction, offset, timestamp } = write
    const isVisible = ids.has(id)
    const fate = transaction === undefined ? undefined : fates.get(transaction)
    if (fate === 'invisible' && isVisible) {
      violations.push(`aborted read: ${id} of ${transaction!.id}, ${transaction!.outcome}`)
    }
    const mustBe = fate === undefined ? offset !== undefined : fate === 'visible'
    if (!mustBe || isVisible) continue
    const at = offset ?? partition.offsetOf.get(id)
    const isReplaced = rules.isCompacted && (lastOfKey.get(key) ?? -1) > (at ?? -1)
    const isOld = timestamp + rules.retentionMs < nowMs
    const isDeleted = at !== undefined && at < partition.deletedTo
    if (isReplaced || (at !== undefined && at < final.startOffset && (isOld || isDeleted))) continue
    const kind = transaction?.outcome === 'unknown' ? 'torn transaction' : 'lost write'
    violations.push(`${kind}: ${id} of ${transaction?.id ?? write.stream} at ${at ?? '?'}`)
  }
  return violations.map(violation => `${partition.name}: ${violation}`)
}

/** The chain has taken each record of its input once, as far as its group has committed. */
function offsetViolations(
  history: History,
  state: FinalState,
  fates: ReadonlyMap<Transaction, Fate>,
): string[] {
  const violations: string[] = []
  for (const [partition, { offset, transaction: id }] of state.offsets) {
    const commits = history.offsets.get(partition) ?? []
    const author = commits.find(each => each.transaction.id === id)
    if (author === undefined || author.offset !== offset) {
      violations.push(`offset ${offset} of ${partition} by ${id} was committed by nobody`)
      continue
    }
    if (author.transaction.writes.length > 0 && fates.get(author.transaction) === 'invisible') {
      violations.push(`torn transaction: ${id} has committed offset ${offset}, and no record`)
    }
  }
  for (const [partition, commits] of history.offsets) {
    const found = state.offsets.get(partition)?.offset ?? -1
    for (const { offset, transaction } of commits) {
      if (fates.get(transaction) !== 'visible' || offset <= found) continue
      violations.push(
        `lost offset: ${transaction.id} has committed ${offset} of ${partition}, found ${found}`,
      )
    }
  }
  return violations.map(violation => `group: ${violation}`)
}

/** Each record that is read has gone into the output of the chain, once. */
export function chainViolations(
  history: History,
  input: readonly FinalPartition[],
  output: readonly FinalPartition[],
  offsets: FinalState['offsets'],
): string[] {
  const violations: string[] = []
  const taken = new Map<string, string>()
  for (const { id } of output.flatMap(({ committed }) => committed)) {
    const source = history.writes.get(id)?.source
    if (source === undefined) continue
    const before = taken.get(source)
    if (before !== undefined) violations.push(`${source} was taken twice: ${before}, ${id}`)
    taken.set(source, id)
  }
  for (const { partition, committed } of input) {
    const end = offsets.get(partition)?.offset ?? 0
    for (const { id, offset } of committed) {
      const source = sourceOf(partition, offset)
      if (offset < end && !taken.has(source)) {
        violations.push(`${id} at ${source} was never taken; ${end} is committed`)
      }
      if (offset >= end && taken.has(source)) {
        violations.push(`${id} at ${source} was taken; ${end} is committed`)
      }
    }
  }
  return violations.map(violation => `chain: ${violation}`)
}

export function sourceOf(partition: number, offset: number): string {
  return `${partition}@${offset}`
}
