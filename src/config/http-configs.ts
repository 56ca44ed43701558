/** The surface over HTTP: metrics and health. */
import { int, list, string, type Definitions } from './definition.ts'

export const httpConfigs = {
  'http.port': int({
    default: null,
    min: 0,
    max: 65_535,
    flag: '--http-port <number>',
    doc: 'Port for metrics and health over HTTP; 0: any free one. If not set, there is none.',
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
} satisfies Definitions

const minTokenLength = 16

interface HttpValues {
  readonly httpPort: number | null
  readonly httpHost: string
  readonly httpToken: string | null
}

/** Throws a RangeError that begins with the config's name. */
export function checkHttp({ httpPort, httpHost, httpToken }: HttpValues): void {
  if (httpPort === null) return
  if (httpToken !== null && httpToken.length < minTokenLength) {
    throw new RangeError(`http.token: shorter than ${minTokenLength} characters`)
  }
  if (httpToken === null && !isLoopback(httpHost)) {
    throw new RangeError(
      `http.host: ${httpHost} is beyond loopback, where http.token has to be set as well`,
    )
  }
}

/** An address or name that only this machine reaches. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}
