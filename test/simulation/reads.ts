/** What must hold of every fetch, whenever it comes. */
import type { History, PartitionHistory, Seen, SeenRecord } from './history.ts'

/** What a reader knew when it sent its request. */
export interface Floor {
  lastStableOffset: number
  highWatermark: number
  startOffset: number
}

export function floorOf(partition: PartitionHistory): Floor {
  const { lastStableOffset, highWatermark, startOffset } = partition
  return { lastStableOffset, highWatermark, startOffset }
}

export function checkRead(history: History, seen: Seen, floor: Floor): void {
  const partition = history.partition(seen.topicId, seen.partition)
  const report = (what: string): void => history.report(`${partition.name}: ${what}`)
  checkPositions(partition, seen, floor, report)
  let last = -1
  for (const record of seen.records) {
    if (record.offset <= last) report(`offset ${record.offset} follows ${last}`)
    last = record.offset
    checkRecord(history, partition, seen, record, report)
  }
  if (seen.isCommitted) checkSkipped(history, partition, seen, report)
}

/** A stable offset is that of a commit that was asked for, and no older than the last known. */
export function checkOffset(
  history: History,
  partition: number,
  { offset, metadata }: { offset: number; metadata: string },
  sentMs: number,
): void {
  const report = (what: string): void => history.report(`group: offset of ${partition}: ${what}`)
  const commits = history.offsets.get(partition) ?? []
  for (const commit of commits) {
    if (commit.ackedMs < sentMs && commit.offset > offset) {
      report(`lost offset: found ${offset}, ${commit.transaction.id} committed ${commit.offset}`)
    }
  }
  if (offset === -1) return
  const author = commits.find(commit => commit.transaction.id === metadata)
  if (author?.offset !== offset) return report(`${offset} by ${metadata} was committed by nobody`)
  const { outcome } = author.transaction
  if (outcome === 'aborted') report(`aborted read: ${offset} of ${metadata}`)
  if (outcome === 'open') report(`dirty read: ${offset} of ${metadata}, before its commit`)
}

function checkPositions(
  partition: PartitionHistory,
  seen: Seen,
  floor: Floor,
  report: (what: string) => void,
): void {
  const { lastStableOffset, highWatermark, startOffset } = seen
  if (lastStableOffset > highWatermark) {
    report(`the last stable offset ${lastStableOffset} is above ${highWatermark}`)
  }
  for (const name of ['lastStableOffset', 'highWatermark', 'startOffset'] as const) {
    if (seen[name] < floor[name]) report(`${name} goes back from ${floor[name]} to ${seen[name]}`)
    partition[name] = Math.max(partition[name], seen[name])
  }
  const end = seen.isCommitted ? lastStableOffset : highWatermark
  if (seen.next > Math.max(end, seen.from)) report(`read to ${seen.next}, the end is ${end}`)
  if (startOffset > highWatermark) report(`starts at ${startOffset}, ends at ${highWatermark}`)
}

function checkRecord(
  history: History,
  partition: PartitionHistory,
  { isCommitted }: Seen,
  { offset, id, key }: SeenRecord,
  report: (what: string) => void,
): void {
  const write = history.writes.get(id)
  if (write === undefined) return report(`offset ${offset} has ${id}, which nobody sent`)
  if (write.key !== key) report(`offset ${offset} has ${id} with key ${key}`)
  const known = partition.byOffset.get(offset)
  if (known !== undefined && known.id !== id) {
    report(`changed: offset ${offset} has ${id}, and had ${known.id}`)
  }
  partition.byOffset.set(offset, { offset, id, key })
  const earlier = partition.offsetOf.get(id)
  if (earlier !== undefined && earlier !== offset) {
    report(`duplicate: ${id} is at ${offset} and at ${earlier}`)
  }
  partition.offsetOf.set(id, offset)
  if (write.topicId !== undefined && write.offset !== undefined && write.offset !== offset) {
    report(`${id} is at ${offset}, and was acknowledged at ${write.offset}`)
  }
  if (!isCommitted) return
  partition.committedReads.add(id)
  const { transaction } = write
  if (transaction === undefined) return
  if (transaction.outcome === 'aborted') {
    report(`aborted read: ${id} of ${transaction.id} at ${offset}`)
  } else if (transaction.outcome === 'open') {
    report(`dirty read: ${id} of ${transaction.id} at ${offset}, before its commit`)
  }
}

/** Who has read past a committed record has read it. */
function checkSkipped(
  history: History,
  partition: PartitionHistory,
  seen: Seen,
  report: (what: string) => void,
): void {
  if (partition.rules.isCompacted) return
  const from = Math.max(seen.from, seen.startOffset)
  const read = new Set(seen.records.map(({ id }) => id))
  for (const id of partition.committedReads) {
    const offset = partition.offsetOf.get(id)!
    if (offset >= from && offset < seen.next && !read.has(id)) {
      report(`skipped: ${id} at ${offset} is no longer read`)
    }
  }
  for (const { id, topicId, offset, partition: index, transaction } of history.writes.values()) {
    if (offset === undefined || topicId !== seen.topicId || index !== seen.partition) continue
    const isVisible = transaction === undefined || transaction.outcome === 'committed'
    if (isVisible && offset >= from && offset < seen.next && !read.has(id)) {
      report(`lost write: ${id} at ${offset} is not read`)
    }
  }
}
