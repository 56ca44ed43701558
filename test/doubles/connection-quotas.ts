import { createConfig } from '../../src/config.ts'
import { AddressRates } from '../../src/throttling/address-rates.ts'
import { openConnectionQuotas } from '../../src/throttling/connection-limits.ts'

/** Limits of connections by these configs; by none, there are none. One host's name is known. */
export function connectionQuotas(configs: Readonly<Record<string, string | number>> = {}) {
  const settings = Object.entries(configs).map(([name, value]) => {
    return { name, value: String(value), origin: name }
  })
  const { config } = createConfig(settings)
  const addressOf = async (name: string): Promise<string | undefined> =>
    name === 'office.example' ? '192.0.2.7' : undefined
  const addressRates = new AddressRates(addressOf)
  const limitAddress = (ip: string | null, rate: number): void =>
    addressRates.use([
      { entity: new Map([['ip', ip]]), values: new Map([['connection_creation_rate', rate]]) },
    ])
  const quotas = openConnectionQuotas({ config, addressRates, addressOf })
  return { config, quotas, limitAddress }
}
