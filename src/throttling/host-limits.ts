import { normalAddress } from './normal-address.ts'

/** What the system knows as the address of a host. */
export type AddressOf = (name: string) => Promise<string | undefined>

/** Limits of hosts, by their addresses. A host's name counts when the system knows its address. */
export class HostLimits {
  readonly #addressOf: AddressOf
  #limits = new Map<string, number>()

  constructor(addressOf: AddressOf) {
    this.#addressOf = addressOf
  }

  /** What holds from now on. */
  use(limits: Iterable<readonly [host: string, limit: number]>): void {
    const byAddress = new Map<string, number>()
    this.#limits = byAddress
    for (const [host, limit] of limits) {
      const address = normalAddress(host)
      if (address !== undefined) byAddress.set(address, limit)
      else void this.#lookUp(host, limit, byAddress)
    }
  }

  of(address: string): number | undefined {
    return this.#limits.get(address)
  }

  async #lookUp(host: string, limit: number, byAddress: Map<string, number>): Promise<void> {
    const address = await this.#addressOf(host)
    if (address !== undefined) byAddress.set(address, limit)
  }
}
