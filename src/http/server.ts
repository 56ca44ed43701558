/** The surface over HTTP: a guard before everything, and a file for each resource. */
import type { AddressInfo, Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Address } from '../call.ts'
import type { Config } from '../config.ts'
import type { Broker } from '../broker.ts'
import type { Logger } from '../logger.ts'
import type { BrokerMemory } from '../memory/broker-memory.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { maxBodyBytes, parseBodies } from './body.ts'
import { failureOf, HttpError } from './errors.ts'
import { refusalOf, upgradeRefusal } from './guard.ts'
import { healthRoutes } from './health.ts'
import { metricsRoutes } from './metrics.ts'
import { openApi } from './openapi.ts'
import { register } from './route.ts'
import { routes } from './v1/routes.ts'
import { validate } from './validation.ts'

/** Of a client who sends nothing, and for the headers of a request. */
const idleTimeoutMs = 10_000
/** For a request to arrive as a whole: what is restored or imported may be large. */
const requestTimeoutMs = 300_000
/** How often it is looked for clients that are too slow. */
const checkIntervalMs = 1000
const maxHeaderBytes = 16_384
const maxConnections = 100

export interface HttpOptions {
  config: Config
  logger: Logger
  metrics: Metrics
  memory: BrokerMemory
  broker: () => Broker
  /** False: neither the port nor its connections keep the process alive. */
  keepsProcessAlive: boolean
}

export interface HttpServer {
  /** The port is the real one where 0 was asked for. Rejects with the system's error. */
  listen(address: Address): Promise<Address>
  /** Goes on with a connection that somebody else has accepted and paused; `start` came of it. */
  take(socket: Socket, start: Buffer): void
  close(): Promise<void>
}

export async function openHttp(options: HttpOptions): Promise<HttpServer> {
  const app = createApp()
  const { server } = app
  guard(app, options.config)
  answerErrors(app, options.logger)
  parseBodies(app)
  validate(app)
  app.setReplySerializer(answer => `${JSON.stringify(answer)}\n`)
  healthRoutes(app)
  const metrics = metricsRoutes(app, options)
  for (const route of routes) register(app, route, options)
  const document = openApi(routes)
  app.get('/v1/openapi.json', () => document)
  await app.ready()
  let taken = 0
  return {
    async listen(address) {
      await app.listen(address)
      if (!options.keepsProcessAlive) server.unref().on('connection', unref)
      const bound = server.address() as AddressInfo
      return { host: bound.address, port: bound.port }
    },
    take(socket, start) {
      // Without it, nobody would look for requests that take too long.
      if (!server.listening && taken === 0) server.emit('listening')
      if (taken >= maxConnections) {
        socket.destroy()
        return
      }
      taken++
      socket.once('close', () => taken--)
      socket.unshift(start)
      server.emit('connection', socket)
      socket.resume()
    },
    async close() {
      server.closeAllConnections()
      metrics.close()
      await app.close()
    },
  }
}

function unref(socket: Socket): void {
  socket.unref()
}

function createApp(): FastifyInstance {
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    // Names of topics and groups are longer than that of fastify's; the limit of headers holds.
    routerOptions: { maxParamLength: maxHeaderBytes },
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: idleTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
  })
  app.server.maxConnections = maxConnections
  return app
}

function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler(({ method, url }) => {
    const hint = 'See /v1/openapi.json for what there is.'
    throw new HttpError(404, 'NOT_FOUND', `there is no ${method} ${url.split('?', 1)[0]}`, hint)
  })
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const failure = failureOf(error)
    if (failure !== undefined) return reply.code(failure.status).send(failure.body)
    const { statusCode = 500, message } = error
    if (statusCode < 500) return reply.code(statusCode).send({ error: 'BAD_REQUEST', message })
    logger.error({ err: error, path: request.url }, 'a request over HTTP failed')
    return reply
      .code(statusCode)
      .send({ error: 'UNKNOWN_SERVER_ERROR', message: 'the broker failed', hint: 'See its log.' })
  })
}

function guard(app: FastifyInstance, config: Config): void {
  app.addHook('onRequest', async (request, reply) => {
    const { headers } = request
    const path = request.url.split('?', 1)[0]!
    const rules = { allowedHosts: config.httpAllowedHosts, token: config.httpToken }
    const refusal = refusalOf({ path, headers }, rules) ?? upgradeRefusal(headers)
    void reply.header('X-Content-Type-Options', 'nosniff')
    if (refusal === undefined) return
    if (refusal.status === 401) void reply.header('WWW-Authenticate', 'Bearer')
    const { status, error, message } = refusal
    await reply.code(status).send({ error, message })
  })
}
