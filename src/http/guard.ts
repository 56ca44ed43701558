/**
 * Who may ask over HTTP. A page in a browser can send requests to loopback, also by a name of its
 * own that it lets stand for 127.0.0.1 (DNS rebinding): so requests count only under names that
 * nobody else can give, and not from pages of other origins.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'

export interface GuardRules {
  /** Besides localhost and addresses. */
  readonly allowedHosts: readonly string[]
  /** Null: nobody needs one. */
  readonly token: string | null
}

export interface GuardedRequest {
  readonly path: string
  readonly headers: {
    readonly host?: string | undefined
    readonly origin?: string | undefined
    readonly authorization?: string | undefined
    readonly 'sec-fetch-site'?: string | string[] | undefined
  }
}

export interface Refusal {
  readonly status: 400 | 401 | 403 | 421
  readonly error: string
  readonly message: string
}

/** Probes of an orchestrator have no token, and learn nothing but that it runs. */
const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/** Why the request is refused, or undefined where it may go on. */
export function refusalOf(
  { path, headers }: GuardedRequest,
  { allowedHosts, token }: GuardRules,
): Refusal | undefined {
  const host = hostName(`http://${headers.host ?? ''}`) ?? ''
  if (host !== 'localhost' && !isAddress(host) && !allowedHosts.includes(host)) {
    const message = 'this is not the host that the request names: add it to http.allowed.hosts'
    return { status: 421, error: 'UNKNOWN_HOST', message }
  }
  const { origin, 'sec-fetch-site': site } = headers
  // A page may come from any address: only this machine's and this host's own are no strangers.
  const isOwn = (page: string): boolean =>
    page === host || isLoopback(page) || allowedHosts.includes(page)
  const isForeign = origin !== undefined && !isOwn(hostName(origin) ?? '')
  if (isForeign || site === 'cross-site') {
    const message = 'requests from pages of other origins are refused'
    return { status: 403, error: 'FOREIGN_ORIGIN', message }
  }
  if (token === null || openPaths.has(path)) return undefined
  if (isBearer(headers.authorization, token)) return undefined
  const message = 'the header "Authorization: Bearer <http.token>" is needed'
  return { status: 401, error: 'TOKEN_NEEDED', message }
}

/** WebSockets; HTTP/2 is only offered by its clients, who go on without. */
export function upgradeRefusal({ upgrade }: { upgrade?: string | undefined }): Refusal | undefined {
  if (upgrade === undefined || !/\bwebsocket\b/i.test(upgrade)) return undefined
  const message = 'there are no WebSockets here: records are streamed as Server-Sent Events.'
  return { status: 400, error: 'NO_WEBSOCKETS', message }
}

/** In small letters and without the port; undefined where there is none. */
function hostName(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

/** An address is no name that somebody else could give. */
function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0
}

/** As URLs write them. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Takes as long whatever is shown. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const shown = /^Bearer (.*)$/i.exec(authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(shown), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
