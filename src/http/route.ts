/** A resource over HTTP: one value from which it is routed, checked, allowed and documented. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { InvalidInput } from '../admin/invalid-input.ts'
import type { Schema } from '../cli/json-schema.ts'
import type { Services } from '../handler.ts'
import { HttpError } from './errors.ts'
import type { HttpOptions } from './server.ts'

/**
 * Who may: everybody who gets past the guard ('read'); on brokers that are not for development only
 * with a token ('records'); nobody at all there ('development').
 */
export type Access = 'read' | 'records' | 'development'

export interface Answer {
  readonly description: string
  readonly schema?: Schema<unknown>
  /** 'application/json' if it is not given. */
  readonly type?: string
}

export interface Request<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

/** What a route can reach. */
export interface HttpCall extends HttpOptions {
  /** Aborted when the client is gone, or the broker closes. */
  readonly signal: AbortSignal
  readonly reply: FastifyReply
}

export interface RouteOf<Params, Query, Body> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** As OpenAPI writes it: '/v1/topics/{topic}'. */
  readonly path: string
  /** A short sentence without a stop. */
  readonly summary: string
  readonly access: Access
  readonly params?: Schema<Params>
  readonly query?: Schema<Query>
  readonly body?: Schema<Body>
  /** What `run` calls says better what is wrong with the body than its schema. */
  readonly checksBody?: true
  /** Another type than JSON: the body is a stream, and `run` reads it. */
  readonly bodyType?: string
  /** By status: the first is what `run` gives. */
  readonly answers: Readonly<Record<number, Answer>>
  /** A value becomes JSON; a stream is sent as it is. */
  run(request: Request<Params, Query, Body>, call: HttpCall): unknown
}

export type Route = RouteOf<unknown, unknown, unknown>

/** Schemas say what `run` gets. */
export function route<Params = unknown, Query = unknown, Body = unknown>(
  declaration: RouteOf<Params, Query, Body>,
): Route {
  return declaration
}

export function register(app: FastifyInstance, route: Route, options: HttpOptions): void {
  const { method, path, params, query, body, checksBody, bodyType, answers } = route
  const status = Number(Object.keys(answers)[0])
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    schema: {
      ...(params && { params: params.json }),
      ...(query && { querystring: query.json }),
      ...(body && !checksBody && { body: body.json }),
    },
    config: { isStreamed: bodyType !== undefined },
    onRequest: async () => checkAccess(route, options.broker().services),
    handler: async (request, reply) => {
      if (bodyType !== undefined && request.body === undefined) {
        throw new InvalidInput(`the body is empty: ${method} ${path} takes ${bodyType}`)
      }
      // Who waits for an answer is not idle; who has not sent all that it has to say, is.
      const mayWait = (): void => void reply.raw.socket?.setTimeout(0)
      if (request.raw.complete) mayWait()
      else request.raw.once('end', mayWait)
      const abort = new AbortController()
      reply.raw.once('close', () => abort.abort())
      const call: HttpCall = { ...options, signal: abort.signal, reply }
      const answer = await route.run(request, call)
      void reply.code(status)
      return answer
    },
  })
}

const howToDevelop =
  'Start the broker with --dev, or with startBroker() in a test; both are for data that may go.'

/** Throws an HttpError. */
function checkAccess({ access, method, path }: Route, { config }: Services): void {
  if (access === 'read' || config.development) return
  if (access === 'records') {
    if (config.httpToken !== null) return
    const hint = 'Set http.token, or start the broker with --dev.'
    throw new HttpError(403, 'TOKEN_NEEDED', 'records are shown to who has a token only', hint)
  }
  const message = `${method} ${path} is for brokers that are started for development`
  throw new HttpError(403, 'DEVELOPMENT_ONLY', message, howToDevelop)
}
