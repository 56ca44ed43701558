import { KafkaError } from '../../protocol/errors.ts'
import {
  shareStateKey,
  type Change,
  type MetadataStore,
  type ShareStateRow,
} from '../../storage/metadata-store.ts'
import { Waiters } from '../waiters.ts'
import { combined, type StateBatch } from './state-batches.ts'

/** A partition as a share group sees it. */
export interface SharePartitionKey {
  groupId: string
  /** Kafka's text form of a uuid. */
  topicId: string
  partition: number
}

/** Of a start offset that is to be found when the partition is first fetched from. */
export const unknownStartOffset = -1
/** Of an epoch that nobody names. */
const noEpoch = -1

/** What is stored of a partition. */
export type ShareState = Omit<ShareStateRow, keyof SharePartitionKey | 'batches'> & {
  batches: readonly StateBatch[]
}

/** What has happened to a partition, to be stored. */
export interface StateUpdate {
  /** -1: of whichever it is. */
  stateEpoch: number
  /** -1: of whichever it is. */
  leaderEpoch: number
  /** -1: as it was. */
  startOffset: number
  deliveryCompleteCount: number
  /** In order, without overlap. */
  batches: readonly StateBatch[]
}

/** A state, and the storing of it. */
interface Entry {
  readonly key: SharePartitionKey
  state: ShareState
  /** What is being stored; it resolves when it is durable. */
  storing: Promise<void> | undefined
  /** What comes after it, with all that happened in the meantime. */
  next: Promise<void> | undefined
}

/**
 * What share groups have done, durably (Kafka: the share coordinator, ShareCoordinatorShard). The
 * state in memory is what was told last; each method resolves when that is stored. All of one
 * partition that happens while its row is being written is stored by the next write.
 */
export class ShareStates {
  readonly #metadata: Pick<MetadataStore, 'commit'>
  /** By group, then by topic and partition. */
  readonly #groups = new Map<string, Map<string, Entry>>()
  /** Wakes when something has happened. */
  readonly changes = new Waiters()
  /** Told of partitions that begin anew, or are gone: what is in flight is so no more. */
  onReset: (key: SharePartitionKey) => void = () => {}

  constructor(rows: Iterable<ShareStateRow>, metadata: Pick<MetadataStore, 'commit'>) {
    this.#metadata = metadata
    for (const { groupId, topicId, partition, batches, ...state } of rows) {
      this.#add({ groupId, topicId, partition }, { ...state, batches: batches.map(fromRow) })
    }
  }

  /** What is known of a partition; undefined before `initialize`. */
  get(key: SharePartitionKey): ShareState | undefined {
    return this.#entry(key)?.state
  }

  /** The partitions of a group that are known. */
  ofGroup(groupId: string): SharePartitionKey[] {
    return Array.from(this.#groups.get(groupId)?.values() ?? [], ({ key }) => key)
  }

  /**
   * Begins anew: nothing is known of any record. Throws FENCED_STATE_EPOCH for an epoch before the
   * one that is known.
   */
  async initialize(key: SharePartitionKey, stateEpoch: number, startOffset: number): Promise<void> {
    const entry = this.#entry(key)
    if (stateEpoch !== noEpoch && entry !== undefined && entry.state.stateEpoch > stateEpoch) {
      throw new KafkaError('FENCED_STATE_EPOCH')
    }
    const state: ShareState = {
      stateEpoch: Math.max(stateEpoch, entry?.state.stateEpoch ?? 0),
      leaderEpoch: 0,
      startOffset,
      deliveryCompleteCount: startOffset === unknownStartOffset ? -1 : 0,
      batches: [],
    }
    if (entry !== undefined) entry.state = state
    this.onReset(key)
    this.changes.wake()
    await this.#store(entry ?? this.#add(key, state))
  }

  /**
   * The state, for a leader of this epoch (-1: for whoever asks), once what happened before is
   * stored. Throws INVALID_REQUEST before `initialize`, and FENCED_LEADER_EPOCH.
   */
  async read(key: SharePartitionKey, leaderEpoch: number): Promise<ShareState> {
    const entry = this.#existing(key)
    checkLeaderEpoch(entry.state, leaderEpoch)
    if (leaderEpoch !== noEpoch && leaderEpoch !== entry.state.leaderEpoch) {
      entry.state = { ...entry.state, leaderEpoch }
      await this.#store(entry)
    } else {
      await (entry.next ?? entry.storing)
    }
    return entry.state
  }

  /**
   * Takes in what has happened. Throws INVALID_REQUEST before `initialize`, FENCED_LEADER_EPOCH and
   * FENCED_STATE_EPOCH.
   */
  async write(key: SharePartitionKey, update: StateUpdate): Promise<void> {
    const entry = this.#existing(key)
    const { state } = entry
    checkLeaderEpoch(state, update.leaderEpoch)
    if (update.stateEpoch !== noEpoch && state.stateEpoch > update.stateEpoch) {
      throw new KafkaError('FENCED_STATE_EPOCH')
    }
    const { deliveryCompleteCount } = update
    const isMoved = update.startOffset !== unknownStartOffset
    const startOffset = isMoved ? update.startOffset : state.startOffset
    const batches = combined(state.batches, update.batches, startOffset)
    entry.state = { ...state, startOffset, deliveryCompleteCount, batches }
    this.changes.wake()
    await this.#store(entry)
  }

  /** Resolves when all that has happened is stored. */
  async settled(): Promise<void> {
    for (const entries of this.#groups.values()) {
      for (const { next, storing } of entries.values()) await (next ?? storing)
    }
  }

  /** Forgets a partition. One that is not known is no error. */
  async delete(key: SharePartitionKey): Promise<void> {
    await this.#metadata.commit(this.#forget([key]))
  }

  /** Forgets a group; its rows are for the caller to commit. */
  groupDeleted(groupId: string): Change[] {
    return this.#forget(this.ofGroup(groupId))
  }

  /** Forgets a topic; its rows are for the caller to commit. */
  topicDeleted({ id }: { readonly id: string }): Change[] {
    const keys = [...this.#groups.keys()].flatMap(groupId => this.ofGroup(groupId))
    return this.#forget(keys.filter(({ topicId }) => topicId === id))
  }

  #forget(keys: readonly SharePartitionKey[]): Change[] {
    return keys.flatMap(key => {
      const entries = this.#groups.get(key.groupId)
      if (!entries?.delete(idInGroup(key))) return []
      if (entries.size === 0) this.#groups.delete(key.groupId)
      this.onReset(key)
      return [{ kind: 'shareState', key: rowKey(key), value: null } as const]
    })
  }

  #add(key: SharePartitionKey, state: ShareState): Entry {
    const entries = this.#groups.get(key.groupId) ?? new Map<string, Entry>()
    const entry = { key, state, storing: undefined, next: undefined }
    this.#groups.set(key.groupId, entries.set(idInGroup(key), entry))
    return entry
  }

  #entry(key: SharePartitionKey): Entry | undefined {
    return this.#groups.get(key.groupId)?.get(idInGroup(key))
  }

  #existing(key: SharePartitionKey): Entry {
    const entry = this.#entry(key)
    if (entry === undefined) {
      throw new KafkaError('INVALID_REQUEST', 'nothing is known of this share partition')
    }
    return entry
  }

  /** Stores the state as it is, or as it will be when the write under way is through. */
  #store(entry: Entry): Promise<void> {
    if (entry.storing === undefined) {
      entry.storing = this.#commit(entry).finally(() => (entry.storing = undefined))
      return entry.storing
    }
    return (entry.next ??= entry.storing.then(() => {
      entry.next = undefined
      return this.#store(entry)
    }))
  }

  async #commit(entry: Entry): Promise<void> {
    const { key, state } = entry
    // A row that was deleted in the meantime must not come back.
    if (this.#entry(key) !== entry) return
    const value = { ...key, ...state, batches: state.batches.map(toRow) }
    await this.#metadata.commit([{ kind: 'shareState', key: rowKey(key), value }])
  }
}

function idInGroup({ topicId, partition }: Omit<SharePartitionKey, 'groupId'>): string {
  return `${topicId}:${partition}`
}

function rowKey({ groupId, topicId, partition }: SharePartitionKey): string {
  return shareStateKey(groupId, topicId, partition)
}

function checkLeaderEpoch(state: ShareState, leaderEpoch: number): void {
  if (leaderEpoch === noEpoch || leaderEpoch >= state.leaderEpoch) return
  throw new KafkaError('FENCED_LEADER_EPOCH')
}

type BatchRow = ShareStateRow['batches'][number]

function fromRow([firstOffset, lastOffset, deliveryState, deliveryCount]: BatchRow): StateBatch {
  return { firstOffset, lastOffset, deliveryState, deliveryCount }
}

function toRow({ firstOffset, lastOffset, deliveryState, deliveryCount }: StateBatch): BatchRow {
  return [firstOffset, lastOffset, deliveryState, deliveryCount]
}
