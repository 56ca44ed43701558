/** What stands between a request and its handler because somebody has put it there. */
import type { Dispatched, Encode } from '../dispatch.ts'
import type { Context, Handler } from '../handler.ts'
import type { TracedRequest } from '../trace/trace.ts'
import { askedRequest } from './asked-request.ts'
import { hookedHandler } from './hooked-handler.ts'
import { injectedEncode, injectedHandler } from './inject.ts'
import type { Injection } from './injection.ts'
import type { AskedRequest } from './match.ts'

/** A request on its way. */
export interface Way {
  handler: Handler
  encode: Encode
  readonly request: unknown
  readonly context: Context
  readonly dispatched: Dispatched
  readonly traced: TracedRequest | undefined
}

/** The way of a request that meets functions of the program, or a fault; the same, if none. */
export function intervene(way: Way): Way {
  const { handler, request, context, dispatched, traced } = way
  const { faults } = context
  if (!faults.concern(handler.api.name)) return way
  const asked = askedRequest(handler.api.name, request, context)
  const injection = faults.next(asked)
  const hooks = faults.hooksFor(asked)
  if (injection === undefined && hooks.length === 0) return way
  // A request that is held back holds up those behind it, so that none overtakes it.
  dispatched.overlaps = false
  if (traced) traced.interference = injection ?? { mark: 'request hook' }
  if (injection !== undefined) tellGroups(injection, asked, way)
  const afflicted = injection ? injectedHandler(handler, injection) : handler
  return {
    ...way,
    // Who was there first sees it last, as close to the broker as it was when it came.
    handler: hooks.reduce(hookedHandler, afflicted),
    encode: injection ? injectedEncode(injection, dispatched, way.encode) : way.encode,
  }
}

/** A member that was hit is a reason why its group may rebalance. */
function tellGroups(injection: Injection, asked: AskedRequest, { request, context }: Way): void {
  const { memberId } = request as { memberId?: unknown }
  if (typeof memberId !== 'string') return
  const { clientId, clientHost, groups } = context
  injection.onceFired(() => {
    const text = `${asked.api}: ${injection.label}`
    for (const group of asked.groups)
      groups.faulted(group, { memberId, clientId, clientHost }, text)
  })
}
