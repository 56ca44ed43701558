/** Whether clients of a listener authenticate themselves by SASL. */
export function usesSasl({ protocol }: Pick<ListenerConfig, 'protocol'>): boolean {
  return protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
}

const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const

/** How a listener is spoken to (Kafka: SecurityProtocol). */
export type SecurityProtocol = (typeof securityProtocols)[number]

export interface ListenerConfig {
  /** Kafka's name of the listener, in capitals. */
  name: string
  protocol: SecurityProtocol
  /** Empty: all addresses. */
  host: string
  /** 0: any free port. */
  port: number
  /** Where clients are sent; undefined: to the address they came to. */
  advertised: Advertised | undefined
}

interface Advertised {
  host: string
  /** Undefined: the one that the listener is on. */
  port: number | undefined
}

export interface ListenerTexts {
  listeners: readonly string[]
  advertisedListeners: readonly string[] | null
  listenerSecurityProtocolMap: string
  controllerListenerNames: readonly string[]
  /** Take the place of host and port of the only listener. */
  host: string | null
  port: number | null
}

/**
 * The listeners for clients; those for controllers are left out. Throws a RangeError that begins
 * with the config's name.
 */
export function clientListeners(texts: ListenerTexts): ListenerConfig[] {
  const controllers = new Set(texts.controllerListenerNames.map(upperCase))
  const listeners = parseEndpoints('listeners', texts.listeners)
  const clients = listeners.filter(({ name }) => !controllers.has(name))
  if (clients.length === 0) throw new RangeError('listeners: there is none for clients')
  const protocols = protocolMap(texts.listenerSecurityProtocolMap)
  const advertised = parseAdvertised(texts.advertisedListeners ?? [], listeners, clients)
  return moved(clients, texts).map(client => ({
    ...client,
    protocol: protocolOf(client.name, protocols),
    advertised: advertised.get(client.name),
  }))
}

/**
 * Those of the node with this index, from those of the first node: ports follow each other, all
 * of a node before those of the next one; 0 stays any free port.
 */
export function listenersOfNode(
  listeners: readonly ListenerConfig[],
  index: number,
): ListenerConfig[] {
  const distance = index * listeners.length
  return listeners.map(listener => {
    const { port, advertised } = listener
    return {
      ...listener,
      port: port === 0 ? 0 : port + distance,
      advertised: advertised && moveBy(distance, advertised),
    }
  })
}

function moveBy(distance: number, { host, port }: Advertised): Advertised {
  return { host, port: port === undefined ? undefined : port + distance }
}

/** Throws a RangeError when the listeners of so many nodes have not all a port of their own. */
export function checkPorts(listeners: readonly ListenerConfig[], nodes: number): void {
  const taken = new Set<string>()
  for (let index = 0; index < nodes; index++) {
    for (const { name, host, port, advertised } of listenersOfNode(listeners, index)) {
      const last = Math.max(port, advertised?.port ?? 0)
      if (last > maxPort) {
        throw new RangeError(`brokers: ${name} of broker ${index} would be on port ${last}`)
      }
      const address = `${host}:${port}`
      if (port !== 0 && taken.has(address)) {
        throw new RangeError(`brokers: two listeners of ${nodes} brokers would be on ${address}`)
      }
      taken.add(address)
    }
  }
}

/** As they are written in `listeners`. */
export function listenersText(listeners: readonly Endpoint[]): string {
  const texts = listeners.map(({ name, host, port }) => {
    return `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`
  })
  return texts.join(',')
}

interface Endpoint {
  name: string
  host: string
  port: number
}

const endpoint = /^([^:/]+):\/\/(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^:/[\]]*)):(\d{1,5})$/
const maxPort = 65_535
const longForm = 'NAME://host:port'

function parseEndpoints(config: string, items: readonly string[], form = longForm): Endpoint[] {
  const endpoints = items.map(item => {
    const [, name, ipv6, host, port] = endpoint.exec(item) ?? []
    if (name === undefined || Number(port) > maxPort) {
      throw new RangeError(`${config}: '${item}' is not ${form}`)
    }
    return { name: upperCase(name), host: ipv6 ?? host!, port: Number(port) }
  })
  const names = endpoints.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new RangeError(`${config}: ${twice} is there twice`)
  return endpoints
}

const shortForm = /^(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^:/[\]]+))(?::(\d{1,5}))?$/

/** Where there is one listener for clients, its name need not be said; nor need its port. */
function parseAdvertised(
  items: readonly string[],
  listeners: readonly Endpoint[],
  clients: readonly Endpoint[],
): Map<string, Advertised> {
  const [, ipv6, host, port] = shortForm.exec(items[0] ?? '') ?? []
  const form = clients.length === 1 ? `${longForm}, nor host[:port]` : longForm
  const isShort = items.length === 1 && clients.length === 1 && (ipv6 ?? host) !== undefined
  const advertised = isShort
    ? [
        {
          name: clients[0]!.name,
          host: ipv6 ?? host!,
          port: port === undefined ? undefined : Number(port),
        },
      ]
    : parseEndpoints('advertised.listeners', items, form)
  return new Map(advertised.map(each => [each.name, checkAdvertised(each, listeners)]))
}

function checkAdvertised(
  { name, host, port }: Advertised & { name: string },
  listeners: readonly Endpoint[],
): Advertised {
  if (!listeners.some(listener => listener.name === name)) {
    throw new RangeError(`advertised.listeners: there is no listener ${name}`)
  }
  if (host === '' || host === '0.0.0.0' || host === '::' || port === 0 || port! > maxPort) {
    throw new RangeError(`advertised.listeners: no client can reach ${host}:${port}`)
  }
  return { host, port }
}

function protocolMap(text: string): Map<string, string> {
  return new Map(
    text.split(',').map(item => {
      const [name, protocol, ...rest] = item.split(':')
      if (!name || !protocol || rest.length > 0) {
        throw new RangeError(`listener.security.protocol.map: '${item}' is not NAME:PROTOCOL`)
      }
      return [upperCase(name.trim()), upperCase(protocol.trim())] as const
    }),
  )
}

function protocolOf(name: string, protocols: ReadonlyMap<string, string>): SecurityProtocol {
  const protocol = protocols.get(name)
  if (protocol === undefined) {
    throw new RangeError(`listeners: ${name} is not in listener.security.protocol.map`)
  }
  const known = securityProtocols.find(each => each === protocol)
  if (known !== undefined) return known
  throw new RangeError(
    `listeners: ${name} uses ${protocol}, which is none of ${securityProtocols.join(', ')}`,
  )
}

function moved(clients: readonly Endpoint[], { host, port }: ListenerTexts): readonly Endpoint[] {
  if (host === null && port === null) return clients
  if (clients.length > 1) {
    const name = port === null ? 'host' : 'port'
    throw new RangeError(`${name}: there are several listeners; set listeners instead`)
  }
  return clients.map(client => ({
    ...client,
    host: host ?? client.host,
    port: port ?? client.port,
  }))
}

function upperCase(name: string): string {
  return name.toUpperCase()
}
