/**
 * What Prometheus scrapes, read from the broker when it asks. Where exporters for Kafka have a name
 * for something (kafka_exporter; the JMX exporter), that is it here.
 */
import type { FastifyInstance } from 'fastify'
import { errorName } from '../../protocol/errors.ts'
import { version } from '../version.ts'
import { groupMetrics } from './group-metrics.ts'
import { counter, gauge, histogram, metricsText, metricsType, type Family } from './metrics-text.ts'
import { ProcessMetrics } from './process-metrics.ts'
import type { HttpOptions } from './server.ts'
import { topicMetrics } from './topic-metrics.ts'

/** What is closed has no timers any more. */
export function metricsRoutes(app: FastifyInstance, options: HttpOptions): { close(): void } {
  let ofProcess: ProcessMetrics | undefined
  app.get('/metrics', (_, reply) => {
    ofProcess ??= new ProcessMetrics()
    void reply.type(metricsType)
    const { services, nodes } = options.broker()
    return metricsText([
      gauge('odradek_info', 'What runs here.', [{ labels: { version }, value: 1 }]),
      gauge(
        'kafka_brokers',
        'Brokers that run.',
        nodes.ids.filter(id => nodes.isRunning(id)).length,
      ),
      ...topicMetrics(services),
      ...groupMetrics(services),
      ...countedMetrics(options),
      ...ofProcess.families(),
    ])
  })
  return { close: () => ofProcess?.close() }
}

function countedMetrics(options: HttpOptions): Family[] {
  const { metrics, memory, broker } = options
  const apis = metrics.requests?.all() ?? []
  return [
    histogram(
      'odradek_request_duration_seconds',
      'From the decoding of a request until its reply is encoded, waiting included.',
      apis.map(({ api, duration }) => [{ api }, duration]),
    ),
    counter(
      'odradek_request_errors_total',
      'Error codes in replies, those of partitions each by itself.',
      apis.flatMap(({ api, errors }) =>
        Array.from(errors, ([code, value]) => ({ labels: { api, error: errorName(code) }, value })),
      ),
    ),
    counter(
      'odradek_injected_faults_total',
      'What faults have done to requests.',
      broker()
        .services.faults.injected()
        .map(({ api, effect, count }) => ({ labels: { api, effect }, value: count })),
    ),
    histogram('odradek_log_sync_duration_seconds', 'Syncs of files of logs.', [
      [{}, metrics.syncs],
    ]),
    ...connectionMetrics(metrics),
    ...memoryMetrics(memory),
  ]
}

function connectionMetrics({ connections }: HttpOptions['metrics']): Family[] {
  const listeners = [...connections.listeners]
  return [
    gauge(
      'odradek_connections',
      'Open connections.',
      listeners.map(([listener, { open: value }]) => ({ labels: { listener }, value })),
    ),
    counter(
      'odradek_connections_opened_total',
      'Connections that were let in.',
      listeners.map(([listener, { opened: value }]) => ({ labels: { listener }, value })),
    ),
    counter(
      'odradek_connections_refused_total',
      'Connections that were closed for being too many, or too fast.',
      listeners.map(([listener, { refused: value }]) => ({ labels: { listener }, value })),
    ),
  ]
}

function memoryMetrics({ requests, replies }: HttpOptions['memory']): Family[] {
  const pools = [
    ['requests', requests],
    ['replies', replies],
  ] as const
  return [
    gauge(
      'odradek_memory_held_bytes',
      'What requests that have come, and replies that nobody has taken yet, hold.',
      pools.map(([pool, { heldBytes: value }]) => ({ labels: { pool }, value })),
    ),
    gauge(
      'odradek_memory_limit_bytes',
      'Above it, requests are not read, and fetches wait.',
      pools.map(([pool, { limitBytes: value }]) => ({ labels: { pool }, value })),
    ),
    counter(
      'odradek_memory_waits_total',
      'How often somebody had to wait for memory.',
      pools.map(([pool, { waits: value }]) => ({ labels: { pool }, value })),
    ),
  ]
}
