import { errorCodeOf } from '../errors.ts'
import { Disconnect, type Context, type Handler } from '../handler.ts'
import type { RequestHook } from './request-hooks.ts'

/** A handler that somebody's function stands in front of. */
export function hookedHandler(handler: Handler, hook: RequestHook): Handler {
  return {
    ...handler,
    async run(body, context) {
      const { version, clientId: client, nodeId: node } = context
      let served: Promise<unknown> | undefined
      const next = (changed: unknown = body): Promise<unknown> =>
        (served ??= answerOf(handler, changed, context))
      const disconnect = (): never => {
        throw new Disconnect('a request hook has closed the connection')
      }
      const request = { api: handler.api.name, version, client, node, body, disconnect }
      const answer = await hook(request, next)
      return answer === undefined ? next() : answer
    },
  }
}

/** As the client would get it: an error is an answer as well. */
async function answerOf(handler: Handler, request: unknown, context: Context): Promise<unknown> {
  try {
    return await handler.run(request, context)
  } catch (error) {
    if (error instanceof Disconnect) throw error
    const { version, logger, clientId, clientHost } = context
    const details = { api: handler.api.name, version, clientId, clientHost }
    const code = errorCodeOf(error, logger, details)
    return handler.fail(code, request, version, handler.api, null)
  }
}
