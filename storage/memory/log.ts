/** Logs in memory: nothing survives the process, by choice. */
import { baseOffset, batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import {
  exactMaxTimestamp,
  numberBatches,
  recordAtTimestamp,
  type TimestampedOffset,
} from '../batches.ts'
import {
  Cleaning,
  cleanableRange,
  cleaningRules,
  groupSegments,
  type CleanableRange,
} from '../compaction.ts'
import {
  StorageError,
  type AbortedTransaction,
  type CompactionContext,
  type LogConfig,
  type LogStore,
  type PartitionLog,
} from '../partition-log.ts'
import {
  chooseRollJitterMs,
  mustRollBefore,
  retainedFrom,
  type AppendFacts,
  type SegmentFacts,
} from '../segments.ts'

/**
 * `now`: milliseconds since the epoch. `randomBelow(limit)`: an integer in [0, limit), 0 if it is
 * not given.
 */
export function createMemoryLogStore(
  now: () => number,
  randomBelow: (limit: number) => number = () => 0,
): MemoryLogStore {
  return storeOf(new Map(), now, randomBelow)
}

export interface MemoryLogStore extends LogStore {
  /**
   * A store that begins with what the logs hold now, and goes its own way, by a clock of its own if
   * one is given. They share the batches, which never change.
   */
  fork(now?: () => number): MemoryLogStore
}

/** The logs of each topic, by its id. */
type Topics = Map<string, Map<number, Contents>>

function storeOf(
  topics: Topics,
  now: () => number,
  randomBelow: (limit: number) => number,
): MemoryLogStore {
  return {
    open({ topicId, partition }, config) {
      const partitions = topics.get(topicId) ?? new Map<number, Contents>()
      topics.set(topicId, partitions)
      const contents = partitions.get(partition) ?? newContents(now())
      partitions.set(partition, contents)
      const log = new MemoryLog(contents, config, now, randomBelow)
      return Promise.resolve({ log, truncated: false, checkedBytes: 0 })
    },
    delete(topicId) {
      topics.delete(topicId)
      return Promise.resolve()
    },
    volume: () => Promise.resolve({ directory: '/memory', totalBytes: -1, usableBytes: -1 }),
    close: () => Promise.resolve(),

    fork(itsNow = now) {
      const copies = Array.from(topics, ([topicId, partitions]) => {
        const logs = Array.from(partitions, ([index, log]) => [index, copyOf(log)] as const)
        return [topicId, new Map(logs)] as const
      })
      return storeOf(new Map(copies), itsNow, randomBelow)
    },
  }
}

/** What stays when a log is closed and opened again. */
interface Contents {
  startOffset: number
  endOffset: number
  /** Below this offset everything was compacted. */
  cleanedTo: number
  /** One batch each, in offset order. */
  batches: Buffer[]
  /** As on disk, so that retention does the same; the last one grows. */
  segments: SegmentFacts[]
}

function newContents(nowMs: number): Contents {
  return {
    startOffset: 0,
    endOffset: 0,
    cleanedTo: 0,
    batches: [],
    segments: [newSegment(0, nowMs)],
  }
}

function copyOf(contents: Contents): Contents {
  const { batches, segments } = contents
  return {
    ...contents,
    batches: [...batches],
    segments: segments.map(segment => ({ ...segment })),
  }
}

function newSegment(baseOffset: number, nowMs: number): SegmentFacts {
  return {
    baseOffset,
    nextOffset: baseOffset,
    bytes: 0,
    firstTimestamp: -1,
    maxTimestamp: -1,
    openedMs: nowMs,
    modifiedMs: nowMs,
    rollJitterMs: 0,
  }
}

class MemoryLog implements PartitionLog {
  onProgress: (() => void) | undefined
  beforeRemoval: (() => Promise<void>) | undefined
  /** Memory does not fail. */
  readonly failure = undefined
  readonly #contents: Contents
  readonly #now: () => number
  readonly #randomBelow: (limit: number) => number
  #config: LogConfig
  #maxTimestamp: number
  #isClosed = false

  constructor(
    contents: Contents,
    config: LogConfig,
    now: () => number,
    randomBelow: (limit: number) => number,
  ) {
    this.#contents = contents
    this.#config = config
    this.#now = now
    this.#randomBelow = randomBelow
    this.#chooseRollJitter()
    this.#maxTimestamp = largestTimestamp(contents.batches)
  }

  get startOffset(): number {
    return this.#contents.startOffset
  }

  get endOffset(): number {
    return this.#contents.endOffset
  }

  get durableOffset(): number {
    return this.#contents.endOffset
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  get sizeBytes(): number {
    return this.#contents.segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async append(batches: Buffer): Promise<{ baseOffset: number }> {
    this.#assertOpen()
    const first = this.endOffset
    const { nextOffset, maxTimestamp } = numberBatches(batches, first)
    const kept = Buffer.allocUnsafeSlow(batches.length)
    batches.copy(kept)
    for (const at of batchesIn(kept)) {
      this.#contents.batches.push(kept.subarray(at, at + batchSize(kept, at)))
    }
    this.#count({ bytes: kept.length, lastOffset: nextOffset - 1, maxTimestamp })
    this.#contents.endOffset = nextOffset
    this.#maxTimestamp = Math.max(this.#maxTimestamp, maxTimestamp)
    // Nobody is called back before this method has returned.
    await Promise.resolve()
    this.onProgress?.()
    return { baseOffset: first }
  }

  async read(from: number, maxBytes: number, limit: number): Promise<Buffer[]> {
    this.#assertOpen()
    if (!(from >= this.startOffset && from <= this.endOffset)) throw this.#outOfRange(from)
    const { batches } = this.#contents
    const found: Buffer[] = []
    let bytes = 0
    for (let i = firstReaching(batches, from); i < batches.length; i++) {
      const batch = batches[i]!
      bytes += batch.length
      if (baseOffset(batch) >= limit || (found.length > 0 && bytes > maxBytes)) break
      found.push(batch)
    }
    return found
  }

  async offsetForTimestamp(ms: number): Promise<TimestampedOffset | undefined> {
    this.#assertOpen()
    for (const batch of this.#contents.batches) {
      const found = await recordAtTimestamp(batch, ms, this.startOffset)
      if (found !== undefined) return found
    }
    return undefined
  }

  async trim(newStart: number): Promise<void> {
    this.#assertOpen()
    if (newStart > this.endOffset) throw this.#outOfRange(newStart)
    if (newStart <= this.startOffset) return
    await this.beforeRemoval?.()
    this.#assertOpen()
    // Another one may have gone further meanwhile.
    if (newStart <= this.startOffset) return
    const { batches } = this.#contents
    this.#contents.startOffset = newStart
    this.#forgetTrimmedSegments()
    batches.splice(0, firstReaching(batches, newStart))
    this.#maxTimestamp = largestTimestamp(batches)
  }

  async retain(nowMs: number): Promise<void> {
    this.#assertOpen()
    const { segments } = this.#contents
    const start = retainedFrom(segments, this.#config, nowMs)
    if (start > segments.at(-1)!.baseOffset) this.#roll(start, nowMs)
    await this.trim(start)
  }

  async compact(context: CompactionContext): Promise<readonly AbortedTransaction[]> {
    this.#assertOpen()
    if (this.#cleanableRange(context) === undefined) return []
    await this.beforeRemoval?.()
    this.#assertOpen()
    const range = this.#cleanableRange(context)
    if (range === undefined) return []
    const aborted = context.abortedTransactions()
    const cleaning = new Cleaning(cleaningRules(range, context, aborted, this.#config))
    return this.#clean(cleaning, range).map(number => aborted[number]!)
  }

  async checkpoint(): Promise<void> {
    this.#assertOpen()
  }

  configure(config: LogConfig): void {
    this.#config = config
  }

  close(): Promise<void> {
    this.#isClosed = true
    return Promise.resolve()
  }

  #cleanableRange({ stableOffset, nowMs }: CompactionContext): CleanableRange | undefined {
    const { segments, cleanedTo } = this.#contents
    const state = { cleanedTo, stableOffset: Math.min(stableOffset, this.endOffset) }
    return cleanableRange(segments, state, this.#config, nowMs)
  }

  /** At one stroke: nobody reads in between. Returns the numbers of emptied transactions. */
  #clean(cleaning: Cleaning, { firstDirtyOffset, endOffset }: CleanableRange): number[] {
    const contents = this.#contents
    const end = firstReaching(contents.batches, endOffset)
    const dirty = contents.batches.slice(firstReaching(contents.batches, firstDirtyOffset), end)
    dirty.every(batch => cleaning.note(batch))
    const isCleaned = ({ baseOffset }: SegmentFacts): boolean => baseOffset < cleaning.cleanedTo
    const groups = groupSegments(
      contents.segments
        .filter(segment => segment.nextOffset <= endOffset && isCleaned(segment))
        .map(segment => ({ ...segment, offsetIndexBytes: 0, timeIndexBytes: 0 })),
      this.#config,
    )
    for (const group of groups) this.#merge(group, cleaning)
    contents.cleanedTo = cleaning.cleanedTo
    this.#maxTimestamp = largestTimestamp(contents.batches)
    return cleaning.emptied(groups.at(-1)!.at(-1)!.nextOffset)
  }

  #merge(group: readonly SegmentFacts[], cleaning: Cleaning): void {
    const { batches, segments } = this.#contents
    const [first, last] = [group[0]!, group.at(-1)!]
    const from = firstReaching(batches, first.baseOffset)
    const old = batches.slice(from, firstReaching(batches, last.nextOffset))
    const kept = old.flatMap(batch => {
      return cleaning.clean(batch, lastOffset(batch) + 1 === last.nextOffset) ?? []
    })
    batches.splice(from, old.length, ...kept)
    const merged: SegmentFacts = {
      ...first,
      nextOffset: last.nextOffset,
      bytes: kept.reduce((sum, batch) => sum + batch.length, 0),
      firstTimestamp: exactMaxTimestamp(kept[0]!),
      maxTimestamp: largestTimestamp(kept),
      modifiedMs: last.modifiedMs,
    }
    const at = segments.findIndex(({ baseOffset }) => baseOffset === first.baseOffset)
    segments.splice(at, group.length, merged)
  }

  /** Takes note of an append in the segment that it belongs to. */
  #count(append: AppendFacts): void {
    const { segments, endOffset } = this.#contents
    const nowMs = this.#now()
    if (mustRollBefore(append, segments.at(-1)!, 0, this.#config, nowMs)) {
      this.#roll(endOffset, nowMs)
    }
    const active = segments.at(-1)!
    if (active.bytes === 0) active.firstTimestamp = append.maxTimestamp
    active.nextOffset = append.lastOffset + 1
    active.bytes += append.bytes
    active.maxTimestamp = Math.max(active.maxTimestamp, append.maxTimestamp)
    active.modifiedMs = nowMs
  }

  #roll(baseOffset: number, nowMs: number): void {
    this.#contents.segments.push(newSegment(baseOffset, nowMs))
    // All of the one that was written to may have been trimmed.
    this.#forgetTrimmedSegments()
    this.#chooseRollJitter()
  }

  #forgetTrimmedSegments(): void {
    const { segments, startOffset } = this.#contents
    while (segments.length > 1 && segments[1]!.baseOffset <= startOffset) segments.shift()
  }

  #chooseRollJitter(): void {
    const active = this.#contents.segments.at(-1)!
    active.rollJitterMs = chooseRollJitterMs(this.#config, this.#randomBelow)
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StorageError('the log is closed')
  }

  #outOfRange(offset: number): RangeError {
    return new RangeError(`offset ${offset} is outside of [${this.startOffset}, ${this.endOffset}]`)
  }
}

/** Index of the first batch that contains the offset or follows it. */
function firstReaching(batches: readonly Buffer[], offset: number): number {
  let low = 0
  let high = batches.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (lastOffset(batches[middle]!) < offset) low = middle + 1
    else high = middle
  }
  return low
}

function largestTimestamp(batches: readonly Buffer[]): number {
  return batches.reduce((max, batch) => Math.max(max, exactMaxTimestamp(batch)), -1)
}
