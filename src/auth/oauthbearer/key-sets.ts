import type { Clock } from '../../clock.ts'
import type { ListenerSettings } from '../../config/listener-configs.ts'
import type { Logger } from '../../logger.ts'
import type { Jwks } from './jwks.ts'

/** An answer that takes longer is none. */
const timeoutMs = 10_000
/** Of a set of keys; one key takes less than a kilobyte. */
const maxBytes = 1024 * 1024

interface Options {
  clock: Clock
  logger: Logger
}

type JwksSettings = Pick<
  ListenerSettings,
  | 'saslOauthbearerJwksEndpointRefreshMs'
  | 'saslOauthbearerJwksEndpointRetryBackoffMs'
  | 'saslOauthbearerJwksEndpointRetryBackoffMaxMs'
>

/** The keys of a listener by where they are: they outlive a change of its configs. */
export class KeySets {
  readonly #options: Options
  readonly #byUrl = new Map<string, Promise<Jwks>>()

  constructor(options: Options) {
    this.#options = options
  }

  of(url: string, settings: JwksSettings): Promise<Jwks> {
    const known = this.#byUrl.get(url)
    if (known !== undefined) return known
    const opened = this.#open(url, settings)
    this.#byUrl.set(url, opened)
    return opened
  }

  async #open(url: string, settings: JwksSettings): Promise<Jwks> {
    const { Jwks } = await import('./jwks.ts')
    const { clock } = this.#options
    const isFile = new URL(url).protocol === 'file:'
    const keys = new Jwks({
      ...this.#options,
      url,
      read: isFile ? () => readFile(url) : () => download(url, clock),
      // A file is near: it is looked at for each token.
      refreshMs: isFile ? 0 : settings.saslOauthbearerJwksEndpointRefreshMs,
      retryBackoffMs: settings.saslOauthbearerJwksEndpointRetryBackoffMs,
      retryBackoffMaxMs: settings.saslOauthbearerJwksEndpointRetryBackoffMaxMs,
    })
    void keys.refresh()
    return keys
  }
}

async function readFile(url: string): Promise<string> {
  const { fileURLToPath } = await import('node:url')
  const { nodeFs } = await import('../../../storage/file/fs.ts')
  return (await nodeFs.readFile(fileURLToPath(url))).toString('utf8')
}

/** Goes where the operator says, and nowhere from there. */
async function download(url: string, clock: Clock): Promise<string> {
  const abort = new AbortController()
  const timer = clock.after(timeoutMs, () => {
    abort.abort(new Error(`no answer within ${timeoutMs} ms`))
  })
  try {
    const headers = { accept: 'application/json' }
    const response = await fetch(url, { redirect: 'error', headers, signal: abort.signal })
    if (!response.ok || response.body === null) throw new Error(`HTTP status ${response.status}`)
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    // What fetch itself says is that it has failed.
    throw (error as Error).cause ?? error
  } finally {
    abort.abort()
    timer.cancel()
  }
}
