/** Which listeners a container has, from what its variables and files say. */
import type { Setting } from '../config.ts'

/** Of all clients of the network; the address that they came to is the one that they are told. */
const usual = 'PLAINTEXT://:9092'

/**
 * The settings, completed so that somebody outside of the container can connect: where there are
 * no listeners, those that are advertised, on all addresses, as in apache/kafka's image, or else
 * one on 9092. What is advertised of controllers is left out, for there are none.
 */
export function withListeners(settings: readonly Setting[]): Setting[] {
  const last = (name: string): Setting | undefined =>
    settings.findLast(setting => setting.name === name)
  const advertised = last('advertised.listeners')
  const controllers = items(last('controller.listener.names')?.value ?? 'CONTROLLER')
  const forClients = items(advertised?.value ?? '').filter(item => {
    return !controllers.includes(nameOf(item).toUpperCase())
  })
  const completed = [...settings]
  if (advertised !== undefined) {
    completed.push({ ...advertised, value: forClients.join(',') })
  }
  if (last('listeners') === undefined) {
    const derived = forClients.map(onAllAddresses).filter(item => item !== undefined)
    const origin = derived.length > 0 ? advertised!.origin : 'container'
    // In front: what the command line says (--host, --port) counts more.
    completed.unshift({ name: 'listeners', value: derived.join(',') || usual, origin })
  }
  return completed
}

/** The names of listeners to which the map gives a protocol with SASL. */
export function saslListeners(settings: readonly Setting[]): string[] {
  const map = settings.findLast(({ name }) => name === 'listener.security.protocol.map')
  const pairs = items(map?.value ?? '').map(item => item.split(':'))
  return pairs.flatMap(([name, protocol = '']) => (/^SASL_/i.test(protocol) ? [name!] : []))
}

function items(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function nameOf(endpoint: string): string {
  return endpoint.split('://', 1)[0]!
}

/** Undefined for the short form, host:port without a name. */
function onAllAddresses(endpoint: string): string | undefined {
  const [, name, port] = /^([^:/]+):\/\/.*:(\d+)$/.exec(endpoint) ?? []
  return name === undefined ? undefined : `${name}://:${port}`
}
