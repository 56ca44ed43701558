/** The surface over HTTP: a guard before everything, and a file for each resource. */
import type { AddressInfo, Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Address } from '../call.ts'
import type { Config } from '../config.ts'
import type { Services } from '../handler.ts'
import type { Logger } from '../logger.ts'
import { refusalOf, upgradeRefusal } from './guard.ts'
import { healthRoutes } from './health.ts'
import { metricsRoutes } from './metrics.ts'

/** A slow client holds a connection no longer than that. */
const requestTimeoutMs = 10_000
/** How often it is looked for clients that are too slow. */
const checkIntervalMs = 1000
const maxBodyBytes = 1_048_576
const maxHeaderBytes = 16_384
const maxConnections = 100

export interface HttpOptions {
  config: Config
  logger: Logger
  /** Of the state that there is just now: nobody keeps them. */
  services: () => Services
}

export interface HttpServer {
  /** The port is the real one where 0 was asked for. Rejects with the system's error. */
  listen(address: Address): Promise<Address>
  /** Goes on with a connection that somebody else has accepted and paused; `start` came of it. */
  take(socket: Socket, start: Buffer): void
  close(): Promise<void>
}

export async function openHttp({ config, logger, services }: HttpOptions): Promise<HttpServer> {
  const app = createApp()
  const { server } = app
  guard(app, config)
  answerErrors(app, logger)
  healthRoutes(app)
  metricsRoutes(app, services)
  await app.ready()
  let taken = 0
  return {
    async listen(address) {
      await app.listen(address)
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
      await app.close()
    },
  }
}

function createApp(): FastifyInstance {
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
  })
  app.server.maxConnections = maxConnections
  return app
}

function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'There is nothing here.' }))
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const { statusCode = 500 } = error
    if (statusCode < 500) return reply.code(statusCode).send({ error: error.message })
    logger.error({ err: error, path: request.url }, 'a request over HTTP failed')
    return reply.code(statusCode).send({ error: 'The broker failed: see its log.' })
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
    await reply.code(refusal.status).send({ error: refusal.message })
  })
}
