import type { Change, MetadataLogRow, MetadataStore, StoredRow } from '../storage/metadata-store.ts'
import type { Random } from './random.ts'

/** What Kafka keeps in topics of its own, rows of logs, and of this class: no metadata to it. */
const otherKinds: ReadonlySet<Change['kind']> = new Set([
  'deletedTopic',
  'group',
  'groupMember',
  'offset',
  'shareState',
  'producers',
  'abortedTransactions',
  'transaction',
  'pendingOffset',
  'metadataLog',
  'stateTopic',
])

/**
 * The store, counted as Kafka counts records of metadata: each row is one in a log whose only voter
 * is the leader (KRaft). The offsets go on over restarts, and each start is a new leader epoch.
 */
export class MetadataLog implements MetadataStore {
  readonly leaderEpoch: number
  /** Of the voter, from kraft.version 1 on (KIP-853). */
  readonly directoryId: string
  readonly #watchers: ((changes: readonly Change[]) => void)[] = []
  readonly #store: MetadataStore
  #endOffset: number
  #highWatermark = 0

  private constructor(store: MetadataStore, row: MetadataLogRow) {
    this.#store = store
    this.#endOffset = row.endOffset
    this.leaderEpoch = row.leaderEpoch
    this.directoryId = row.directoryId
  }

  /** Begins a leader epoch after what was stored. */
  static async open(
    store: MetadataStore,
    stored: MetadataLogRow | undefined,
    random: Random,
  ): Promise<MetadataLog> {
    const last = stored ?? { endOffset: 0, leaderEpoch: 0, directoryId: random.id() }
    const log = new MetadataLog(store, { ...last, leaderEpoch: last.leaderEpoch + 1 })
    await log.#append([], 1)
    return log
  }

  /** The offset of the next record; those before may not be durable yet. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** Records before this offset are durable. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  load(): AsyncIterable<Change> {
    return this.#store.load()
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const records = changes.filter(({ kind }) => !otherKinds.has(kind)).length
    if (records === 0) await this.#store.commit(changes)
    else await this.#append(changes, records)
    for (const watcher of this.#watchers) watcher(changes)
  }

  rows(): StoredRow[] {
    return this.#store.rows()
  }

  /** Calls back with the changes of each commit, in order, when they are stored. */
  watch(watcher: (changes: readonly Change[]) => void): void {
    this.#watchers.push(watcher)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async #append(changes: readonly Change[], records: number): Promise<void> {
    const { leaderEpoch, directoryId } = this
    const endOffset = (this.#endOffset += records)
    const value = { endOffset, leaderEpoch, directoryId }
    await this.#store.commit([...changes, { kind: 'metadataLog', key: 'log', value }])
    this.#highWatermark = Math.max(this.#highWatermark, endOffset)
  }
}
