import { isIPv4, isIPv6, SocketAddress } from 'node:net'

/**
 * An address in the one form in which it is counted: IPv6 without brackets and as short as it gets,
 * IPv4 without the IPv6 form that dual-stack listeners give it. Undefined for what is no address.
 */
export function normalAddress(text: string): string | undefined {
  const address = text.replace(/^\[(.*)\]$/, '$1')
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  const normal = new SocketAddress({ address, family: 'ipv6' }).address
  return normal.replace(/^::ffff:(?=\d+\.)/, '')
}
