/** For probes of orchestrators: the surface opens after the listeners, and closes before them. */
import type { FastifyInstance } from 'fastify'

export function healthRoutes(app: FastifyInstance): void {
  app.get('/healthz', () => ({ status: 'running' }))
  app.get('/readyz', () => ({ status: 'ready' }))
}
