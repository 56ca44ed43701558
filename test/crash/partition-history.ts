/**
 * What clients know of one partition: what they sent, what was acknowledged, what they have read.
 * After each restart the whole log is held against it. Pure; what is wrong comes back as sentences.
 */
import { keyViolations, KeyedRecords } from './key-history.ts'
import {
  batchId,
  recordId,
  type FoundLog,
  type FoundRecord,
  type Placed,
  type RecordContent,
  type SentBatch,
} from './records.ts'
import { orderViolations } from './stream-order.ts'

/** What the broker may take away, by the topic's configs. */
export interface PartitionRules {
  isCompacted: boolean
  /** Compaction removes tombstones. */
  forgetsTombstones: boolean
  /** Retention leaves at least so much; Infinity: it leaves everything. */
  retentionBytes: number
  /** Retention may take what is older; Infinity: it may take nothing. */
  retentionMs: number
}

export class PartitionHistory {
  readonly name: string
  readonly #rules: PartitionRules
  /** By batch id: what is, or may still come, in the log. */
  readonly #sent = new Map<string, SentBatch>()
  /** By batch id: the offset of its first record, once anybody has learned it. */
  readonly #baseOffsets = new Map<string, number>()
  /** By offset: what was acknowledged or read, and must stay. */
  readonly #known = new Map<number, RecordContent>()
  readonly #keys = new KeyedRecords()
  /** Batch ids: acknowledged or given up. */
  readonly #final = new Set<string>()
  #startOffset = 0
  #endOffset = 0
  #trimRequested = 0

  constructor(name: string, rules: PartitionRules) {
    this.name = name
    this.#rules = rules
  }

  /** The largest start that anybody was told. */
  get startOffset(): number {
    return this.#startOffset
  }

  send(batch: SentBatch): void {
    this.#sent.set(batchId(recordId(batch, 0)), batch)
  }

  /** The batch will not be sent again: when it is not in the log now, it must not come. */
  giveUp(batch: SentBatch): void {
    const id = batchId(recordId(batch, 0))
    this.#final.add(id)
    // Compaction may have taken it before anybody saw it, and a crash may undo that.
    if (!this.#rules.isCompacted && !this.#baseOffsets.has(id)) this.#sent.delete(id)
  }

  isStored(batch: SentBatch): boolean {
    return this.#baseOffsets.has(batchId(recordId(batch, 0)))
  }

  acknowledge(batch: SentBatch, baseOffset: number): string[] {
    this.#final.add(batchId(recordId(batch, 0)))
    return this.read(batch.records.map((record, i) => ({ ...record, offset: baseOffset + i })))
  }

  /** The log's start, as any answer told it: a later one may tell an older start. */
  tellStart(offset: number): void {
    this.#startOffset = Math.max(this.#startOffset, offset)
  }

  /** DeleteRecords is asked for, and may act from now on. */
  requestTrim(offset: number): void {
    this.#trimRequested = Math.max(this.#trimRequested, offset)
  }

  /** Records that a client got, from anywhere in the log. */
  read(records: readonly FoundRecord[]): string[] {
    return records.flatMap(record => this.#learn(record))
  }

  /** Compares all that there is after a restart. */
  check(log: FoundLog, nowMs: number): string[] {
    const violations = [
      ...this.#checkRange(log, nowMs),
      ...this.#checkLost(log),
      ...this.read(log.records),
    ]
    const placed = log.records.flatMap(record => this.#placeOf(record) ?? [])
    if (!this.#rules.isCompacted) violations.push(...contiguityViolations(log))
    if (placed.length === log.records.length) {
      violations.push(...orderViolations(placed, log, this.#rules.isCompacted))
    }
    this.#settle(log)
    return violations.map(violation => `${this.name}: ${violation}`)
  }

  #learn(record: FoundRecord): string[] {
    const { offset, id } = record
    const placed = this.#placeOf(record)
    if (placed === undefined) return [`offset ${offset} has ${id}, which nobody sent or awaits`]
    const { batch, index } = placed
    const violations = contentViolations(record, batch.records[index]!)
    const there = this.#known.get(offset)
    if (there !== undefined && there.id !== id) {
      violations.push(`offset ${offset} has ${id}, and had ${there.id}`)
    }
    const first = this.#baseOffsets.get(batchId(id))
    if (first !== undefined && first !== offset - index) {
      violations.push(`${id} is at offset ${offset}, and at ${first + index}`)
    }
    this.#baseOffsets.set(batchId(id), first ?? offset - index)
    this.#known.set(offset, record)
    this.#keys.learn(record)
    this.#endOffset = Math.max(this.#endOffset, offset + 1)
    return violations
  }

  #placeOf({ id }: RecordContent): Placed | undefined {
    const batch = this.#sent.get(batchId(id))
    const index = Number(id.slice(id.lastIndexOf('/') + 1))
    return batch?.records[index] === undefined ? undefined : { batch, index }
  }

  #checkRange({ startOffset, highWatermark, bytes }: FoundLog, nowMs: number): string[] {
    const violations: string[] = []
    if (startOffset < this.#startOffset) {
      violations.push(`starts at ${startOffset}, and had started at ${this.#startOffset}`)
    }
    if (highWatermark < this.#endOffset) {
      violations.push(`ends at ${highWatermark}, and had reached ${this.#endOffset}`)
    }
    if (startOffset > this.#trimRequested && !this.#mayBeRetained(startOffset, bytes, nowMs)) {
      violations.push(
        `starts at ${startOffset}, and nothing asked for more than to delete up to ` +
          `${this.#trimRequested}: ${bytes} bytes are left`,
      )
    }
    return violations
  }

  #mayBeRetained(startOffset: number, bytes: number, nowMs: number): boolean {
    const { isCompacted, retentionBytes, retentionMs } = this.#rules
    // Compaction makes smaller what retention has left.
    if (bytes >= retentionBytes || (isCompacted && retentionBytes < Infinity)) return true
    if (retentionMs === Infinity) return false
    const gone = [...this.#known].filter(([offset]) => offset < startOffset)
    return gone.every(([, { timestamp }]) => timestamp < nowMs - retentionMs)
  }

  #checkLost({ startOffset, records }: FoundLog): string[] {
    const found = new Set(records.map(({ offset }) => offset))
    if (this.#rules.isCompacted) {
      return keyViolations(this.#keys, records, startOffset, this.#rules.forgetsTombstones)
    }
    return [...this.#known]
      .filter(([offset]) => offset >= startOffset && !found.has(offset))
      .map(([offset, { id }]) => `offset ${offset} is lost: ${id}`)
  }

  /** From here on, what was found is what must stay. */
  #settle({ startOffset, highWatermark, records }: FoundLog): void {
    this.#startOffset = Math.max(this.#startOffset, startOffset)
    this.#endOffset = Math.max(this.#endOffset, highWatermark)
    const found = new Set(records.map(({ offset }) => offset))
    // What compaction has taken may come back for a while: its keys tell whether it may.
    for (const offset of this.#known.keys()) if (!found.has(offset)) this.#known.delete(offset)
    if (this.#rules.isCompacted) return
    for (const [id, { records: sent }] of this.#sent) {
      const first = this.#baseOffsets.get(id)
      const isGone = first !== undefined && first + sent.length <= startOffset
      if (isGone && this.#final.has(id)) this.#sent.delete(id)
    }
  }
}

function contentViolations(found: FoundRecord, sent: RecordContent): string[] {
  const isSame =
    found.key === sent.key && found.value === sent.value && found.timestamp === sent.timestamp
  return isSame ? [] : [`${found.id} at offset ${found.offset} is not what was sent`]
}

/** Without compaction there is a record for every offset. */
function contiguityViolations({ startOffset, highWatermark, records }: FoundLog): string[] {
  const violations: string[] = []
  let expected = startOffset
  for (const { offset } of records) {
    if (offset !== expected) violations.push(`offset ${offset} follows ${expected - 1}`)
    expected = offset + 1
  }
  if (expected !== highWatermark) {
    violations.push(`the last record is at ${expected - 1}, the high watermark ${highWatermark}`)
  }
  return violations
}
