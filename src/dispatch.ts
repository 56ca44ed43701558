/**
 * From a frame to its reply: header, handler, decode, run, encode. The only place that turns errors
 * into replies.
 */
import type { Api } from '../protocol/api.ts'
import { errors } from '../protocol/errors.ts'
import { readRequestRest, readRequestStart, writeResponseHeader } from '../protocol/header.ts'
import { Reader, WireError, Writer } from '../protocol/wire.ts'
import type { Services } from './broker.ts'
import { errorCodeOf } from './errors.ts'

/** What a handler knows of the request besides its body. */
export interface Call {
  readonly version: number
  readonly clientId: string
  /** The client's address, in Kafka's form: '/127.0.0.1'. */
  readonly clientHost: string
  /** Where this client is told to find this broker. */
  readonly advertised: { readonly host: string; readonly port: number }
  /** Aborted when nobody waits for the reply any more. */
  readonly closed: AbortSignal
}

export type Context = Services & Call

export interface Handler {
  readonly api: Api
  /** The next request of the connection may start before this one is answered. */
  readonly overlaps: boolean
  run(request: unknown, context: Context): unknown
  fail(errorCode: number, request: unknown, version: number): unknown
}

/**
 * Declares the handler of an API. `run` does everything that fixes order before its first await;
 * undefined means that this request gets no reply. `fail` makes the reply for an error that holds
 * for the whole request.
 */
export function handle<Request, RequestIn, Response, ResponseIn>(
  api: Api<Request, RequestIn, Response, ResponseIn>,
  handler: {
    run(
      request: Request,
      context: Context,
    ): ResponseIn | undefined | Promise<ResponseIn | undefined>
    fail(errorCode: number, request: Request, version: number): ResponseIn
    overlaps?: boolean
  },
): Handler {
  return { overlaps: false, ...handler, api } as unknown as Handler
}

/** Thrown by a handler whose client gets no error reply and must notice: closes the connection. */
export class Disconnect extends Error {
  override readonly name = 'Disconnect'
}

/** The reply's frame in parts, or undefined where there is none. */
export type Reply = Buffer[] | undefined

export interface Dispatched {
  reply: Reply | Promise<Reply>
  overlaps: boolean
}

export type Dispatch = (frame: Buffer, call: Omit<Call, 'version' | 'clientId'>) => Dispatched

/** A WireError or a Disconnect from the function or its promise means: close the connection. */
export function createDispatch(handlers: readonly Handler[], services: Services): Dispatch {
  const byKey = new Map(handlers.map(handler => [handler.api.key, handler]))
  return (frame, call) => {
    const reader = new Reader(frame)
    const { apiKey, apiVersion } = readRequestStart(reader)
    const handler = byKey.get(apiKey)
    if (handler === undefined) throw new WireError(`unknown API key ${apiKey}`)
    const { api } = handler
    if (apiVersion < api.versions[0] || apiVersion > api.versions[1]) {
      return { reply: refuseVersion(handler, apiVersion, reader), overlaps: false }
    }
    const { correlationId, clientId } = readRequestRest(reader, api.isFlexible(apiVersion))
    const request = api.requestCodec(apiVersion).decode(reader)
    const context = { ...services, ...call, version: apiVersion, clientId }
    const reply = run(handler, request, context, response =>
      encodeReply(api, apiVersion, correlationId, response),
    )
    return { reply, overlaps: handler.overlaps }
  }
}

/**
 * An ApiVersions request of a version that we do not know is answered in version 0, so that the
 * client learns what we do know (KIP-511). Anything else is not readable.
 */
function refuseVersion({ api, fail }: Handler, version: number, reader: Reader): Reply {
  if (api.name !== 'ApiVersions') throw new WireError(`${api.name} v${version} is not supported`)
  const correlationId = reader.int32()
  return encodeReply(api, 0, correlationId, fail(errors.UNSUPPORTED_VERSION, undefined, 0))
}

function run(
  handler: Handler,
  request: unknown,
  context: Context,
  encode: (response: unknown) => Reply,
): Reply | Promise<Reply> {
  const failed = (error: unknown): Reply => {
    if (error instanceof Disconnect || error instanceof WireError) throw error
    const { logger, version, clientId, clientHost } = context
    const details = { api: handler.api.name, version, clientId, clientHost }
    return encode(handler.fail(errorCodeOf(error, logger, details), request, version))
  }
  try {
    const response = handler.run(request, context)
    return response instanceof Promise ? response.then(encode).catch(failed) : encode(response)
  } catch (error) {
    return failed(error)
  }
}

const sizeBytes = 4

function encodeReply(api: Api, version: number, correlationId: number, response: unknown): Reply {
  if (response === undefined) return undefined
  const writer = new Writer()
  writer.int32(0)
  writeResponseHeader(writer, correlationId, api.hasFlexibleResponseHeader(version))
  api.responseCodec(version).encode(writer, response as never)
  const bytes = writer.length
  const parts = writer.finish()
  parts[0]!.writeInt32BE(bytes - sizeBytes, 0)
  return parts
}
