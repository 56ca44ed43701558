/** What stands between a request and its handler because somebody has put it there. */
import type { Dispatched, Encode } from '../dispatch.ts'
import type { Context, Handler } from '../handler.ts'
import type { TracedRequest } from '../trace/trace.ts'
import { askedRequest } from './asked-request.ts'
import { injectedEncode, injectedHandler } from './inject.ts'

/** A request on its way. */
export interface Way {
  handler: Handler
  encode: Encode
  readonly request: unknown
  readonly context: Context
  readonly dispatched: Dispatched
  readonly traced: TracedRequest | undefined
}

/** The way of a request that meets a fault; the same, if it meets none. */
export function intervene(way: Way): Way {
  const { handler, request, context, dispatched, traced } = way
  const injection = context.faults.next(askedRequest(handler.api.name, request, context))
  if (injection === undefined) return way
  // A request that is held back holds up those behind it, so that none overtakes it.
  dispatched.overlaps = false
  if (traced) traced.interference = injection
  return {
    ...way,
    handler: injectedHandler(handler, injection),
    encode: injectedEncode(injection, dispatched, way.encode),
  }
}
