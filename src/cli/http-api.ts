/** What only Odradek can do is asked for over HTTP, on the address of the broker itself. */
import { Option } from 'commander'
import { parseBootstrapServers, addressText } from '../client/address.ts'
import { createClientConfig } from '../client/settings.ts'
import { connectionSettings, type ConnectionFlags } from './connection.ts'
import { Failure } from './failure.ts'

export interface HttpFlags extends ConnectionFlags {
  readonly http?: string
}

const urlVariable = 'ODRADEK_HTTP_URL'
const tokenVariable = 'ODRADEK_HTTP_TOKEN'

export const httpOption = new Option(
  '--http <url>',
  `Where it answers HTTP, if not on its port. Else ${urlVariable}; a token in ${tokenVariable}.`,
)

type Method = 'GET' | 'POST' | 'DELETE'

/** What is sent: JSON, or the bytes of a file. */
type Sent = { readonly json: unknown } | { readonly bytes: AsyncIterable<Uint8Array> }

/** The answer's JSON. Throws a Failure, also where a broker does not answer HTTP. */
export async function ask<T>(
  flags: HttpFlags,
  method: Method,
  path: string,
  sent?: Sent,
): Promise<T> {
  const text = await (await request(flags, method, path, sent)).text()
  return (text === '' ? {} : JSON.parse(text)) as T
}

/** The answer, whose body is not read yet. */
export async function request(
  flags: HttpFlags,
  method: Method,
  path: string,
  sent?: Sent,
): Promise<Response> {
  const base = httpBase(flags)
  const token = process.env[tokenVariable]
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { body, type } = bodyOf(sent)
  let response: Response
  try {
    response = await fetch(new URL(path, base), {
      method,
      headers: { ...authorization, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    })
  } catch (error) {
    throw unreached(base, error)
  }
  if (!response.ok) throw await refused(response, base)
  return response
}

function bodyOf(sent: Sent | undefined) {
  if (sent === undefined) return {}
  if ('json' in sent) return { body: JSON.stringify(sent.json), type: 'application/json' }
  return { body: ReadableStream.from(sent.bytes), type: 'application/octet-stream' }
}

/** Throws a Failure for what is no URL. */
function httpBase(flags: HttpFlags): URL {
  const given = flags.http ?? process.env[urlVariable]
  const { bootstrapServers } = createClientConfig(connectionSettings(flags))
  const base = given ?? `http://${addressText(parseBootstrapServers(bootstrapServers)[0]!)}`
  if (URL.canParse(base) && /^https?:/.test(base)) return new URL(base)
  throw new Failure(`${base}: not an address of HTTP, like http://localhost:8080`, 2)
}

function unreached(base: URL, error: unknown): Failure {
  const { code } = ((error as Error).cause ?? {}) as { code?: string }
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') {
    const why = code === 'ENOTFOUND' ? 'there is no such host' : 'nobody listens there'
    return new Failure(`cannot connect to ${base.host}: ${why}. 'odradek --dev' starts a broker`, 3)
  }
  return new Failure(
    `${base.host} does not answer HTTP: only Odradek does, if it was started with --dev or` +
      ' --http-port (then name it by --http)',
    3,
    error,
  )
}

interface ErrorAnswer {
  error?: string
  message?: string
  hint?: string
}

async function refused(response: Response, base: URL): Promise<Failure> {
  const text = await response.text()
  const { error, message, hint } = parsed(text)
  if (message === undefined) {
    return new Failure(`${base.host} answers ${response.status}: it is no Odradek`, 1)
  }
  const said = hint === undefined ? message : `${message}. ${hint}`
  return new Failure(said, exitCodeOf(response.status, error))
}

function exitCodeOf(status: number, error: string | undefined): 1 | 2 | 4 {
  if (status === 408) return 4
  return error === 'INVALID_INPUT' ? 2 : 1
}

function parsed(text: string): ErrorAnswer {
  try {
    return JSON.parse(text) as ErrorAnswer
  } catch {
    return {}
  }
}
