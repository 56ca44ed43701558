/** What clients have done, what they were told, and what they have seen. */

export type Outcome =
  /** Nobody has asked for a commit. */
  | 'open'
  /** A commit was asked for, and no answer says what became of it. */
  | 'unknown'
  | 'committed'
  | 'aborted'

export interface Transaction {
  id: string
  transactionalId: string
  outcome: Outcome
  writes: Write[]
  /** What it commits for the group that it reads for. */
  offsets: CommittedOffset[]
}

export interface CommittedOffset {
  partition: number
  offset: number
  transaction: Transaction
  /** When its transaction was said to be committed; infinite before that. */
  ackedMs: number
}

/** One record. */
export interface Write {
  /** Its value: no other has it. */
  id: string
  key: string
  /** Who sends records of the same stream to a partition sends them in order. */
  stream: string
  place: number
  topic: string
  partition: number
  /** Of the topic when it was sent; unknown where a name was sent and the topic may be another. */
  topicId: string | undefined
  transaction: Transaction | undefined
  /** The record that it was made of, in a chain. */
  source: string | undefined
  /** In milliseconds since the epoch. */
  timestamp: number
  sentMs: number
  /** Infinite until it was acknowledged. */
  ackedMs: number
  offset: number | undefined
}

export interface SeenRecord {
  offset: number
  id: string
  key: string
}

/** What one fetch has brought. */
export interface Seen {
  topicId: string
  partition: number
  isCommitted: boolean
  /** Of the request. */
  from: number
  /** Where the reader goes on. */
  next: number
  records: readonly SeenRecord[]
  startOffset: number
  lastStableOffset: number
  highWatermark: number
  /** When the request was sent. */
  sentMs: number
}

/** How much of a topic may go. */
export interface TopicRules {
  name: string
  isCompacted: boolean
  /** Infinite without retention by time. */
  retentionMs: number
  /** It is deleted and created again. */
  isBrief: boolean
}

/** One partition of one topic, from its creation to its deletion. */
export class PartitionHistory {
  readonly rules: TopicRules
  readonly name: string
  /** What committed or uncommitted reads have found. */
  readonly byOffset = new Map<number, SeenRecord>()
  readonly offsetOf = new Map<string, number>()
  readonly committedReads = new Set<string>()
  /** The largest that any reply has told. */
  lastStableOffset = 0
  highWatermark = 0
  startOffset = 0
  /** Records before it were asked to be deleted. */
  deletedTo = 0
  isGone = false

  constructor(rules: TopicRules, topicId: string, partition: number) {
    this.rules = rules
    this.name = `${rules.name}-${partition} (${topicId})`
  }
}

export class History {
  readonly writes = new Map<string, Write>()
  readonly transactions: Transaction[] = []
  readonly partitions = new Map<string, PartitionHistory>()
  readonly violations: string[] = []
  /** By partition of the topic that is read. */
  readonly offsets = new Map<number, CommittedOffset[]>()
  /** What happened, for people. */
  readonly events: string[] = []

  report(violation: string): void {
    this.violations.push(violation)
    this.events.push(`!!! ${violation}`)
  }

  begin(id: string, transactionalId: string): Transaction {
    const transaction: Transaction = {
      id,
      transactionalId,
      outcome: 'open',
      writes: [],
      offsets: [],
    }
    this.transactions.push(transaction)
    return transaction
  }

  send(write: Omit<Write, 'ackedMs' | 'offset'>): Write {
    const sent: Write = { ...write, ackedMs: Infinity, offset: undefined }
    this.writes.set(sent.id, sent)
    sent.transaction?.writes.push(sent)
    return sent
  }

  acknowledge(write: Write, offset: number, nowMs: number): void {
    write.ackedMs = nowMs
    write.offset = offset
  }

  sendOffset(transaction: Transaction, partition: number, offset: number): void {
    const committed = { partition, offset, transaction, ackedMs: Infinity }
    transaction.offsets.push(committed)
    const known = this.offsets.get(partition)
    if (known === undefined) this.offsets.set(partition, [committed])
    else known.push(committed)
  }

  /** The outcome that a client was told of, or that follows from what it was told. */
  end(transaction: Transaction, outcome: Outcome, nowMs: number): void {
    transaction.outcome = outcome
    if (outcome !== 'committed') return
    for (const offset of transaction.offsets) offset.ackedMs = nowMs
  }

  createTopic(rules: TopicRules, topicId: string, partitions: number): void {
    for (let i = 0; i < partitions; i++) {
      this.partitions.set(`${topicId}:${i}`, new PartitionHistory(rules, topicId, i))
    }
  }

  deleteTopic(topicId: string): void {
    for (const [key, partition] of this.partitions) {
      if (key.startsWith(`${topicId}:`)) partition.isGone = true
    }
  }

  partition(topicId: string, partition: number): PartitionHistory {
    return this.partitions.get(`${topicId}:${partition}`)!
  }
}
