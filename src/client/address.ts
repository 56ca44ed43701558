/** Addresses of brokers: `host:port`, `[ipv6]:port`; several between commas (ClientUtils). */

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

const defaultPort = 9092
/** A bare address of IPv6 has no port that could be told from it. */
const bareIpv6 = /^[0-9a-fA-F]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*$/
const form = /^(?:\w+:\/\/)?(?:\[([^\]]+)\]|([^\s:/[\]]+))(?::(\d+))?$/

/** Without a port it is 9092. Throws a RangeError. */
export function parseBootstrapServers(text: string): BrokerAddress[] {
  const addresses = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(parseAddress)
  if (addresses.length === 0) throw new RangeError('no bootstrap server: give host:port')
  return addresses
}

function parseAddress(text: string): BrokerAddress {
  if (bareIpv6.test(text)) return { host: text, port: defaultPort }
  const [, bracketed, name, digits] = form.exec(text) ?? []
  const host = bracketed ?? name
  const port = digits === undefined ? defaultPort : Number(digits)
  if (host === undefined || port < 1 || port > 65_535) {
    throw new RangeError(`${text}: not an address of a broker; write host:port or [ipv6]:port`)
  }
  return { host, port }
}

export function addressText({ host, port }: BrokerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
