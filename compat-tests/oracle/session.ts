/** A case on one of the brokers: its connection, its names, and what it has seen. */
import { setTimeout } from 'node:timers/promises'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { encodeRequest, type Api } from '../../protocol/api.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { ask } from './ask.ts'
import { Connection, type Outcome } from './connection.ts'
import { Normaliser } from './normalise.ts'
import type { Peer } from './peer.ts'
import { stranger, superUser } from './users.ts'

type NewTopic = Input<typeof createTopics.request>['topics'][number]

/** What was seen of one request. */
export interface Step {
  label: string
  /** An answer is normalised. */
  outcome: unknown
}

export interface Topic {
  name: string
  id: string
}

/** The broker does not serve an API that the case needs. */
export class NotServed extends Error {}

/**
 * The first connection for what is not compared, so that it waits for nothing that is. Connection n
 * goes to broker 1 + n modulo the number of brokers.
 */
const preparing = 9
/** The connection for what is not compared, and not asked by the super user. */
const asUser = 8

/** Of a broker that leads a partition, and of one that knows who does. */
const settledCodes: readonly number[] = [errors.NONE, errors.NOT_LEADER_OR_FOLLOWER]

/** How long both brokers get to do what a script waits for. */
const settleMs = 15_000
/** Between two questions whether they have: whoever asks takes the time of whoever answers. */
const pauseMs = 5

export class Session<RequestIn, Response = unknown> implements Disposable {
  readonly peer: Peer
  readonly version: number
  readonly steps: Step[] = []
  /** Who asks what is compared from now on, where clients say who they are. */
  user: string
  readonly #api: Api
  readonly #prefix: string
  readonly #normaliser: Normaliser
  readonly #connections: { connection: Connection; user: string }[] = []
  #settlements = 0
  #waitedInVain = false

  constructor(peer: Peer, api: Api, version: number, prefix: string, user: string) {
    this.peer = peer
    this.version = version
    this.#api = api
    this.#prefix = prefix
    this.user = user
    this.#normaliser = new Normaliser(peer, prefix, user)
  }

  /** Whether something took longer than anybody waits, as it may on a busy machine. */
  get waitedInVain(): boolean {
    return this.#waitedInVain
  }

  /** A name that no other case has, and that is the same on both brokers. */
  name(suffix = 'a'): string {
    return `${this.#prefix}-${suffix}`
  }

  /**
   * Sends the request that the case is about, in its version; what comes of it is compared, and the
   * answer returned, if there is one.
   */
  async ask(body: RequestIn, on = 0): Promise<Response | undefined> {
    const bytes = encode(this.#api, this.version, body)
    const outcome = await this.#compared(this.#api, this.version, bytes, on)
    return typeof outcome === 'string' ? undefined : (outcome.answer as Response)
  }

  /** Sends bytes in place of a body. */
  async askBytes(body: Buffer, version = this.version): Promise<void> {
    await this.#compared(this.#api, version, body, 0)
  }

  /** Sends another request, in the last version; what comes of it is compared, and returned. */
  async also<In, Out, OutIn>(api: Api<unknown, In, Out, OutIn>, body: In, on = 0): Promise<Out> {
    const version = this.lastVersion(api)
    const outcome = await this.#compared(asAny(api), version, encode(asAny(api), version, body), on)
    return typeof outcome === 'string'
      ? Promise.reject(new Error(outcome))
      : (outcome.answer as Out)
  }

  /** Sends a request that is not compared, and returns the answer. */
  async get<In, Out, OutIn>(
    api: Api<unknown, In, Out, OutIn>,
    body: In,
    version = this.lastVersion(api),
    on = 0,
  ): Promise<Out> {
    const connection = await this.#connection(preparing + on)
    const outcome = await connection.ask(asAny(api), version, encode(asAny(api), version, body))
    this.#waitedInVain ||= outcome === 'no answer'
    if (typeof outcome === 'string') throw new Error(`${api.name} v${version}: ${outcome}`)
    return outcome.answer as Out
  }

  /** The same, asked by that user. */
  async getAs<In, Out, OutIn>(user: string, api: Api<unknown, In, Out, OutIn>, body: In) {
    const version = this.lastVersion(api)
    const connection = await this.#connection(asUser, user)
    return await ask(connection, api, version, body)
  }

  /** Has something compared that was found by requests that are not. */
  note(label: string, value: object): void {
    this.steps.push({ label, outcome: this.#normaliser.answer({ name: label }, value) })
  }

  /** Sends a request that has no answer. */
  async tell(body: RequestIn): Promise<void> {
    const connection = await this.#connection(0)
    connection.tell(this.#api, this.version, encode(this.#api, this.version, body))
  }

  /** Repeats until it is so; rejects when it takes too long. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    const endMs = performance.now() + settleMs
    while (!(await condition())) {
      if (performance.now() > endMs) {
        this.#waitedInVain = true
        throw new Error('waited in vain')
      }
      await setTimeout(pauseMs)
    }
  }

  lastVersion(api: Pick<Api, 'key' | 'name'>): number {
    const range = this.peer.common.get(api.key)
    if (range === undefined) throw new NotServed(api.name)
    return range[1]
  }

  /** Creates a topic, and waits until it is known and can be used. */
  async topic(fields: Partial<NewTopic> = {}): Promise<Topic> {
    const name = fields.name ?? this.name()
    const numPartitions = fields.assignments === undefined ? 1 : -1
    const defaults = {
      numPartitions,
      replicationFactor: numPartitions,
      assignments: [],
      configs: [],
    }
    const { topics } = await this.get(createTopics, { topics: [{ ...defaults, ...fields, name }] })
    const { errorCode, errorMessage, topicId: id } = topics[0]!
    if (errorCode !== 0) throw new Error(`${name}: ${errorName(errorCode)}, ${errorMessage}`)
    this.#normaliser.know(id, `id of ${name}`)
    await this.usable(name, topics[0]!.numPartitions)
    return { name, id }
  }

  /** Deletes a topic, and waits until nobody knows it any more. */
  async remove(name: string): Promise<void> {
    const topics = [{ name, topicId: zeroUuid }]
    const { responses } = await this.get(deleteTopics, { topics, timeoutMs: settleMs }, 6)
    const { errorCode } = responses[0]!
    if (errorCode !== 0) throw new Error(`${name}: ${errorName(errorCode)}`)
    await this.gone(name)
  }

  /** Waits until a topic's partitions have leaders that answer. */
  async usable(name: string, partitions = 1): Promise<void> {
    const asked = Array.from({ length: partitions }, (_, partitionIndex) => {
      return { partitionIndex, timestamp: -1 }
    })
    const request = { replicaId: -1, topics: [{ name, partitions: asked }] }
    await this.until(async () => {
      const codes: number[][] = []
      for (const on of this.peer.brokers.keys()) {
        const { topics } = await this.get(listOffsets, request, 7, on)
        codes.push(topics[0]!.partitions.map(({ errorCode }) => errorCode))
      }
      const isKnown = codes.flat().every(code => settledCodes.includes(code))
      return isKnown && asked.every((_, i) => codes.some(ofBroker => ofBroker[i] === errors.NONE))
    })
  }

  /** Waits until nobody knows a topic any more. */
  async gone(name: string): Promise<void> {
    await this.until(async () => {
      const request = { topics: [{ name }], allowAutoTopicCreation: false }
      const { topics } = await this.get(metadata, request)
      return topics[0]!.errorCode !== 0
    })
  }

  /**
   * Waits until the broker has heard of all that was changed before. Kafka's brokers replay the
   * metadata log in order: a topic that is created now is known after everything earlier.
   */
  async settled(): Promise<void> {
    await this.topic({ name: this.name(`settled${this.#settlements++}`) })
  }

  /** What `shared` makes for all cases of a broker; see there. */
  async outside<T>(name: string, run: (session: Session<never>) => Promise<T>): Promise<T> {
    using session = new Session<never>(
      this.peer,
      this.#api,
      this.version,
      sharedPrefix(name),
      this.user,
    )
    return await run(session)
  }

  /** Makes what `outside` named so a part of this case. */
  owns(name: string): void {
    this.#normaliser.own(sharedPrefix(name))
  }

  /** Notes an id that the answers may have. */
  know(id: string, label: string): void {
    this.#normaliser.know(id, label)
  }

  async #compared(api: Api, version: number, body: Buffer, on: number): Promise<Outcome> {
    const step: Step = { label: api.name, outcome: 'nothing' }
    this.steps.push(step)
    const connection = await this.#connection(on)
    const outcome = await connection.ask(api, version, body)
    this.#waitedInVain ||= outcome === 'no answer'
    step.outcome =
      typeof outcome === 'string' ? outcome : this.#normaliser.answer(api, outcome.answer)
    return outcome
  }

  /** The connection of that number; a new one where there is none, no more, or of another user. */
  async #connection(on: number, user = on < preparing ? this.user : superUser) {
    const existing = this.#connections[on]
    if (existing?.connection.isOpen === true && existing.user === user) return existing.connection
    const { brokers, isSecured } = this.peer
    const address = brokers[on % brokers.length]!
    const connection = await Connection.open(
      address,
      isSecured && user !== stranger ? user : undefined,
    )
    existing?.connection[Symbol.dispose]()
    this.#connections[on] = { connection, user }
    return connection
  }

  [Symbol.dispose](): void {
    for (const opened of this.#connections) opened?.connection[Symbol.dispose]()
  }
}

function sharedPrefix(name: string): string {
  return `oracle-shared-${name}`
}

function asAny<In, Out, OutIn>(api: Api<unknown, In, Out, OutIn>): Api {
  return api as unknown as Api
}

function encode(api: Api, version: number, body: unknown): Buffer {
  return encodeRequest(api as unknown as Api<unknown, unknown>, version, body)
}
