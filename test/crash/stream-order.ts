/** The rules of order: batches are whole, and those of a stream stand in the order of sending. */
import { recordId, type FoundLog, type Placed, type SentBatch } from './records.ts'

/** What each record of a log was sent as, in log order. */
export function orderViolations(
  placed: readonly Placed[],
  { records, startOffset }: FoundLog,
  isCompacted: boolean,
): string[] {
  const violations: string[] = []
  const lastOf = new Map<string, Placed>()
  placed.forEach((next, i) => {
    const previous = lastOf.get(next.batch.stream)
    lastOf.set(next.batch.stream, next)
    const isFirst = startOffset > 0 && records[i]!.offset === startOffset
    const isRight = isCompacted
      ? isAfter(previous, next)
      : isFirst || follows(placed[i - 1], previous, next, startOffset)
    if (!isRight) violations.push(`${text(next)} follows ${previous ? text(previous) : 'nothing'}`)
  })
  const end = placed.at(-1)
  if (!isCompacted && end !== undefined && end.index + 1 < end.batch.records.length) {
    violations.push(`the log ends with ${text(end)}, of ${end.batch.records.length} in its batch`)
  }
  return violations
}

/** Compaction takes records away, and moves none. */
function isAfter(previous: Placed | undefined, { batch, index }: Placed): boolean {
  if (previous === undefined) return true
  if (batch === previous.batch) return index > previous.index
  return batch.place > previous.batch.place
}

function follows(
  before: Placed | undefined,
  previous: Placed | undefined,
  { batch, index }: Placed,
  startOffset: number,
): boolean {
  if (index > 0) return before?.batch === batch && before.index === index - 1
  if (before !== undefined && before.index + 1 < before.batch.records.length) return false
  // What came before the log's start is not here to look at.
  if (previous === undefined) return startOffset > 0 || isFirst(batch)
  const { place } = previous.batch
  return batch.place === place + 1 || (batch.mayFollowGap && batch.place > place)
}

function isFirst({ place, mayFollowGap }: SentBatch): boolean {
  return place === 0 || mayFollowGap
}

function text({ batch, index }: Placed): string {
  return recordId(batch, index)
}
