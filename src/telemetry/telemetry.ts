import { decompress } from '../../protocol/compression.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { MetricPoint } from '../../protocol/otlp.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { Clock } from '../clock.ts'
import type { ClientMetricsSubscription } from '../config/client-metrics.ts'
import type { Call } from '../call.ts'
import type { Logger } from '../logger.ts'
import type { Random } from '../random.ts'
import {
  acceptGet,
  acceptPush,
  newInstance,
  type ClientInstance,
  type Push,
} from './client-instance.ts'
import { clientSubscription, type ClientFacts, type ClientSubscription } from './subscription.ts'

/** Clients that are remembered (Kafka: ClientMetricsManager.CACHE_MAX_SIZE). */
const maxInstances = 16_384
/** A client is forgotten after this, or after three intervals if that is longer. */
const minExpiryMs = 60_000
const expiryIntervals = 3
/** Metrics that are kept, of all clients in sum, decompressed. */
const maxKeptBytes = 64 * 2 ** 20
/** Of one push, in the log. */
const maxLoggedPoints = 1000

/** Ids that no client may have (Kafka: Uuid.RESERVED). */
const reservedIds = [zeroUuid, 'AAAAAAAAAAAAAAAAAAAAAQ']

/** What a client has pushed last. */
export interface ClientMetrics {
  /** Kafka's text form of a uuid: base64url, 22 characters. */
  readonly clientInstanceId: string
  readonly clientId: string
  readonly softwareName: string
  readonly softwareVersion: string
  /** Milliseconds since the epoch. */
  readonly receivedMs: number
  readonly metrics: readonly MetricPoint[]
}

interface Kept {
  readonly facts: Omit<ClientMetrics, 'metrics'>
  readonly bytes: number
  /** Read anew each time: objects are many times as large as the bytes that they come from. */
  read(): MetricPoint[]
}

type Client = Pick<Call, 'clientId' | 'clientHost' | 'clientPort' | 'software' | 'closed'>

interface TelemetryOptions {
  clock: Clock
  random: Pick<Random, 'id'>
  logger: Pick<Logger, 'debug'>
  config: { readonly telemetryMaxBytes: number }
  subscriptions: () => Iterable<ClientMetricsSubscription>
}

/** The metrics of clients (KIP-714): which they are asked for, and what they have pushed last. */
export class Telemetry {
  readonly #options: TelemetryOptions
  /** The one that was used last comes last. */
  readonly #instances = new Map<string, ClientInstance>()
  /** The client that a connection has spoken for last: it is forgotten with the connection. */
  readonly #byConnection = new WeakMap<AbortSignal, string>()
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>()
  #keptBytes = 0

  constructor(options: TelemetryOptions) {
    this.#options = options
  }

  /** What a client shall push; it gets an id if it has none. Errors: THROTTLING_QUOTA_EXCEEDED. */
  subscribe(
    clientInstanceId: string,
    client: Client,
  ): { clientInstanceId: string; subscription: ClientSubscription } {
    const id = clientInstanceId === zeroUuid ? this.#options.random.id() : clientInstanceId
    const instance = this.#instance(id, client)
    acceptGet(instance, this.#options.clock.monotonic())
    return { clientInstanceId: id, subscription: instance.subscription }
  }

  /** Errors: those of KIP-714, and INVALID_RECORD for what are no metrics. */
  async push(clientInstanceId: string, push: Push, client: Client): Promise<void> {
    if (reservedIds.includes(clientInstanceId)) {
      throw new KafkaError('INVALID_REQUEST', 'not the id of a client')
    }
    const { clock, config } = this.#options
    const instance = this.#instance(clientInstanceId, client)
    acceptPush(instance, push, clock.monotonic(), config.telemetryMaxBytes)
    if (push.metrics.length === 0) return
    const data = inflate(push, config.telemetryMaxBytes)
    // Most brokers never meet it.
    const { readMetrics } = await import('../../protocol/otlp.ts')
    const points = readMetrics(data)
    const { client_id: clientId } = instance.client
    const facts = {
      clientInstanceId,
      clientId,
      softwareName: instance.client.client_software_name,
      softwareVersion: instance.client.client_software_version,
      receivedMs: clock.now(),
    }
    this.#keep({ facts, bytes: data.length, read: () => readMetrics(data) })
    const metrics = points.slice(0, maxLoggedPoints)
    const details = { ...facts, terminating: push.terminating, points: points.length, metrics }
    this.#options.logger.debug(details, 'client metrics')
  }

  /** What each client has pushed last, the oldest first. */
  received(): ClientMetrics[] {
    return Array.from(this.#kept.values(), ({ facts, read }) => ({ ...facts, metrics: read() }))
  }

  /** The instance of a client: a new one if there is none, or if its subscription has changed. */
  #instance(id: string, client: Client): ClientInstance {
    const nowMs = this.#options.clock.monotonic()
    let instance = this.#instances.get(id)
    if (instance !== undefined && instance.expiresAtMs <= nowMs) instance = undefined
    const facts = instance?.client ?? factsOf(id, client)
    const subscription = clientSubscription(facts, this.#options.subscriptions())
    if (instance?.subscription.id !== subscription.id) instance = newInstance(facts, subscription)
    const expiryMs = Math.max(minExpiryMs, expiryIntervals * subscription.intervalMs)
    instance.expiresAtMs = nowMs + expiryMs
    this.#instances.delete(id)
    this.#instances.set(id, instance)
    if (this.#instances.size > maxInstances) this.#instances.delete(firstKey(this.#instances)!)
    this.#forgetWith(client.closed, id)
    return instance
  }

  #forgetWith(connection: AbortSignal, id: string): void {
    if (!this.#byConnection.has(connection)) {
      const forget = (): void => void this.#instances.delete(this.#byConnection.get(connection)!)
      connection.addEventListener('abort', forget, { once: true })
    }
    this.#byConnection.set(connection, id)
  }

  #keep(kept: Kept): void {
    const { clientInstanceId: id } = kept.facts
    this.#drop(id)
    this.#kept.set(id, kept)
    this.#keptBytes += kept.bytes
    while (this.#kept.size > maxInstances || this.#keptBytes > maxKeptBytes) {
      this.#drop(firstKey(this.#kept)!)
    }
  }

  #drop(id: string): void {
    this.#keptBytes -= this.#kept.get(id)?.bytes ?? 0
    this.#kept.delete(id)
  }
}

function factsOf(id: string, client: Client): ClientFacts {
  return {
    client_instance_id: id,
    client_id: client.clientId,
    client_software_name: client.software.name,
    client_software_version: client.software.version,
    client_source_address: client.clientHost.slice(1),
    client_source_port: String(client.clientPort),
  }
}

/**
 * What is compressed may not become more than what may be sent (Kafka: ClientTelemetryUtils). A
 * copy: the request's own bytes are part of something larger.
 */
function inflate({ compressionType, metrics }: Push, maxBytes: number): Buffer {
  try {
    return Buffer.from(decompress(compressionType, metrics, maxBytes))
  } catch (error) {
    throw new KafkaError('INVALID_RECORD', String(error))
  }
}

function firstKey<K>(map: ReadonlyMap<K, unknown>): K | undefined {
  return map.keys().next().value
}
