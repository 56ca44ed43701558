import { Remembered } from './remembered.ts'
import { WindowedRate, type Windows } from './windowed-rate.ts'

/** Of one listener and of all together. */
export interface ConnectionLimits {
  /** At the same time. */
  readonly most: number
  /** New ones in a second. */
  readonly rate: number
}

/** Of one address. */
export interface AddressLimits {
  readonly most: number
  readonly rate: number
}

export interface ConnectionQuotasOptions {
  windows: Windows
  /** Addresses whose rates are remembered. */
  maxAddresses: () => number
  ofAll: () => ConnectionLimits
  ofListener: (listener: string) => ConnectionLimits
  ofAddress: (address: string) => AddressLimits
}

/** Kafka's largest int, and default, means no limit. */
const unlimited = 2 ** 31 - 1

/** How many connections there are and may be, and how fast they may come (KIP-402, KIP-612). */
export class ConnectionQuotas {
  readonly #options: ConnectionQuotasOptions
  readonly #rate: WindowedRate
  readonly #rates = new Map<string, WindowedRate>()
  readonly #addressRates: Remembered<WindowedRate>
  readonly #byListener = new Map<string, number>()
  readonly #byAddress = new Map<string, number>()
  #connections = 0

  constructor(options: ConnectionQuotasOptions) {
    this.#options = options
    const newRate = (): WindowedRate => new WindowedRate(options.windows)
    this.#rate = newRate()
    this.#addressRates = new Remembered(newRate, options.maxAddresses)
  }

  get connections(): number {
    return this.#connections
  }

  enter(listener: string, address: string): void {
    this.#connections++
    add(this.#byListener, listener, 1)
    add(this.#byAddress, address, 1)
  }

  leave(listener: string, address: string): void {
    this.#connections--
    add(this.#byListener, listener, -1)
    add(this.#byAddress, address, -1)
  }

  /** The name of the config that there is no room by; undefined: one more may come. */
  whatIsFull(listener: string, address: string): string | undefined {
    const { ofAll, ofListener, ofAddress } = this.#options
    const onListener = this.#byListener.get(listener) ?? 0
    if (this.#connections >= ofAll().most || onListener >= ofListener(listener).most) {
      return 'max.connections'
    }
    const ofHost = this.#byAddress.get(address) ?? 0
    return ofHost >= ofAddress(address).most ? 'max.connections.per.ip' : undefined
  }

  /** Counts one that comes. Says how long it, and all behind it, have to wait: a window at most. */
  delayMs(listener: string, nowMs: number): number {
    const { ofAll, ofListener } = this.#options
    const ofAllMs = this.#record(this.#rate, ofAll().rate, nowMs)
    return Math.max(ofAllMs, this.#record(this.#rateOf(listener), ofListener(listener).rate, nowMs))
  }

  /**
   * Above 0: the address has too many new ones, so that this one is to be closed, not at once but
   * after so long. It does not count then.
   */
  refusalMs(listener: string, address: string, nowMs: number): number {
    const { ofAll, ofListener, ofAddress } = this.#options
    const limit = ofAddress(address).rate
    if (limit >= unlimited) return 0
    const rate = this.#addressRates.get(address, nowMs)
    const refusalMs = this.#record(rate, limit, nowMs)
    if (refusalMs === 0) return 0
    rate.record(-1, nowMs)
    if (ofAll().rate < unlimited) this.#rate.record(-1, nowMs)
    if (ofListener(listener).rate < unlimited) this.#rateOf(listener).record(-1, nowMs)
    return refusalMs
  }

  #rateOf(listener: string): WindowedRate {
    const known = this.#rates.get(listener) ?? new WindowedRate(this.#options.windows)
    this.#rates.set(listener, known)
    return known
  }

  #record(rate: WindowedRate, limit: number, nowMs: number): number {
    if (limit >= unlimited) return 0
    rate.record(1, nowMs)
    return Math.min(rate.throttleMs(limit, nowMs), this.#options.windows.sizeMs)
  }
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
