/** How many connections there may be (Kafka: SocketServerConfigs). */
import { int, string, type Definitions } from './definition.ts'
import type { Overrides } from './effective.ts'

const unlimited = 2 ** 31 - 1

/** Of all listeners together, and of each by itself. */
export const listenerConnectionConfigs = {
  'max.connections': int({
    default: unlimited,
    dynamic: 'cluster',
    min: 0,
    doc: 'Connections at the same time; more are closed when they come.',
  }),
  'max.connection.creation.rate': int({
    default: unlimited,
    dynamic: 'cluster',
    min: 0,
    doc: 'New connections in a second; further ones wait for their turn.',
  }),
} satisfies Definitions

export const connectionConfigs = {
  ...listenerConnectionConfigs,
  'max.connections.per.ip': int({
    default: unlimited,
    dynamic: 'cluster',
    min: 0,
    doc: 'Connections from one address at the same time; more are closed when they come.',
  }),
  'max.connections.per.ip.overrides': string({
    default: '',
    dynamic: 'cluster',
    form: {
      pattern: /^\s*$|^\s*[\w.:-]+\s*:\s*\d{1,9}\s*(,\s*[\w.:-]+\s*:\s*\d{1,9}\s*)*$/,
      text: 'HOST:COUNT, with commas in between',
    },
    doc: 'The same for some addresses or hosts, as HOST:COUNT.',
  }),
} satisfies Definitions

/** Throws a RangeError where nobody at all might connect. */
export function checkConnectionConfigs(overrides: Overrides): void {
  const [perIp, ofSome] = ['max.connections.per.ip', 'max.connections.per.ip.overrides'] as const
  if (overrides[perIp] !== '0' || overrides[ofSome]?.trim()) return
  throw new RangeError(`${perIp}: can be set to zero only if ${ofSome} is set`)
}
