/** What a compacted log must hold: the last record of each key, and nothing that it never had. */
import { expect } from 'vitest'
import { baseOffset, crcMatches, lastOffset } from '../../protocol/record-batch.ts'
import { decodeRecords, type NewRecord } from '../../protocol/records.ts'
import type {
  AbortedTransaction,
  CompactionContext,
  LogConfig,
  PartitionLog,
} from '../../storage/partition-log.ts'
import { context } from './log-compaction-contract.ts'
import { LogModel, split } from './log-model.ts'

const keys = 8

export class CompactedLogModel extends LogModel {
  /** Tombstones go at the second compaction that sees them, or never: nobody moves the clock. */
  protected dropsTombstones = false
  /** Offsets that a finished compaction has removed. */
  readonly #gone = new Set<number>()
  override readonly maintainsAlongside = true
  #isMaintaining = false
  #rounds = 0

  override config(random: () => number): LogConfig {
    this.dropsTombstones ||= random() < 0.5
    return {
      ...super.config(random),
      cleanupPolicy: ['compact', 'delete'],
      segmentBytes: 300 + Math.floor(random() * 2000),
      deleteRetentionMs: this.dropsTombstones ? 0 : 1,
      minCleanableDirtyRatio: random() < 0.5 ? 0 : 0.5,
    }
  }

  protected override newRecords(text: string, random: () => number): NewRecord[] {
    return super.newRecords(text, random).map(record => {
      const key = Buffer.from(String(Math.floor(random() * keys)))
      return { ...record, key, value: random() < 0.2 ? null : record.value }
    })
  }

  /** Mostly compacts, with a map that may be too small. */
  override async maintain(log: PartitionLog): Promise<void> {
    if (this.#isMaintaining) return
    this.#isMaintaining = true
    try {
      if (++this.#rounds % 4 === 0) await this.#retain(log)
      else await this.#compact(log, this.#rounds % 3 === 0 ? 100 : 10_000)
    } finally {
      this.#isMaintaining = false
    }
  }

  async #retain(log: PartitionLog): Promise<void> {
    // Appends and trims that come meanwhile move the limit.
    this.trimmedTo = Infinity
    await log.retain(0)
    this.startOffset = Math.max(this.startOffset, log.startOffset)
  }

  async #compact(log: PartitionLog, keyMapBytes: number): Promise<void> {
    const { endOffset } = this
    const emptied = await log.compact(context({ keyMapBytes, ...this.told(log) }))
    try {
      const present = await this.#present(log, endOffset)
      for (const offset of this.#missing(present, log.startOffset)) this.#gone.add(offset)
      this.emptied(emptied)
    } catch (error) {
      // A trim came in between.
      if (!(error instanceof RangeError)) throw error
    }
  }

  /** What a compaction is told of transactions. */
  protected told(_log: PartitionLog): Partial<CompactionContext> {
    return {}
  }

  /** What it answers. */
  protected emptied(_transactions: readonly AbortedTransaction[]): void {}

  /** Whether a record takes the place of earlier ones of its key. */
  protected counts(_offset: number): boolean {
    return true
  }

  /** Whether a record has the right to be gone whatever others there are. */
  protected isUnneeded(_offset: number, { value }: NewRecord): boolean {
    return value === null && this.dropsTombstones
  }

  /** `batches`: all below `end`. */
  protected expectWhole(_batches: readonly Buffer[], _log: PartitionLog, _end: number): void {}

  override deleted(): void {
    super.deleted()
    this.#gone.clear()
  }

  override async recovered(
    log: PartitionLog,
    floor: number | undefined,
    random: () => number,
  ): Promise<void> {
    this.#isMaintaining = false
    await super.recovered(log, floor, random)
    // Offsets that were lost are given anew.
    for (const offset of this.#gone) if (offset >= log.endOffset) this.#gone.delete(offset)
    const present = await this.#present(log, log.endOffset)
    for (const offset of present) expect(this.#gone.has(offset)).toBe(false)
  }

  /** Everything between `from` and the last offset read is there, or has the right to be gone. */
  protected override expectBatches(log: PartitionLog, read: readonly Buffer[], from: number): void {
    const found = new Map<number, string>()
    let next = -1
    for (const batch of split(Buffer.concat(read))) {
      expect(crcMatches(batch)).toBe(true)
      expect(baseOffset(batch)).toBeGreaterThanOrEqual(next)
      next = lastOffset(batch) + 1
      for (const { offset, ...record } of decodeRecords(batch, 100_000)) {
        expect(found.has(offset)).toBe(false)
        found.set(offset, textOf(record))
      }
    }
    const expected = this.#records()
    for (const [offset, text] of found) expect(text).toBe(textOf(expected[offset]!))
    for (let offset = Math.max(from, log.startOffset); offset < next; offset++) {
      if (!found.has(offset)) expect(this.#mayBeGone(expected, offset, log.endOffset)).toBe(true)
    }
  }

  override async lookUpTimestamp(log: PartitionLog, random: () => number): Promise<void> {
    const expected = this.#records()
    const ms = Math.floor(random() * 10_000)
    const present = await this.#present(log, log.endOffset)
    const offset = [...present].find(each => expected[each]!.timestamp >= ms)
    const first = offset === undefined ? offset : { offset, timestamp: expected[offset]!.timestamp }
    expect(await log.offsetForTimestamp(ms)).toEqual(first)
  }

  /** Sparse where a power loss took the beginning. */
  #records(): NewRecord[] {
    const records: NewRecord[] = []
    for (const batch of this.batches) {
      batch.records.forEach((record, i) => (records[batch.baseOffset + i] = record))
    }
    return records
  }

  /** Offsets of the records below `end`, by one read after the other. */
  async #present(log: PartitionLog, end: number): Promise<Set<number>> {
    const present = new Set<number>()
    const all: Buffer[] = []
    for (let from = log.startOffset; from < end;) {
      const batches = split(Buffer.concat(await log.read(from, 100_000, end)))
      // Not written yet.
      if (batches.length === 0) break
      this.expectBatches(log, batches, from)
      all.push(...batches)
      for (const { offset } of batches.flatMap(batch => [...decodeRecords(batch, 100_000)])) {
        if (offset >= log.startOffset) present.add(offset)
      }
      from = lastOffset(batches.at(-1)!) + 1
    }
    this.#expectNothingRevived(present, log.startOffset)
    this.expectWhole(all, log, end)
    return present
  }

  /** Where a tombstone is gone, so is all that it has deleted. */
  #expectNothingRevived(present: ReadonlySet<number>, startOffset: number): void {
    const end = Math.max(-1, ...present)
    const deleted = new Set<string>()
    for (const [offset, record] of [...this.#records().entries()].toReversed()) {
      if (record === undefined || offset >= end || offset < startOffset) continue
      if (!this.counts(offset)) continue
      const key = record.key!.toString()
      if (present.has(offset)) expect(deleted.has(key)).toBe(false)
      else if (record.value === null) deleted.add(key)
    }
  }

  #missing(present: ReadonlySet<number>, startOffset: number): number[] {
    const end = Math.max(-1, ...present)
    return Array.from({ length: Math.max(0, end - startOffset) }, (_, i) => startOffset + i).filter(
      offset => !present.has(offset),
    )
  }

  /** There is a later record of its key, or it is a tombstone that has done its work. */
  #mayBeGone(records: readonly NewRecord[], offset: number, endOffset: number): boolean {
    const record = records[offset]!
    if (this.isUnneeded(offset, record)) return true
    const isLater = (other: NewRecord | undefined, i: number): boolean =>
      i > offset && other?.key?.equals(record.key!) === true && this.counts(i)
    const later = this.counts(offset) ? records.findIndex(isLater) : -1
    return later >= 0 && later < endOffset
  }
}

function textOf({ timestamp, key, value }: NewRecord): string {
  return `${timestamp} ${key?.toString()} ${value?.toString()}`
}
