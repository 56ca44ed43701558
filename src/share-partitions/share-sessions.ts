import { KafkaError } from '../../protocol/errors.ts'
import type { Topics } from '../topics.ts'

/** A partition, as requests name it. */
export interface AskedPartition {
  topicId: string
  partition: number
}

interface SessionPartition extends AskedPartition {
  /** There was such a topic when the partition was added. */
  isKnown: boolean
  /** The next answer names the partition, whatever there is to say. */
  mustTell: boolean
}

export const initialEpoch = 0
export const finalEpoch = -1

/** What a consumer fetches from a node, until it says otherwise (Kafka: ShareSession, KIP-932). */
export class ShareSession {
  readonly groupId: string
  readonly memberId: string
  /** Of the next request. */
  epoch = 1
  /** In the order in which they were added, or told of last. */
  readonly #partitions = new Map<string, SessionPartition>()
  readonly #ended = new AbortController()

  constructor(groupId: string, memberId: string) {
    this.groupId = groupId
    this.memberId = memberId
  }

  /** Calls back when the connection is aborted, unless the session ends before. */
  onDisconnect(connection: AbortSignal, callback: () => void): void {
    connection.addEventListener('abort', callback, { once: true, signal: this.#ended.signal })
  }

  end(): void {
    this.#ended.abort()
  }

  get partitions(): SessionPartition[] {
    return [...this.#partitions.values()]
  }

  add(asked: readonly AskedPartition[], topics: Pick<Topics, 'getById'>, mustTell: boolean): void {
    for (const { topicId, partition } of asked) {
      const key = keyOf({ topicId, partition })
      if (this.#partitions.has(key)) continue
      const isKnown = topics.getById(topicId) !== undefined
      this.#partitions.set(key, { topicId, partition, isKnown, mustTell })
    }
  }

  forget(asked: readonly AskedPartition[]): void {
    for (const each of asked) this.#partitions.delete(keyOf(each))
  }

  /** Throws INVALID_SHARE_SESSION_EPOCH unless this is the next request. */
  advance(epoch: number): void {
    if (epoch !== this.epoch) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
    this.epoch = nextEpoch(epoch)
  }

  /**
   * Whether an answer must name the partition: it has records or an error, or had one, or is new
   * (Kafka: CachedSharePartition). Call it once for each, with the final answer.
   */
  tell(asked: AskedPartition, { hasError, hasRecords }: Told): boolean {
    const known = this.#partitions.get(keyOf(asked))
    if (known === undefined) return true
    const mustTell = known.mustTell || hasError || hasRecords
    known.mustTell = hasError
    if (hasRecords) {
      // Who got something is last the next time.
      this.#partitions.delete(keyOf(asked))
      this.#partitions.set(keyOf(asked), known)
    }
    return mustTell
  }
}

interface Told {
  hasError: boolean
  hasRecords: boolean
}

/** The sessions of one node (Kafka: ShareSessionCache). */
export class ShareSessions {
  readonly #sessions = new Map<string, ShareSession>()

  find(groupId: string, memberId: string): ShareSession | undefined {
    return this.#sessions.get(sessionKey(groupId, memberId))
  }

  /** Throws SHARE_SESSION_NOT_FOUND. */
  get(groupId: string, memberId: string): ShareSession {
    const session = this.find(groupId, memberId)
    if (session === undefined) throw new KafkaError('SHARE_SESSION_NOT_FOUND')
    return session
  }

  /** In place of the one that the member has. Throws SHARE_SESSION_LIMIT_REACHED. */
  open(session: ShareSession, maxSessions: number): void {
    const key = sessionKey(session.groupId, session.memberId)
    const before = this.#sessions.get(key)
    if (before !== undefined) this.delete(before)
    if (this.#sessions.size >= maxSessions) throw new KafkaError('SHARE_SESSION_LIMIT_REACHED')
    this.#sessions.set(key, session)
  }

  /** False where it is not there any more, or another is in its place. */
  delete(session: ShareSession): boolean {
    const key = sessionKey(session.groupId, session.memberId)
    session.end()
    return this.#sessions.get(key) === session && this.#sessions.delete(key)
  }

  hasGroup(groupId: string): boolean {
    for (const session of this.#sessions.values()) if (session.groupId === groupId) return true
    return false
  }
}

/** After the last one, they begin anew with 1: 0 opens a session. */
function nextEpoch(epoch: number): number {
  return epoch === 2 ** 31 - 1 ? 1 : epoch + 1
}

function keyOf({ topicId, partition }: AskedPartition): string {
  return `${topicId}:${partition}`
}

function sessionKey(groupId: string, memberId: string): string {
  return JSON.stringify([groupId, memberId])
}
