import type { QuotaTable } from './quota-table.ts'
import { Remembered } from './remembered.ts'
import { WindowedRate, type Windows } from './windowed-rate.ts'

/** Who a quota may be for. */
export interface Client {
  readonly user: string
  readonly clientId: string
}

interface Options {
  windows: Windows
  /** The longest that a client is throttled for at once. */
  maxThrottleMs: number
  maxClients: () => number
  quotas: () => QuotaTable
}

/** How fast clients do one kind of thing, as far as a quota limits them. */
export class ClientRates {
  readonly #options: Options
  readonly #rates: Remembered<WindowedRate>

  constructor(options: Options) {
    this.#options = options
    this.#rates = new Remembered(() => new WindowedRate(options.windows), options.maxClients)
  }

  /** Clients that are remembered. */
  get size(): number {
    return this.#rates.size
  }

  get isLimited(): boolean {
    return !this.#options.quotas().isEmpty
  }

  /** How long the client is to be quiet now. A negative value takes back what was recorded. */
  record({ user, clientId }: Client, value: number, nowMs: number): number {
    const found = this.#options.quotas().find(user, clientId)
    if (found === undefined) return 0
    const rate = this.#rates.get(found.key, nowMs)
    rate.record(value, nowMs)
    return Math.min(rate.throttleMs(found.limit, nowMs), this.#options.maxThrottleMs)
  }

  /** At least 1. More at once would be throttled even if the client had done nothing before. */
  mostAtOnce({ user, clientId }: Client): number {
    const found = this.#options.quotas().find(user, clientId)
    if (found === undefined) return Infinity
    const { count, sizeMs } = this.#options.windows
    return Math.max(1, Math.floor((found.limit * (count - 1) * sizeMs) / 1000))
  }
}
