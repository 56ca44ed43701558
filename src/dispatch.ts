/**
 * From a frame to its reply: header, handler, decode, run, encode. The only place that turns errors
 * into replies.
 */
import type { Api, ApiRange } from '../protocol/api.ts'
import { errorName, KafkaError } from '../protocol/errors.ts'
import { readRequestRest, readRequestStart, writeResponseHeader } from '../protocol/header.ts'
import { Reader, WireError, Writer } from '../protocol/wire.ts'
import { changesOf } from './audit/changes.ts'
import { clusterName } from './auth/acl-codes.ts'
import type { Principal } from './auth/principal.ts'
import { requestRule } from './auth/required.ts'
import type { SaslSession } from './auth/sasl/session.ts'
import type { Call } from './call.ts'
import { errorCodeOf } from './errors.ts'
import { dispatchedLater } from './dispatched-later.ts'
import type { Way } from './faults/intervene.ts'
import { Disconnect, type Context, type Handler, type Services } from './handler.ts'
import type { ServedApi } from './served-api.ts'
import { throttledEncode } from './throttling/throttled-encode.ts'

/** The reply's frame in parts, or undefined where there is none. */
export type Reply = Buffer[] | undefined

export interface Dispatched {
  reply: Reply | Promise<Reply>
  overlaps: boolean
  /** As the request names its sender. */
  clientId: string
  /** See Call.onSent; known when there is the reply. */
  sent?: () => void
  /** For so long after its reply, nothing of the connection is read or started (KIP-219). */
  muteMs?: number
  /** The connection closes so long after its reply. */
  closeAfterMs?: number
  /** To be told how long it took to write the reply; where nobody measures, it is not there. */
  written?: (writeMs: number) => void
}

/** What a connection knows of its requests. */
export interface Caller extends Omit<
  Call,
  'version' | 'clientId' | 'onSent' | 'principal' | 'sasl' | 'throttle'
> {
  /** Changes when the client authenticates itself. */
  principal: Principal
  sasl?: SaslSession
  /** See `LateConsumers`: when its first request came, and whether it does as consumers do. */
  era?: number
  consumes?: boolean
}

/** Takes the requests of one connection. */
export type Requests = (frame: Buffer) => Dispatched

/** With a refusal, the request is answered with it and does not run. */
export type Dispatch = (frame: Buffer, caller: Caller, refusal?: KafkaError) => Dispatched

/** The reply with this response; `isRefused`: it is for an error of the whole request. */
export type Encode = (response: unknown, isRefused?: boolean) => Reply

/** A WireError or a Disconnect from the function or its promise means: close the connection. */
export function createDispatch(served: readonly ServedApi[], services: Services): Dispatch {
  const byKey = new Map(served.map(api => [api.key, api]))
  const dispatch: Dispatch = (frame, caller, refusal) => {
    const reader = new Reader(frame)
    const { apiKey, apiVersion } = readRequestStart(reader)
    const range = byKey.get(apiKey)
    if (range === undefined) throw new WireError(`unknown API key ${apiKey}`)
    const isKnown = apiVersion >= range.versions[0] && apiVersion <= range.versions[1]
    if (!isKnown && range.name !== 'ApiVersions') {
      throw new WireError(`${range.name} v${apiVersion} is not supported`)
    }
    const { handler } = range.code
    const { faults, trace, throttles, requestMetrics } = services
    const loading = handler === undefined ? range.code.load() : faults.loading
    if (handler === undefined || loading !== undefined) {
      // Without tags, if there are any: the client's id stands before them.
      const { clientId } = readRequestRest(reader, false)
      const again = (): Dispatched => dispatch(frame, caller, refusal)
      return dispatchedLater(loading!, clientId, again)
    }
    const { api } = handler
    const { correlationId, clientId } = readRequestRest(reader, api.isFlexible(apiVersion))
    if (!isKnown) {
      const reply = refuseVersion(handler, range, correlationId, refusal)
      return { reply, overlaps: false, clientId }
    }
    const metrics = requestMetrics?.of(api)
    const beganMs = metrics && services.realClock.monotonic()
    const asked = { name: api.name, version: apiVersion, frameBytes: frame.length }
    const throttle =
      throttles.isActive && !caller.sasl?.isAuthenticating
        ? throttles.begin(asked, { user: caller.principal.name, clientId })
        : undefined
    const request = api.requestCodec(apiVersion).decode(reader)
    const overlaps = handler.overlaps && !throttle?.isThrottled
    const dispatched: Dispatched = { reply: undefined, overlaps, clientId }
    if (handler.releasesRequest) dispatched.sent = () => services.buffers.give(frame)
    const onSent = (callback: () => void): void => {
      dispatched.sent = callback
    }
    const context = { ...services, ...caller, version: apiVersion, clientId, onSent, throttle }
    const { name } = api
    const traced = trace?.begin({ api: name, version: apiVersion, clientId, request }, caller)
    const encode: Encode = response => {
      tellChanges(name, request, response, context)
      traced?.answered(response)
      metrics?.answered(services.realClock.monotonic() - beganMs!, response)
      return encodeReply(api, apiVersion, correlationId, response)
    }
    const encodeFor = throttle ? throttledEncode(throttle, dispatched, encode) : encode
    const asks = refusal === undefined ? handler : { ...handler, run: thrower(refusal) }
    const way = { handler: asks, encode: encodeFor, request, context, dispatched, traced }
    dispatched.reply = run(refusal === undefined ? intervened(way, caller) : way, range)
    throttle?.pause()
    return dispatched
  }
  return dispatch
}

/** Where nobody can have put anything in its way, nobody looks for it. */
function intervened(way: Way, caller: Caller): Way {
  const { config, faults, lateConsumers } = way.context
  const afflicted = faults.intervene(way)
  return config.development ? lateConsumers.intervene(afflicted, caller) : afflicted
}

/**
 * An ApiVersions request of a version that we do not know is answered in version 0, so that the
 * client learns what we do know (KIP-511).
 */
function refuseVersion(
  { api, fail }: Handler,
  range: ApiRange,
  correlationId: number,
  refusal = new KafkaError('UNSUPPORTED_VERSION'),
): Reply {
  return encodeReply(api, 0, correlationId, fail(refusal.code, undefined, 0, range, null))
}

function tellChanges(api: string, request: unknown, response: unknown, context: Context): void {
  for (const { type, name, errorCode, changed = [] } of changesOf(api, request, response)) {
    const resource = { type, name }
    const event = { type: 'change' as const, actor: context, api, resource, changed }
    if (errorCode === 0) context.audit.record({ ...event, outcome: 'success' })
    else context.audit.record({ ...event, outcome: 'failure', error: errorName(errorCode) })
  }
}

function thrower(error: KafkaError): () => never {
  return () => {
    throw error
  }
}

function run(way: Way, range: ApiRange): Reply | Promise<Reply> {
  const { handler, request, context, encode } = way
  const failed = (error: unknown, denial: string | null = null): Reply => {
    if (error instanceof Disconnect || error instanceof WireError) throw error
    const { logger, version, clientId, clientHost } = context
    const details = { api: range.name, version, clientId, clientHost }
    const errorCode = errorCodeOf(error, logger, details)
    return encode(handler.fail(errorCode, request, version, range, denial), true)
  }
  try {
    const rule = requestRule(range.name)
    if (rule && !context.authorizer.allows(context, rule, clusterName)) {
      const denial = `This takes the right ${rule.operation} on the cluster.`
      return failed(new KafkaError('CLUSTER_AUTHORIZATION_FAILED'), denial)
    }
    const response = handler.run(request, context)
    return response instanceof Promise
      ? response.then(encode).catch(error => failed(error))
      : encode(response)
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
