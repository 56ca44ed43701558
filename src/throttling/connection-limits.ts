/** What configs and quotas say of connections, while they may change. */
import type { Config } from '../config.ts'
import type { Overrides } from '../config/effective.ts'
import { listenerConfig } from '../config/listener-configs.ts'
import type { AddressRates } from './address-rates.ts'
import { ConnectionQuotas, type ConnectionLimits } from './connection-quotas.ts'
import { HostLimits, type AddressOf } from './host-limits.ts'

interface Options {
  config: Config
  addressRates: Pick<AddressRates, 'of'>
  addressOf: AddressOf
}

export function openConnectionQuotas({ config, addressRates, addressOf }: Options) {
  const perHost = new HostLimits(addressOf)
  const ofListeners = new Map<string, ConnectionLimits>()
  let known: Overrides | undefined
  const refresh = (): void => {
    if (known === config.overrides) return
    known = config.overrides
    ofListeners.clear()
    perHost.use(parseOverrides(config.maxConnectionsPerIpOverrides))
  }
  refresh()
  return new ConnectionQuotas({
    windows: { count: config.quotaWindowNum, sizeMs: config.quotaWindowSizeSeconds * 1000 },
    maxAddresses: () => config.quotaMaxClients,
    ofAll: () => limitsIn(config),
    ofListener(name) {
      refresh()
      const limits = ofListeners.get(name) ?? limitsIn(listenerConfig(config, name))
      ofListeners.set(name, limits)
      return limits
    },
    ofAddress(address) {
      refresh()
      const most = perHost.of(address) ?? config.maxConnectionsPerIp
      return { most, rate: addressRates.of(address) }
    },
  })
}

function limitsIn({
  maxConnections,
  maxConnectionCreationRate,
}: Pick<Config, 'maxConnections' | 'maxConnectionCreationRate'>): ConnectionLimits {
  return { most: maxConnections, rate: maxConnectionCreationRate }
}

/** A host may be IPv6, which has colons itself: the last one counts. */
function parseOverrides(text: string): [host: string, limit: number][] {
  const items = text.split(',').filter(item => item.trim() !== '')
  return items.map(item => {
    const colon = item.lastIndexOf(':')
    return [item.slice(0, colon).trim(), Number(item.slice(colon + 1))]
  })
}
