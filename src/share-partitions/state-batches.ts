/** What is stored of records, in ranges (Kafka: PersisterStateBatchCombiner). */

/** Records that are at the same point of their way. */
export interface StateBatch {
  firstOffset: number
  /** Inclusive. */
  lastOffset: number
  deliveryState: number
  deliveryCount: number
}

/**
 * Both lists as one, from `startOffset` on. Each is in order and without overlap. Of two that tell
 * of the same record, the one with more deliveries is the newer one, and then the later state.
 */
export function combined(
  known: readonly StateBatch[],
  news: readonly StateBatch[],
  startOffset: number,
): StateBatch[] {
  const result: StateBatch[] = []
  let [i, j] = [0, 0]
  let [a, b] = [known[i], news[j]]
  while (a !== undefined || b !== undefined) {
    const next = firstPiece(a, b)
    append(result, next, startOffset)
    if (a !== undefined) a = rest(a, next.lastOffset) ?? known[++i]
    if (b !== undefined) b = rest(b, next.lastOffset) ?? news[++j]
  }
  return result
}

/** The first records that belong to the same of both, or to the same two. */
function firstPiece(a: StateBatch | undefined, b: StateBatch | undefined): StateBatch {
  if (a === undefined || b === undefined) return (a ?? b)!
  const [first, second] = a.firstOffset <= b.firstOffset ? [a, b] : [b, a]
  if (first.lastOffset < second.firstOffset) return first
  if (first.firstOffset < second.firstOffset) {
    return { ...first, lastOffset: second.firstOffset - 1 }
  }
  const lastOffset = Math.min(a.lastOffset, b.lastOffset)
  return { ...(isNewer(b, a) ? b : a), firstOffset: a.firstOffset, lastOffset }
}

function isNewer(a: StateBatch, b: StateBatch): boolean {
  if (a.deliveryCount !== b.deliveryCount) return a.deliveryCount > b.deliveryCount
  return a.deliveryState > b.deliveryState
}

/** What is left of a batch after an offset. */
function rest(batch: StateBatch, offset: number): StateBatch | undefined {
  if (batch.lastOffset <= offset) return undefined
  return { ...batch, firstOffset: Math.max(batch.firstOffset, offset + 1) }
}

/** Neighbours that tell the same become one. */
function append(batches: StateBatch[], batch: StateBatch, startOffset: number): void {
  const firstOffset = Math.max(batch.firstOffset, startOffset)
  if (firstOffset > batch.lastOffset) return
  const last = batches.at(-1)
  if (
    last !== undefined &&
    last.lastOffset + 1 === firstOffset &&
    last.deliveryState === batch.deliveryState &&
    last.deliveryCount === batch.deliveryCount
  ) {
    last.lastOffset = batch.lastOffset
  } else {
    batches.push({ ...batch, firstOffset })
  }
}
