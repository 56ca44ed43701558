/** The surface over HTTP. */
import { bool, int, list, oneOf, string, type Definitions } from './definition.ts'
import type { ListenerConfig } from './listeners.ts'
import { isLoopback } from './loopback.ts'

export const httpConfigs = {
  'http.port': int({
    default: null,
    min: 0,
    max: 65_535,
    flag: '--http-port <number>',
    doc: 'Port of its own for HTTP; 0: any free one. If not set, there is none.',
  }),
  'http.on.kafka.port': oneOf(['none', 'loopback', 'all'], {
    default: 'none',
    doc: 'PLAINTEXT listeners that answer HTTP as well: none, those on loopback, or all.',
  }),
  'http.host': string({
    default: '127.0.0.1',
    doc: 'Address for HTTP. Beyond loopback, http.token has to be set.',
  }),
  'http.allowed.hosts': list({
    default: '',
    doc: 'Names by which this host may be asked over HTTP, besides localhost and its addresses.',
  }),
  'http.token': string(
    {
      default: null,
      doc: 'What clients of HTTP show as bearer token; asked of all but /healthz and /readyz.',
    },
    'PASSWORD',
  ),
  'http.insecure': bool({
    default: false,
    doc: 'Answer HTTP beyond loopback without a token: to everybody who reaches the port.',
  }),
} satisfies Definitions

const minTokenLength = 16

interface HttpValues {
  readonly httpPort: number | null
  readonly httpHost: string
  readonly httpToken: string | null
  readonly httpInsecure: boolean
  readonly httpOnKafkaPort: 'none' | 'loopback' | 'all'
  readonly listeners: readonly Pick<ListenerConfig, 'protocol' | 'host'>[]
}

/** Throws a RangeError that begins with the config's name. */
export function checkHttp(values: HttpValues): void {
  const { httpPort, httpHost, httpToken, httpInsecure, httpOnKafkaPort, listeners } = values
  if (httpToken !== null && httpToken.length < minTokenLength) {
    throw new RangeError(`http.token: shorter than ${minTokenLength} characters`)
  }
  if (httpToken !== null || httpInsecure) return
  const shared = listeners.find(each => sharesPort(each, httpOnKafkaPort) && !isLoopback(each.host))
  const [config, host] =
    shared === undefined ? ['http.host', httpHost] : ['http.on.kafka.port', shared.host || '*']
  if (shared === undefined && (httpPort === null || isLoopback(httpHost))) return
  throw new RangeError(
    `${config}: ${host} is beyond loopback, where http.token has to be set as well` +
      ' (or http.insecure=true, where everybody who reaches the port may do everything)',
  )
}

/** Whether HTTP is answered on the port of this listener. */
export function sharesPort(
  { protocol, host }: HttpValues['listeners'][number],
  httpOnKafkaPort: HttpValues['httpOnKafkaPort'],
): boolean {
  if (protocol !== 'PLAINTEXT' || httpOnKafkaPort === 'none') return false
  return httpOnKafkaPort === 'all' || isLoopback(host)
}
