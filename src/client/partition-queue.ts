/** What a producer still has to send to one partition, in batches: one after the other. */
import type { NewRecord } from '../../protocol/records.ts'

export interface QueuedRecord extends NewRecord {
  /** Of key and value and what else there is, nearly. */
  readonly bytes: number
  /** -1 where nobody knows it: without an acknowledgement. */
  readonly stored: (offset: number) => void
  readonly failed: (error: Error) => void
}

/** Takes a batch to its partition; resolves with the offset of its first record, or -1. */
export type SendBatch = (records: readonly QueuedRecord[]) => Promise<number>

const maxBatchRecords = 10_000

export class PartitionQueue {
  readonly #send: SendBatch
  readonly #maxBatchBytes: number
  #waiting: QueuedRecord[] = []
  #isSending = false
  #failure: Error | undefined

  constructor(send: SendBatch, maxBatchBytes: number) {
    this.#send = send
    this.#maxBatchBytes = maxBatchBytes
  }

  push(record: QueuedRecord): void {
    if (this.#failure !== undefined) return record.failed(this.#failure)
    this.#waiting.push(record)
    if (this.#isSending) return
    this.#isSending = true
    // What comes in the same turn goes into the same batch.
    setImmediate(() => void this.#drain())
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take()
      try {
        const baseOffset = await this.#send(batch)
        batch.forEach(({ stored }, i) => stored(baseOffset < 0 ? -1 : baseOffset + i))
      } catch (error) {
        // What follows would leave a gap.
        this.#failure = error as Error
        for (const { failed } of [...batch, ...this.#waiting]) failed(this.#failure)
        this.#waiting = []
      }
    }
    this.#isSending = false
  }

  /** As many as fit, at least one. */
  #take(): QueuedRecord[] {
    let bytes = 0
    const end = this.#waiting.findIndex((record, i) => {
      bytes += record.bytes
      return i > 0 && (bytes > this.#maxBatchBytes || i >= maxBatchRecords)
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }
}
