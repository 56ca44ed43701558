import { KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../clock.ts'
import type { Config, GroupConfig } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Topics } from '../topics.ts'
import { SharePartition } from './share-partition.ts'
import {
  finalEpoch,
  initialEpoch,
  ShareSession,
  ShareSessions,
  type AskedPartition,
} from './share-sessions.ts'
import type { SharePartitionKey, ShareStates } from './share-states.ts'

export interface SharePartitionsOptions {
  shareStates: ShareStates
  topics: Pick<Topics, 'getById'>
  clock: Clock
  logger: Logger
  config: Pick<Config, 'groupShareMaxShareSessions'>
  groupConfig: (groupId: string) => GroupConfig
}

/** What a ShareFetch says of its session. */
export interface SessionRequest {
  groupId: string
  memberId: string
  epoch: number
  partitions: readonly AskedPartition[]
  forgotten: readonly AskedPartition[]
  /** Aborted when the connection closes. */
  connection: AbortSignal
}

/**
 * The partitions that share groups consume now, and the sessions of their consumers (Kafka:
 * SharePartitionManager). Both are for as long as somebody consumes; what lasts is in ShareStates.
 */
export class SharePartitions {
  readonly #options: SharePartitionsOptions
  /** By group, then by topic and partition. */
  readonly #groups = new Map<string, Map<string, SharePartition>>()
  /** By node: a consumer has a session with each. */
  readonly #sessions = new Map<number, ShareSessions>()

  constructor(options: SharePartitionsOptions) {
    this.#options = options
    options.shareStates.onReset = key => this.#drop(this.get(key))
  }

  /** One that somebody has fetched from; undefined: nobody has anything of it. */
  get(key: SharePartitionKey): SharePartition | undefined {
    return this.#groups.get(key.groupId)?.get(idOf(key))
  }

  /** Begins with it if need be. Throws where this node does not serve the partition. */
  open(key: SharePartitionKey, nodeId: number): SharePartition {
    const partition = this.#options.topics.getById(key.topicId)?.partitions[key.partition]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    partition.checkLeader(nodeId, -1)
    const known = this.get(key)
    if (known?.leaderEpoch === partition.leaderEpoch) return known
    this.#drop(known)
    const { shareStates: states, clock, logger, groupConfig } = this.#options
    const config = () => groupConfig(key.groupId)
    const opened = new SharePartition({ key, partition, states, clock, logger, config })
    opened.loaded.catch(() => this.#drop(opened))
    const group = this.#groups.get(key.groupId) ?? new Map<string, SharePartition>()
    this.#groups.set(key.groupId, group.set(idOf(key), opened))
    return opened
  }

  /**
   * The session of a ShareFetch: a new one, or the one there is, with what has changed. Undefined
   * for the last request of one. Throws as Kafka does for a session that is not there or not at
   * this epoch, or one too many.
   */
  resume(nodeId: number, request: SessionRequest): ShareSession | undefined {
    const { groupId, memberId, epoch } = request
    const sessions = this.#sessionsOf(nodeId)
    if (epoch === initialEpoch) return this.#openSession(nodeId, request)
    const session = sessions.get(groupId, memberId)
    if (epoch === finalEpoch) return undefined
    session.advance(epoch)
    session.add(request.partitions, this.#options.topics, true)
    session.forget(request.forgotten)
    return session
  }

  /** The same for a ShareAcknowledge, which opens none. */
  check(nodeId: number, groupId: string, memberId: string, epoch: number): void {
    if (epoch === initialEpoch) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
    const session = this.#sessionsOf(nodeId).get(groupId, memberId)
    if (epoch !== finalEpoch) session.advance(epoch)
  }

  /** Ends a session, if it is still there: what the member has is available for others. */
  endSession(nodeId: number, groupId: string, memberId: string): void {
    const session = this.#sessionsOf(nodeId).find(groupId, memberId)
    if (session !== undefined) this.#end(nodeId, session)
  }

  /** What a consumer fetches before its next request changes it. */
  sessionPartitions(nodeId: number, groupId: string, memberId: string): readonly AskedPartition[] {
    return this.#sessionsOf(nodeId).find(groupId, memberId)?.partitions ?? []
  }

  /** What holds for a group now. */
  configOf(groupId: string): GroupConfig {
    return this.#options.groupConfig(groupId)
  }

  #openSession(nodeId: number, request: SessionRequest): ShareSession {
    const { groupId, memberId, connection, partitions } = request
    const session = new ShareSession(groupId, memberId)
    this.#sessionsOf(nodeId).open(session, this.#options.config.groupShareMaxShareSessions)
    session.add(partitions, this.#options.topics, false)
    session.onDisconnect(connection, () => this.#disconnected(nodeId, session))
    return session
  }

  /** Nobody will acknowledge what went to a connection that is gone. */
  #disconnected(nodeId: number, session: ShareSession): void {
    this.#end(nodeId, session)
    if (this.#sessionsOf(nodeId).hasGroup(session.groupId)) return
    for (const share of this.#servedBy(nodeId, session.groupId)) this.#drop(share)
  }

  #end(nodeId: number, session: ShareSession): void {
    if (!this.#sessionsOf(nodeId).delete(session)) return
    const { groupId, memberId } = session
    for (const share of this.#servedBy(nodeId, groupId)) {
      share.release(memberId).catch((error: unknown) => {
        const details = { ...share.key, memberId, err: error }
        this.#options.logger.error(details, 'records of a share consumer were not released')
      })
    }
  }

  #servedBy(nodeId: number, groupId: string): SharePartition[] {
    const shares = [...(this.#groups.get(groupId)?.values() ?? [])]
    return shares.filter(({ partition }) => partition.leader === nodeId)
  }

  #drop(share: SharePartition | undefined): void {
    if (share === undefined || this.get(share.key) !== share) return
    const group = this.#groups.get(share.key.groupId)!
    group.delete(idOf(share.key))
    if (group.size === 0) this.#groups.delete(share.key.groupId)
    share.drop()
  }

  #sessionsOf(nodeId: number): ShareSessions {
    const known = this.#sessions.get(nodeId)
    if (known !== undefined) return known
    const sessions = new ShareSessions()
    this.#sessions.set(nodeId, sessions)
    return sessions
  }
}

function idOf({ topicId, partition }: AskedPartition): string {
  return `${topicId}:${partition}`
}
