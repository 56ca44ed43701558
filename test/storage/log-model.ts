/** What a log must hold: every batch that was appended, by its offset. */
import { expect } from 'vitest'
import { baseOffset, batchesIn, batchSize, lastOffset } from '../../protocol/record-batch.ts'
import { encodeBatch, type NewRecord } from '../../protocol/records.ts'
import { StorageError, type LogConfig, type PartitionLog } from '../../storage/partition-log.ts'
import { largeSegments } from './batches.ts'

export interface ModelBatch {
  baseOffset: number
  nextOffset: number
  bytes: Buffer
  records: readonly NewRecord[]
}

export class LogModel {
  readonly name: string
  /** While it maintains a log, others may use it. */
  readonly maintainsAlongside: boolean = false
  batches: ModelBatch[] = []
  startOffset = 0
  /** The largest start offset that was ever asked for. */
  trimmedTo = 0
  endOffset = 0
  /** Below this offset everything was acknowledged as written. */
  written = 0
  /** Below this offset everything was acknowledged as durable, or could have been consumed. */
  durable = 0
  #appends = 0

  constructor(name: string) {
    this.name = name
  }

  /** Appends a batch that there is only once, and notes what is acknowledged of it. */
  async append(
    log: PartitionLog,
    until: 'written' | 'durable',
    random: () => number,
  ): Promise<void> {
    expect(log.endOffset).toBe(this.endOffset)
    const { records, bytes } = this.newBatch(`${this.name} ${this.#appends++} `, random)
    const appended = log.append(bytes, until)
    const nextOffset = this.endOffset + records.length
    expect(log.endOffset).toBe(nextOffset)
    this.batches.push({ baseOffset: this.endOffset, nextOffset, bytes, records })
    this.endOffset = nextOffset
    const acknowledged = await appended
    expect(acknowledged.baseOffset).toBe(nextOffset - records.length)
    this.written = Math.max(this.written, nextOffset)
    if (until === 'durable') {
      expect(log.durableOffset).toBeGreaterThanOrEqual(nextOffset)
      this.durable = Math.max(this.durable, nextOffset)
    }
  }

  /** What is appended next. */
  protected newBatch(text: string, random: () => number): Pick<ModelBatch, 'records' | 'bytes'> {
    const records = this.newRecords(text, random)
    return { records, bytes: encodeBatch({ records }) }
  }

  /** Records that there are only once, with that text in them. */
  protected newRecords(text: string, random: () => number): NewRecord[] {
    const value = Buffer.alloc(Math.floor(random() * 300), text)
    return Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      return { timestamp: Math.floor(random() * 10_000), key: null, value }
    })
  }

  async trim(log: PartitionLog, newStart: number): Promise<void> {
    this.trimmedTo = Math.max(this.trimmedTo, newStart)
    await log.trim(newStart)
    expect(log.startOffset).toBeGreaterThanOrEqual(newStart)
    this.startOffset = Math.max(this.startOffset, newStart)
  }

  /** Settings under which this model holds. */
  config(random: () => number): LogConfig {
    return {
      ...largeSegments,
      segmentBytes: 500 + Math.floor(random() * 5000),
      segmentMs: random() < 0.5 ? 5000 : Infinity,
      indexIntervalBytes: Math.floor(random() * 1000),
      segmentIndexBytes: 8 * (3 + Math.floor(random() * 10)),
      retentionBytes: random() < 0.3 ? Math.floor(random() * 20_000) : -1,
      retentionMs: random() < 0.3 ? Math.floor(random() * 10_000) : -1,
      flushMessages: random() < 0.3 ? 1 + Math.floor(random() * 5) : Infinity,
    }
  }

  /** Nothing is left of what there was. */
  deleted(): void {
    this.batches = []
    this.startOffset = 0
    this.trimmedTo = 0
    this.endOffset = 0
    this.written = 0
    this.durable = 0
  }

  /** Retention: what goes is too old, or the rest is still as much as is to be kept. */
  async maintain(log: PartitionLog, config: LogConfig, random: () => number): Promise<void> {
    const nowMs = Math.floor(random() * 15_000)
    const latest = this.#latestStart(config, nowMs, log.startOffset)
    this.trimmedTo = Math.max(this.trimmedTo, latest)
    await log.retain(nowMs)
    expect(log.startOffset).toBeLessThanOrEqual(Math.max(latest, this.trimmedTo))
    expect(log.startOffset).toBeLessThanOrEqual(log.durableOffset)
    this.startOffset = Math.max(this.startOffset, log.startOffset)
  }

  /** The first batch that is left and that neither its age nor what follows it lets go. */
  #latestStart({ retentionBytes, retentionMs }: LogConfig, nowMs: number, start: number): number {
    const left = this.batches.filter(({ nextOffset }) => nextOffset > start)
    let bytesAfter = left.reduce((sum, batch) => sum + batch.bytes.length, 0)
    for (const batch of left) {
      bytesAfter -= batch.bytes.length
      const isExcess = retentionBytes >= 0 && bytesAfter >= retentionBytes
      const isYoung = batch.records.some(({ timestamp }) => nowMs - timestamp <= retentionMs)
      if (!isExcess && (retentionMs < 0 || isYoung)) return batch.baseOffset
    }
    return this.endOffset
  }

  /** Reads somewhere, and compares byte by byte. */
  async read(log: PartitionLog, random: () => number): Promise<void> {
    const { startOffset } = log
    const from = startOffset + Math.floor(random() * (log.endOffset - startOffset + 1))
    const maxBytes = Math.floor(random() * 2000)
    const limit = from + Math.floor(random() * 20)
    const read = await log.read(from, maxBytes, limit).catch((error: unknown) => {
      // A trim came in between.
      if (error instanceof RangeError && from < log.startOffset) return []
      throw error
    })
    this.expectBatches(log, read, from)
    const batches = split(Buffer.concat(read))
    if (batches.length > 1) {
      expect(batches.reduce((sum, batch) => sum + batch.length, 0)).toBeLessThanOrEqual(maxBytes)
    }
    for (const batch of batches) expect(baseOffset(batch)).toBeLessThan(limit)
  }

  /** Takes over what survived, of which at least the offsets below `floor` if there is one. */
  async recovered(
    log: PartitionLog,
    floor: number | undefined,
    random: () => number,
  ): Promise<void> {
    expect(log.endOffset).toBeLessThanOrEqual(this.endOffset)
    if (floor !== undefined) {
      expect(log.endOffset).toBeGreaterThanOrEqual(floor)
      expect(log.startOffset).toBeGreaterThanOrEqual(this.startOffset)
      expect(log.startOffset).toBeLessThanOrEqual(this.trimmedTo)
    }
    expect(log.durableOffset).toBe(log.endOffset)
    const { startOffset, endOffset } = log
    let from = startOffset
    while (from < endOffset) {
      const read = await log.read(from, Math.floor(random() * 3000), endOffset)
      this.expectBatches(log, read, from)
      from = lastOffset(split(Buffer.concat(read)).at(-1)!) + 1
    }
    expect(from).toBe(endOffset)
    // A power loss may take so much that the log begins anew, in the middle of a trimmed batch.
    const isEmpty = startOffset === endOffset
    this.batches = this.batches.filter(batch => !isEmpty && batch.baseOffset < endOffset)
    this.endOffset = endOffset
    this.written = endOffset
    this.durable = endOffset
    this.startOffset = startOffset
    this.trimmedTo = startOffset
    await this.lookUpTimestamp(log, random)
  }

  /** What was read is what follows `from`. */
  protected expectBatches(_log: PartitionLog, read: readonly Buffer[], from: number): void {
    const batches = split(Buffer.concat(read))
    let i = this.batches.findIndex(batch => batch.nextOffset > from)
    for (const batch of batches) expect(batch.equals(this.batches[i++]!.bytes)).toBe(true)
  }

  /** Finds the first record that is not older than some time. */
  async lookUpTimestamp(log: PartitionLog, random: () => number): Promise<void> {
    const records = this.batches.flatMap(batch =>
      batch.records.map(({ timestamp }, i) => ({ offset: batch.baseOffset + i, timestamp })),
    )
    const ms = Math.floor(random() * 10_000)
    const first = records.find(record => record.offset >= log.startOffset && record.timestamp >= ms)
    expect(await log.offsetForTimestamp(ms)).toEqual(first)
  }
}

/** Single batches, checked to be whole. */
export function split(batches: Buffer): Buffer[] {
  const found = [...batchesIn(batches)].map(at => batches.subarray(at, at + batchSize(batches, at)))
  expect(found.reduce((sum, batch) => sum + batch.length, 0)).toBe(batches.length)
  return found
}

/** Swallows what a failed log answers, and nothing else. */
export async function unlessOffline(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}
