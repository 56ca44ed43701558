import type { TimestampedOffset } from '../batches.ts'
import type { Allocate } from '../partition-log.ts'
import type { Segment } from './segment.ts'

/**
 * The segments of a log, ascending; the last one is written to. While somebody reads, compacted
 * ones may take the place of others: who holds an old segment reads its old file to the end, and
 * who finds that file gone reads again, in what there is now.
 */
export class SegmentList {
  readonly #segments: Segment[]
  /** How often compacted segments have taken the place of others. */
  #replacements = 0

  constructor(segments: readonly Segment[]) {
    this.#segments = [...segments]
  }

  get all(): readonly Segment[] {
    return this.#segments
  }

  get first(): Segment {
    return this.#segments[0]!
  }

  get active(): Segment {
    return this.#segments.at(-1)!
  }

  /** The largest of all, or -1. */
  get maxTimestamp(): number {
    return this.#segments.reduce((max, segment) => Math.max(max, segment.maxTimestamp), -1)
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  push(segment: Segment): void {
    this.#segments.push(segment)
  }

  /** Takes out the segments that lie below an offset as a whole; never the last one. */
  removeBelow(offset: number): Segment[] {
    const count = this.#segments.findIndex(
      (_, i) => i + 1 === this.#segments.length || this.#segments[i + 1]!.baseOffset > offset,
    )
    return this.#segments.splice(0, count)
  }

  /** Puts a segment in the place of `count` others, and returns those: none if they are gone. */
  replace(segment: Segment, count: number): readonly Segment[] {
    const at = this.#segments.findIndex(({ baseOffset }) => baseOffset === segment.baseOffset)
    if (at < 0) return []
    this.#replacements++
    return this.#segments.splice(at, count, segment)
  }

  /** As PartitionLog.read, of what lies below `end`. */
  async read(from: number, maxBytes: number, end: number, allocate?: Allocate): Promise<Buffer[]> {
    const replacements = this.#replacements
    try {
      let segment = this.#at(from)
      for (;;) {
        const batches = await segment.read(from, maxBytes, end, allocate)
        if (batches !== undefined) return [batches]
        const next = this.#at(segment.nextOffset)
        if (next === segment || next.baseOffset >= end) return []
        segment = next
      }
    } catch (error) {
      if (replacements === this.#replacements) throw error
      return this.read(from, maxBytes, end, allocate)
    }
  }

  /** The first record at `from` or after it whose timestamp is `ms` or later. */
  async offsetForTimestamp(ms: number, from: number): Promise<TimestampedOffset | undefined> {
    const replacements = this.#replacements
    const candidates = this.#segments.filter(
      ({ maxTimestamp, nextOffset }) => maxTimestamp >= ms && nextOffset > from,
    )
    try {
      for (const segment of candidates) {
        const found = await segment.offsetForTimestamp(ms, from)
        if (found !== undefined) return found
      }
      return undefined
    } catch (error) {
      if (replacements === this.#replacements) throw error
      return this.offsetForTimestamp(ms, from)
    }
  }

  /** The last segment that begins at the offset or before it. */
  #at(offset: number): Segment {
    let low = 1
    let high = this.#segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#segments[middle]!.baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return this.#segments[low - 1]!
  }
}
