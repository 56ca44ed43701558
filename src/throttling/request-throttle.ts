import { KafkaError } from '../../protocol/errors.ts'
import type { Client } from './client-rates.ts'
import type { Throttles } from './throttles.ts'

/** The request as far as it matters for its throttle. */
export interface ThrottledApi {
  readonly name: string
  readonly version: number
  /** Without the size in front. */
  readonly frameBytes: number
}

/** From these versions on, a client whose quota is used up is refused (KIP-599). */
const strictSince: Readonly<Record<string, number>> = {
  CreateTopics: 6,
  DeleteTopics: 5,
  CreatePartitions: 3,
}

/** What brokers ask of brokers takes nothing off a client's quota (KafkaApis). */
const exemptApis: ReadonlySet<string> = new Set(['WriteTxnMarkers'])

const maxInt32 = 2 ** 31 - 1

/**
 * One request as its client's quotas see it: what it counts for, and for how long the client is to
 * be quiet after the answer.
 */
export class RequestThrottle {
  readonly #throttles: Throttles
  readonly #api: ThrottledApi
  readonly #client: Client
  /** When it began to take time, if it does now. */
  #runsSinceMs: number | undefined
  #tookMs = 0
  #isTimeCounted = false
  /** What was counted of the answer before it was made. */
  #fetchedBytes: number | undefined
  #quietUntilMs = 0

  constructor(throttles: Throttles, api: ThrottledApi, client: Client) {
    this.#throttles = throttles
    this.#api = api
    this.#client = client
    const nowMs = throttles.clock.monotonic()
    this.#runsSinceMs = nowMs
    // Before it is answered, so that no further one starts meanwhile.
    if (api.name === 'Produce') this.#quiet(throttles.produce.record(client, api.frameBytes, nowMs))
  }

  /** The client is to be quiet after the answer. */
  get isThrottled(): boolean {
    return this.#quietUntilMs > this.#throttles.clock.monotonic()
  }

  /** A larger answer to a fetch would be throttled whatever was fetched before. */
  get mostFetchedBytes(): number {
    return this.#throttles.fetch.mostAtOnce(this.#client)
  }

  /** The request takes no time of the broker until it `resume`s. */
  pause(): void {
    if (this.#runsSinceMs === undefined) return
    this.#tookMs += this.#throttles.clock.monotonic() - this.#runsSinceMs
    this.#runsSinceMs = undefined
  }

  resume(): void {
    this.#runsSinceMs ??= this.#throttles.clock.monotonic()
  }

  /**
   * Whether an answer with so many bytes of records may go out. If not, it is to go without them,
   * and they do not count: the client fetches them again.
   */
  mayDeliver(bytes: number): boolean {
    const { fetch, clock } = this.#throttles
    this.#countTime()
    const nowMs = clock.monotonic()
    this.#quiet(fetch.record(this.#client, bytes, nowMs))
    if (this.#quietMs() === 0) this.#fetchedBytes = bytes
    else fetch.record(this.#client, -bytes, nowMs)
    return this.#fetchedBytes !== undefined
  }

  /** So many bytes of records go out in any case. */
  delivers(bytes: number): void {
    const { fetch, clock } = this.#throttles
    this.#quiet(fetch.record(this.#client, bytes, clock.monotonic()))
    this.#fetchedBytes = bytes
  }

  /** Throws THROTTLING_QUOTA_EXCEEDED if partitions may be neither created nor deleted now. */
  mutates(partitions: number): void {
    const { name, version } = this.#api
    const mayOwe = version < (strictSince[name] ?? 0)
    const owedMs = this.#takeTokens(partitions, mayOwe)
    this.#quiet(owedMs)
    if (owedMs > 0 && !mayOwe) throw new KafkaError('THROTTLING_QUOTA_EXCEEDED')
  }

  /** The same for topics that a request brings about; the client is not told. */
  mayCreate(partitions: number): boolean {
    return this.#takeTokens(partitions, false) === 0
  }

  /**
   * Milliseconds for which the client is to be quiet after this answer: what it asked for has been
   * done, or refused. A Produce without an answer takes no time off its quota, as in Kafka.
   */
  answered({ hasAnswer, isRefused }: { hasAnswer: boolean; isRefused: boolean }): number {
    const isExempt = exemptApis.has(this.#api.name) && !isRefused
    if (hasAnswer && !isExempt) this.#countTime()
    return this.#quietMs()
  }

  /** What is in the answer besides records counts, too, as far as records count. */
  encoded(bytes: number): void {
    if (this.#fetchedBytes === undefined) return
    const { fetch, clock } = this.#throttles
    fetch.record(this.#client, bytes - this.#fetchedBytes, clock.monotonic())
  }

  /** Encoding and writing the answer took time as well: it counts for the requests that follow. */
  written(writeMs: number): void {
    this.pause()
    const { request, clock } = this.#throttles
    if (this.#isTimeCounted)
      request.record(this.#client, toPercent(this.#tookMs + writeMs), clock.monotonic())
  }

  #countTime(): void {
    const { request, clock } = this.#throttles
    if (this.#isTimeCounted || !request.isLimited) return
    this.#isTimeCounted = true
    this.pause()
    this.#quiet(request.record(this.#client, toPercent(this.#tookMs), clock.monotonic()))
    this.#tookMs = 0
    this.resume()
  }

  #takeTokens(partitions: number, mayOwe: boolean): number {
    const { mutation, clock } = this.#throttles
    return mutation.take(this.#client, partitions, { mayOwe, nowMs: clock.monotonic() })
  }

  #quiet(delayMs: number): void {
    const untilMs = this.#throttles.clock.monotonic() + delayMs
    this.#quietUntilMs = Math.max(this.#quietUntilMs, untilMs)
  }

  #quietMs(): number {
    const leftMs = Math.round(this.#quietUntilMs - this.#throttles.clock.monotonic())
    return Math.min(Math.max(leftMs, 0), maxInt32)
  }
}

/** Of a second. */
function toPercent(ms: number): number {
  return ms / 10
}
