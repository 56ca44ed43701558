/** Gives a buffer of this length, with anything in it. */
export type Allocate = (bytes: number) => Buffer

/**
 * Waist 1: the bytes of one partition. A backend is these methods only; it knows no API, no
 * connection, no topic. Offsets are safe integers; sizes are bytes; times are milliseconds since
 * the epoch.
 *
 * A batch is one whole record batch in message format v2. The log rewrites its base offset and
 * nothing else: that field lies outside the CRC range (Kafka: DefaultRecordBatch).
 */
export interface PartitionLog {
  /** The first offset that can be read. */
  readonly startOffset: number

  /** The offset that the next record gets. Moves when `append` is called, not when it resolves. */
  readonly endOffset: number

  /** Every offset below this one is as durable as the mode promises. Never above `endOffset`. */
  readonly durableOffset: number

  /** The largest record timestamp that batch headers have named, or -1. */
  readonly maxTimestamp: number

  /** Of the segments that are kept: up to one segment lies before `startOffset`. */
  readonly sizeBytes: number

  /** Why the log is offline, if it is. */
  readonly failure: StorageError | undefined

  /** Called after `durableOffset` has moved, or after the log went offline. */
  onProgress: (() => void) | undefined

  /**
   * Called before `trim`, `retain` or `compact` removes records; they go when it resolves. What is
   * known from them only must be stored by then.
   */
  beforeRemoval: (() => Promise<void>) | undefined

  /**
   * Appends whole batches (one or several, back to back); calls are numbered and written in call
   * order. Resolves with the offset of the first record: after the write to the operating system
   * ('written'), or when the bytes are as durable as the mode promises ('durable'). In either case
   * durability follows by itself. The log may write into the buffer, and has done with it when it
   * answers. Rejects with a
   * StorageError when a write or a sync failed: the log is then offline, and every later append
   * and read rejects as well.
   */
  append(batches: Buffer, until: 'written' | 'durable'): Promise<{ baseOffset: number }>

  /**
   * Reads whole batches from the one that contains `from`, or the first one after it. At most
   * `maxBytes` in sum, but at least one batch; batches whose base offset is `limit` or above are
   * left out. Empty when nothing is in between. Each buffer is one batch, or several back to back.
   * RangeError unless `from` lies within [startOffset, endOffset]. What is read from elsewhere than
   * memory is put into buffers of `allocate`, whose owner may use them again afterwards.
   */
  read(from: number, maxBytes: number, limit: number, allocate?: Allocate): Promise<Buffer[]>

  /** The first record whose timestamp is `ms` or later, in offset order. */
  offsetForTimestamp(ms: number): Promise<{ offset: number; timestamp: number } | undefined>

  /**
   * Makes `newStart` the first readable offset; durable when it resolves. Nothing happens when it
   * is not above `startOffset`; RangeError when it is above `durableOffset`.
   */
  trim(newStart: number): Promise<void>

  /**
   * Removes the oldest segments, as far as the settings do not keep them at this time, in
   * milliseconds since the epoch. What is not durable yet stays.
   */
  retain(nowMs: number): Promise<void>

  /**
   * Removes records that later ones of the same key replace, those of aborted transactions, and
   * tombstones and markers whose time is over, as far as the settings ask for it now. Offsets stay;
   * a read in a gap gets what follows it. Nothing happens while an earlier call still works.
   * Resolves with those of the aborted transactions of which no batch is left: nobody need be told
   * of them, and their markers go when they are not in the context any more.
   */
  compact(context: CompactionContext): Promise<readonly AbortedTransaction[]>

  /**
   * Stores durably how far the log is whole, so that the next start need not look at that, and what
   * is damaged there is never cut. Waits for a sync, and does nothing where it would tell nothing.
   */
  checkpoint(): Promise<void>

  /** Applies new settings; those of segments hold from the next roll on. */
  configure(config: LogConfig): void

  /** Writes and syncs what is pending, and marks the log as closed cleanly. */
  close(): Promise<void>
}

/** What a compaction may take. */
export interface CompactionLimits {
  /** For the keys; where they need more, a compaction stops in between. */
  keyMapBytes: number
  /** To read and write, as a mean over a third of a second; for a thread of its own. */
  maxBytesPerSecond: number
}

/** What a log does not know when it is compacted. */
export interface CompactionContext extends CompactionLimits {
  /** Milliseconds since the epoch. */
  nowMs: number
  /** Records at or above this offset stay as they are, durable or not. */
  stableOffset: number
  /** Of each producer that may go on: its last record, whose batch stays, if need be empty. */
  lastOffsets: ReadonlyMap<number, number>
  /** The same for those of whom only markers are known: their epoch, whose markers stay. */
  markedEpochs: ReadonlyMap<number, number>
  /** All that have begun below the stable offset; asked for where there is something to compact. */
  abortedTransactions: () => readonly AbortedTransaction[]
}

/** A transaction whose records are not for readers of committed ones. */
export interface AbortedTransaction {
  producerId: number
  firstOffset: number
  /** Of its marker. */
  lastOffset: number
}

/** What opens and deletes logs: one for each data directory (or one in memory). */
export interface LogStore {
  /**
   * Opens a partition's log, or creates it: what it needs on disk is durable when this resolves.
   */
  open(id: PartitionId, config: LogConfig): Promise<OpenedLog>

  /** Deletes all partitions of a topic; its logs must be closed. Succeeds when there are none. */
  delete(topicId: string): Promise<void>

  /** Where the logs lie, and how much room there is. Rejects with a StorageError. */
  volume(): Promise<Volume>

  /** Releases the store; its logs must be closed. */
  close(): Promise<void>
}

export interface OpenedLog {
  log: PartitionLog
  /** Recovery cut a torn tail off. */
  truncated: boolean
  /** What recovery had to look at: nothing after a clean stop. */
  checkedBytes: number
}

/** What a store has to keep its logs in. */
export interface Volume {
  /** Its absolute path; of a store in memory, a name in its place. */
  directory: string
  /** -1 for unknown. */
  totalBytes: number
  usableBytes: number
}

export interface PartitionId {
  /** For people; the id is what counts. */
  topic: string
  /** Kafka's text form of a uuid: base64url, 22 characters. */
  topicId: string
  partition: number
}

/** Settings of one log, by Kafka's topic configs of the same names. */
export interface LogConfig {
  /** Roll before a segment grows past this size. */
  segmentBytes: number
  /** Roll when the first record is older than this. */
  segmentMs: number
  /** Each segment rolls by chance up to so much earlier, so that many do not at the same time. */
  segmentJitterMs: number
  /** Bytes of log for each entry of the offset and the time index. */
  indexIntervalBytes: number
  /** Roll when the offset index is full. */
  segmentIndexBytes: number
  /** Sync after so many records, in the mode 'os' too; 1: before each of them counts as durable. */
  flushMessages: number
  /** The oldest segments go only where it contains 'delete', old records of keys by 'compact'. */
  cleanupPolicy: readonly string[]
  /** Negative: without a limit. */
  retentionMs: number
  retentionBytes: number
  /** How long tombstones stay after the first compaction that has seen them. */
  deleteRetentionMs: number
  /** What is younger is not compacted, what is older is at once. */
  minCompactionLagMs: number
  maxCompactionLagMs: number
  /** Compact when more than this share of the bytes was not yet: 0 to 1. */
  minCleanableDirtyRatio: number
}

/** A write, sync or read failed, or the stored bytes are damaged. `cause` has the reason. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
}

/** What an acknowledgement promises; see ARCHITECTURE.md. */
export type Durability = 'memory' | 'os' | 'disk'
