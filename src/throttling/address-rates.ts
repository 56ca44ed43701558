import type { DescribedQuotas } from '../auth/quotas.ts'
import { HostLimits, type AddressOf } from './host-limits.ts'

const quota = 'connection_creation_rate'

/** New connections that addresses may make in a second, by their quotas (KIP-612). */
export class AddressRates {
  readonly #ofHosts: HostLimits
  #initial = Infinity

  constructor(addressOf: AddressOf) {
    this.#ofHosts = new HostLimits(addressOf)
  }

  /** What holds from now on. */
  use(quotas: Iterable<DescribedQuotas>): void {
    this.#initial = Infinity
    const rates: [string, number][] = []
    for (const { entity, values } of quotas) {
      const host = entity.get('ip')
      const rate = values.get(quota)
      if (host === undefined || rate === undefined) continue
      if (host === null) this.#initial = rate
      else rates.push([host, rate])
    }
    this.#ofHosts.use(rates)
  }

  of(address: string): number {
    return this.#ofHosts.of(address) ?? this.#initial
  }
}
