/** The surface over HTTP: a guard before everything, and a file for each resource. */
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Address } from '../call.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { refusalOf } from './guard.ts'
import { healthRoutes } from './health.ts'
import { metricsRoutes, type MetricsSource } from './metrics.ts'

/** A slow client holds a connection no longer than that. */
const requestTimeoutMs = 10_000
const maxBodyBytes = 1_048_576
const maxHeaderBytes = 16_384
const maxConnections = 100

export interface HttpOptions {
  config: Pick<Config, 'httpHost' | 'httpAllowedHosts' | 'httpToken'>
  port: number
  logger: Logger
  services: () => MetricsSource
}

export interface HttpServer {
  /** Where it listens; the port is the real one where 0 was asked for. */
  readonly address: Address
  close(): Promise<void>
}

/** Listens. Rejects with the system's error (EADDRINUSE, EACCES, …). */
export async function listenHttp(options: HttpOptions): Promise<HttpServer> {
  const { config, port, logger, services } = options
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: requestTimeoutMs },
  })
  app.server.maxConnections = maxConnections
  guard(app, config)
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'There is nothing here.' }))
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const { statusCode = 500 } = error
    if (statusCode < 500) return reply.code(statusCode).send({ error: error.message })
    logger.error({ err: error, path: request.url }, 'a request over HTTP failed')
    return reply.code(statusCode).send({ error: 'The broker failed: see its log.' })
  })
  healthRoutes(app)
  metricsRoutes(app, services)
  await app.listen({ host: config.httpHost, port })
  const bound = app.server.address() as AddressInfo
  return { address: { host: bound.address, port: bound.port }, close: () => app.close() }
}

function guard(app: FastifyInstance, config: HttpOptions['config']): void {
  app.addHook('onRequest', async (request, reply) => {
    const { headers } = request
    const path = request.url.split('?', 1)[0]!
    const rules = { allowedHosts: config.httpAllowedHosts, token: config.httpToken }
    const refusal = refusalOf({ path, headers }, rules)
    void reply.header('X-Content-Type-Options', 'nosniff')
    if (refusal === undefined) return
    if (refusal.status === 401) void reply.header('WWW-Authenticate', 'Bearer')
    await reply.code(refusal.status).send({ error: refusal.message })
  })
}
