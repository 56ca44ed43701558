import type { Client } from './client-rates.ts'
import type { QuotaTable } from './quota-table.ts'
import { Remembered } from './remembered.ts'
import { TokenBucket } from './token-bucket.ts'
import type { Windows } from './windowed-rate.ts'

interface Options {
  windows: Windows
  maxClients: () => number
  quotas: () => QuotaTable
}

/** Partitions that clients create and delete, as far as a quota limits them (KIP-599). */
export class MutationTokens {
  readonly #options: Options
  readonly #buckets: Remembered<TokenBucket>

  constructor(options: Options) {
    this.#options = options
    this.#buckets = new Remembered(() => new TokenBucket(options.windows), options.maxClients)
  }

  /**
   * Takes as many as there are partitions, if the client owes none; else, or once it does, says how
   * long it is to be quiet. Who `mayOwe` gets them in any case.
   */
  take(
    { user, clientId }: Client,
    partitions: number,
    { mayOwe, nowMs }: { mayOwe: boolean; nowMs: number },
  ): number {
    const found = this.#options.quotas().find(user, clientId)
    if (found === undefined) return 0
    const { key, limit } = found
    const bucket = this.#buckets.get(key, nowMs)
    const owedMs = bucket.throttleMs(limit, nowMs)
    if (owedMs > 0 && !mayOwe) return owedMs
    bucket.take(partitions, limit, nowMs)
    return mayOwe ? bucket.throttleMs(limit, nowMs) : 0
  }
}
