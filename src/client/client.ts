/**
 * A client of any Kafka: it finds the broker that a request is for, asks it in a version that both
 * speak, and asks again where waiting helps.
 */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { metadata as metadataApi } from '../../protocol/apis/03-metadata.ts'
import { errorName, errors, KafkaError, type ErrorName } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import type { Clock } from '../clock.ts'
import { addressText, type BrokerAddress } from './address.ts'
import type { Callable } from './callable.ts'
import { ClusterView } from './cluster-view.ts'
import {
  AuthenticationFailure,
  ConnectFailure,
  ConnectionLost,
  DeadlineExceeded,
} from './failures.ts'
import { Session, type ApiVersionsAnswer, type SessionOptions } from './session.ts'
import { topicError } from './topic.ts'
import type { VersionLimits } from './versions.ts'

export interface ClientOptions extends SessionOptions {
  readonly bootstrapServers: readonly BrokerAddress[]
  /** How long retriable errors are answered by another attempt. */
  readonly deadlineMs: number
  /** Before the first attempt after a failed one; then twice as long each time. */
  readonly retryBackoffMs: number
}

/** Whom a request is for. */
export type Destination =
  | 'any'
  | 'controller'
  | { readonly node: number }
  /** The leader of a partition. */
  | { readonly topic: string; readonly partition: number }
  /** The coordinator of a group. */
  | { readonly group: string }
  /** The coordinator of a transactional id. */
  | { readonly transactionalId: string }

export interface SendOptions<Out> extends VersionLimits {
  /** 'any' if it is left out. */
  readonly to?: Destination
  /** Throws the KafkaError that is in an answer; a retriable one leads to another attempt. */
  readonly check?: (answer: Out) => void
  /** That a broker does not know it may be because it was created just now. */
  readonly topicMayBeNew?: boolean
  /** For the broker to answer; the client's if it is left out. */
  readonly timeoutMs?: number
  /** For all attempts; the client's if it is left out. */
  readonly deadlineMs?: number
}

export type Metadata = Infer<typeof metadataApi.response>

export interface MetadataQuestion {
  /** Null for all. */
  readonly topics: readonly string[] | null
  readonly allowAutoTopicCreation?: boolean
  readonly includeTopicAuthorizedOperations?: boolean
}

const maxBackoffMs = 1000

/** Waiting hardly helps: who thinks otherwise asks again by himself. */
const lasting: readonly ErrorName[] = ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID']

export class Client implements AsyncDisposable {
  readonly clock: Clock
  readonly #options: ClientOptions
  readonly #view = new ClusterView()
  /** By address. */
  readonly #sessions = new Map<string, Promise<Session>>()
  /** Addresses that have answered once. */
  readonly #reached = new Set<string>()
  #isClosed = false

  constructor(options: ClientOptions) {
    this.#options = options
    this.clock = options.clock
  }

  /** How long retriable errors are answered by another attempt. */
  get deadlineMs(): number {
    return this.#options.deadlineMs
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs
  }

  /**
   * Errors: ConnectFailure, UnsupportedRequest, KafkaError from `check`, and DeadlineExceeded or
   * ConnectionLost where no attempt has come through.
   */
  async send<In, Out>(
    api: Callable<In, Out>,
    body: In,
    options: SendOptions<Out> = {},
  ): Promise<Out> {
    const { to = 'any', check } = options
    return this.retrying(async () => {
      const session = await this.route(to)
      try {
        const answer = await session.request(api, body, options)
        check?.(answer)
        return answer
      } catch (error) {
        this.#forget(to)
        throw error
      }
    }, options)
  }

  /** Asks again after retriable errors, until the deadline; the last error is then the result. */
  async retrying<T>(
    attempt: () => Promise<T>,
    options: Pick<SendOptions<unknown>, 'deadlineMs' | 'topicMayBeNew'> = {},
  ): Promise<T> {
    const { deadlineMs = this.#options.deadlineMs, topicMayBeNew = false } = options
    const startMs = this.clock.monotonic()
    for (let backoffMs = this.#options.retryBackoffMs; ; backoffMs *= 2) {
      try {
        return await attempt()
      } catch (error) {
        if (this.#isClosed || !isRetriable(error, topicMayBeNew)) throw error
        const waitMs = Math.min(backoffMs, maxBackoffMs)
        if (this.clock.monotonic() + waitMs - startMs > deadlineMs) throw error
        await this.pause(waitMs)
      }
    }
  }

  async pause(ms: number): Promise<void> {
    await new Promise<void>(resolve => this.clock.after(ms, resolve))
  }

  /** Of the cluster; what it says of leaders is kept. */
  async metadata(
    question: MetadataQuestion,
    check?: (answer: Metadata) => void,
  ): Promise<Metadata> {
    const { topics, allowAutoTopicCreation = false } = question
    const body = {
      topics: topics === null ? null : topics.map(name => ({ name })),
      allowAutoTopicCreation,
      includeTopicAuthorizedOperations: question.includeTopicAuthorizedOperations ?? false,
    }
    return this.send(metadataApi, body, {
      // Version 0 has no word for all topics, nor for whether to create them.
      minVersion: 4,
      check: answer => {
        this.#view.learn(answer)
        check?.(answer)
      },
    })
  }

  /** What a broker says that it serves. */
  async versions(to: Destination = 'any'): Promise<ApiVersionsAnswer> {
    return (await this.retrying(() => this.route(to))).versions
  }

  /** The connection by which a request gets to whom it is for. */
  async route(to: Destination): Promise<Session> {
    if (to === 'any') return this.#any()
    if (to === 'controller') return this.#node(await this.#controller())
    if ('node' in to) return this.#node(to.node)
    if ('topic' in to) return this.#node(await this.leader(to.topic, to.partition))
    if ('group' in to) return this.#coordinator(to.group, 0)
    return this.#coordinator(to.transactionalId, 1)
  }

  /** The node that leads a partition. Throws a KafkaError where there is none. */
  async leader(topic: string, partition: number): Promise<number> {
    const known = this.#view.leader(topic, partition)
    if (known !== undefined) return known
    const { topics } = await this.metadata({ topics: [topic] })
    const found = topics.find(({ name }) => name === topic)
    if (found && found.errorCode !== errors.NONE) throw topicError(topic, found.errorCode)
    const node = this.#view.leader(topic, partition)
    if (node !== undefined) return node
    const exists = found?.partitions.some(({ partitionIndex }) => partitionIndex === partition)
    throw exists
      ? new KafkaError('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader now`)
      : new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${topic}-${partition}`)
  }

  /** The leader of a partition has to be asked for again. */
  forgetLeader(topic: string, partition: number): void {
    this.#view.forgetLeader(topic, partition)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const sessions = await Promise.allSettled(this.#sessions.values())
    for (const session of sessions) if (session.status === 'fulfilled') session.value.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #forget(to: Destination): void {
    if (to === 'controller') this.#view.forgetController()
    else if (typeof to === 'object' && 'topic' in to) this.forgetLeader(to.topic, to.partition)
    else if (typeof to === 'object' && 'group' in to) this.#view.forgetCoordinator(0, to.group)
    else if (typeof to === 'object' && 'transactionalId' in to) {
      this.#view.forgetCoordinator(1, to.transactionalId)
    }
  }

  async #controller(): Promise<number> {
    if (this.#view.controllerId === undefined) await this.metadata({ topics: [] })
    const { controllerId } = this.#view
    if (controllerId !== undefined) return controllerId
    throw new KafkaError('NOT_CONTROLLER', 'the cluster has no controller now')
  }

  async #coordinator(key: string, keyType: 0 | 1): Promise<Session> {
    const known = this.#view.coordinator(keyType, key)
    if (known !== undefined) return this.#node(known)
    const body = { key, keyType, coordinatorKeys: [key] }
    const session = await this.#any()
    const answer = await session.request(findCoordinator, body, { minVersion: keyType })
    const found = answer.coordinators[0] ?? answer
    if (found.errorCode !== errors.NONE) {
      throw new KafkaError(errorName(found.errorCode), found.errorMessage ?? undefined)
    }
    this.#view.learnCoordinator(keyType, key, found)
    return this.#node(found.nodeId)
  }

  /** One that is open, else the first that can be reached. */
  async #any(): Promise<Session> {
    for (const opening of this.#sessions.values()) {
      const session = await opening.catch(() => undefined)
      if (session?.isOpen) return session
    }
    const { bootstrapServers } = this.#options
    let failure: unknown
    for (const address of [...bootstrapServers, ...this.#view.addresses()]) {
      try {
        return await this.#session(address)
      } catch (error) {
        if (!(error instanceof ConnectFailure || error instanceof ConnectionLost)) throw error
        failure ??= error
      }
    }
    throw failure
  }

  async #node(id: number): Promise<Session> {
    if (this.#view.address(id) === undefined) await this.metadata({ topics: [] })
    const address = this.#view.address(id)
    if (address === undefined) {
      throw new KafkaError('BROKER_NOT_AVAILABLE', `the cluster has no broker ${id} now`)
    }
    try {
      return await this.#session(address)
    } catch (error) {
      throw this.#advertised(error, id, address)
    }
  }

  /** The commonest reason: the broker names an address that holds for itself only. */
  #advertised(error: unknown, id: number, address: BrokerAddress): unknown {
    if (!(error instanceof ConnectFailure) || error.constructor !== ConnectFailure) return error
    const { bootstrapServers } = this.#options
    const where = addressText(address)
    if (bootstrapServers.some(server => addressText(server) === where)) return error
    return new ConnectFailure(
      `${error.message}. ${bootstrapServers.map(addressText).join(',')} names ${where} as the` +
        ` address of broker ${id} (advertised.listeners)`,
    )
  }

  /** A broker that was there may be about to start again. */
  #mayComeBack(key: string, error: unknown): boolean {
    const isRefused = error instanceof AuthenticationFailure
    return error instanceof ConnectFailure && !isRefused && this.#reached.has(key)
  }

  async #session(address: BrokerAddress): Promise<Session> {
    const key = addressText(address)
    const known = this.#sessions.get(key)
    const session = await known?.catch(() => undefined)
    if (session?.isOpen) return session
    const current = this.#sessions.get(key)
    if (current !== undefined && current !== known) return current
    if (this.#isClosed) throw new ConnectionLost('the client is closed')
    const opening = Session.open(address, this.#options)
    this.#sessions.set(key, opening)
    try {
      const opened = await opening
      this.#reached.add(key)
      return opened
    } catch (error) {
      this.#sessions.delete(key)
      throw this.#mayComeBack(key, error) ? new ConnectionLost((error as Error).message) : error
    }
  }
}

function isRetriable(error: unknown, topicMayBeNew: boolean): boolean {
  if (error instanceof KafkaError) {
    return error.retriable && (topicMayBeNew || !lasting.includes(error.error))
  }
  return error instanceof ConnectionLost || error instanceof DeadlineExceeded
}
