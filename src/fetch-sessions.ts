import { errors } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/wire.ts'
import type { Random } from './random.ts'

/** What a client asks of one partition. */
export interface FetchPartition {
  /** Empty where the request names topics by id. */
  topic: string
  /** The zero uuid where the request names topics by name. */
  topicId: string
  /** The topic's name when it was first found: in a session, Kafka looks it up once. */
  foundName?: string | undefined
  partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  /** The leader epoch of the last record that the client has read, or -1 (KIP-595). */
  lastFetchedEpoch: number
  maxBytes: number
}

/** What an answer says of one partition, as far as a session compares it. */
export interface FetchedPartition {
  errorCode: number
  highWatermark: number
  logStartOffset: number
  lastStableOffset: number
  bytes: number
  /** The client has read what is not in the log any more. */
  diverges: boolean
}

interface SessionPartition {
  request: FetchPartition
  /** What the client was told last; undefined where the next answer must name the partition. */
  told: Pick<FetchedPartition, 'highWatermark' | 'logStartOffset' | 'lastStableOffset'> | undefined
}

interface Session {
  id: number
  /** The epoch that the next request must carry. */
  epoch: number
  usesTopicIds: boolean
  /** In the order in which they are served next. */
  partitions: Map<string, SessionPartition>
  lastUsedMs: number
}

/** The session's part of a Fetch request. */
export interface FetchSessionRequest {
  sessionId: number
  sessionEpoch: number
  usesTopicIds: boolean
  partitions: readonly FetchPartition[]
  forgotten: readonly Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>[]
}

/** What to fetch, and how to answer. */
export interface FetchPlan {
  errorCode: number
  sessionId: number
  partitions: readonly FetchPartition[]
  /** Whether the answer must name this partition. Call it once for each, with the final answer. */
  tell(partition: FetchPartition, answer: FetchedPartition): boolean
  /** Instead, nothing is told, and the client asks again: a session that begins does not begin. */
  defer(): { sessionId: number }
}

const initialEpoch = 0
const finalEpoch = -1
/** A session is not evicted for another one while it was used within this time (KIP-227). */
const minEvictionMs = 120_000

/**
 * Incremental fetch sessions (KIP-227): a client names only the partitions that change, and is told
 * only of those that have news. Sessions are a cache: one may vanish at any time, and its client
 * starts a new one when it gets FETCH_SESSION_ID_NOT_FOUND.
 */
export class FetchSessions {
  readonly #maxSessions: number
  readonly #random: Pick<Random, 'below'>
  /** Least recently used first. */
  readonly #sessions = new Map<number, Session>()

  constructor(maxSessions: number, random: Pick<Random, 'below'>) {
    this.#maxSessions = maxSessions
    this.#random = random
  }

  plan(request: FetchSessionRequest, nowMs: number): FetchPlan {
    const { sessionId, sessionEpoch } = request
    if (sessionEpoch === finalEpoch || sessionEpoch === initialEpoch) {
      this.#sessions.delete(sessionId)
      const session = sessionEpoch === initialEpoch ? this.#create(request, nowMs) : undefined
      return fullPlan(request.partitions, session, id => this.#sessions.delete(id))
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return refusal(errors.FETCH_SESSION_ID_NOT_FOUND)
    if (session.usesTopicIds !== request.usesTopicIds) {
      return refusal(errors.FETCH_SESSION_TOPIC_ID_ERROR)
    }
    if (session.epoch !== sessionEpoch) return refusal(errors.INVALID_FETCH_SESSION_EPOCH)
    change(session, request)
    this.#sessions.delete(sessionId)
    if (session.partitions.size === 0) return fullPlan([], undefined, () => {})
    session.epoch = nextEpoch(session.epoch)
    session.lastUsedMs = nowMs
    this.#sessions.set(sessionId, session)
    return incrementalPlan(session)
  }

  /** What a session fetches before its next request changes it; nothing where there is none. */
  partitionsOf(sessionId: number): readonly FetchPartition[] {
    const session = this.#sessions.get(sessionId)
    return session ? [...session.partitions.values()].map(({ request }) => request) : []
  }

  #create(request: FetchSessionRequest, nowMs: number): Session | undefined {
    if (!this.#makeRoom(nowMs)) return undefined
    const partitions = request.partitions.map(
      partition => [keyOf(partition), { request: partition, told: undefined }] as const,
    )
    const session: Session = {
      id: this.#newId(),
      epoch: nextEpoch(initialEpoch),
      usesTopicIds: request.usesTopicIds,
      partitions: new Map(partitions),
      lastUsedMs: nowMs,
    }
    this.#sessions.set(session.id, session)
    return session
  }

  #makeRoom(nowMs: number): boolean {
    if (this.#sessions.size < this.#maxSessions) return true
    const [oldest] = this.#sessions.values()
    if (oldest === undefined || nowMs - oldest.lastUsedMs < minEvictionMs) return false
    return this.#sessions.delete(oldest.id)
  }

  #newId(): number {
    for (;;) {
      const id = this.#random.below(2 ** 31 - 2) + 1
      if (!this.#sessions.has(id)) return id
    }
  }
}

function keyOf({ topic, topicId, partition }: FetchSessionRequest['forgotten'][number]): string {
  return `${topicId === zeroUuid ? topic : topicId}:${partition}`
}

function nextEpoch(epoch: number): number {
  return epoch === 2 ** 31 - 1 ? 1 : epoch + 1
}

function refusal(errorCode: number): FetchPlan {
  const defer = () => ({ sessionId: 0 })
  return { errorCode, sessionId: 0, partitions: [], tell: () => false, defer }
}

/** The answer names every partition; with a session, that is what the client then knows. */
function fullPlan(
  partitions: readonly FetchPartition[],
  session: Session | undefined,
  end: (sessionId: number) => void,
): FetchPlan {
  return {
    errorCode: errors.NONE,
    sessionId: session?.id ?? 0,
    partitions,
    tell(partition, answer) {
      if (session) remember(session, keyOf(partition), answer)
      return true
    },
    defer() {
      if (session) end(session.id)
      return { sessionId: 0 }
    },
  }
}

function incrementalPlan(session: Session): FetchPlan {
  return {
    errorCode: errors.NONE,
    sessionId: session.id,
    partitions: [...session.partitions.values()].map(({ request }) => request),
    tell: (partition, answer) => remember(session, keyOf(partition), answer),
    defer: () => ({ sessionId: session.id }),
  }
}

/** What a request both names and forgets is forgotten (Kafka: FetchSession.update). */
function change(session: Session, request: FetchSessionRequest): void {
  for (const partition of request.partitions) {
    const known = session.partitions.get(keyOf(partition))
    if (known) known.request = partition
    else session.partitions.set(keyOf(partition), { request: partition, told: undefined })
  }
  for (const forgotten of request.forgotten) session.partitions.delete(keyOf(forgotten))
}

/**
 * True when the answer has news for the client: records, an error, or an offset that moved. Who got
 * records is served last the next time, so that a small max_bytes starves nobody. After an error
 * the partition is named again, whatever it says.
 */
function remember(session: Session, key: string, answer: FetchedPartition): boolean {
  const known = session.partitions.get(key)
  if (known === undefined) return true
  const { highWatermark, logStartOffset, lastStableOffset, bytes, errorCode, diverges } = answer
  const told = known.told
  const isNews =
    bytes > 0 ||
    errorCode !== errors.NONE ||
    diverges ||
    told === undefined ||
    told.highWatermark !== highWatermark ||
    told.logStartOffset !== logStartOffset ||
    told.lastStableOffset !== lastStableOffset
  known.told =
    errorCode === errors.NONE ? { highWatermark, logStartOffset, lastStableOffset } : undefined
  if (bytes > 0) {
    session.partitions.delete(key)
    session.partitions.set(key, known)
  }
  return isNews
}
