/** What Prometheus scrapes: read from the broker's state when it asks. */
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { GroupCoordinator } from '../groups/coordinator.ts'
import { lagOf } from '../groups/offsets/lag.ts'
import type { Topics } from '../topics.ts'

export interface MetricsSource {
  readonly topics: Pick<Topics, 'offline' | 'get'>
  readonly groups: Pick<GroupCoordinator, 'list' | 'offsets'>
}

export function metricsRoutes(app: FastifyInstance, services: () => MetricsSource): void {
  const registry = createRegistry(services)
  app.get('/metrics', async (_, reply) => {
    void reply.type(registry.contentType)
    return registry.metrics()
  })
}

function createRegistry(services: () => MetricsSource): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const gauge of [...offlinePartitions(services), lag(services)])
    registry.registerMetric(gauge)
  return registry
}

/** None at first: not the one that all brokers of a process would share. */
const registers: Registry[] = []

function offlinePartitions(services: () => MetricsSource): Gauge[] {
  const count = new Gauge({
    name: 'odradek_offline_partitions',
    help: 'Partitions whose log failed or is damaged: they take and give nothing.',
    registers,
    collect() {
      this.set(services().topics.offline().length)
    },
  })
  const each = new Gauge({
    name: 'odradek_partition_offline',
    help: '1 for each partition whose log failed or is damaged.',
    labelNames: ['topic', 'partition'],
    registers,
    collect() {
      this.reset()
      const offline = services().topics.offline()
      for (const { topic, partition } of offline) this.set({ topic, partition }, 1)
    },
  })
  return [count, each]
}

function lag(services: () => MetricsSource): Gauge {
  return new Gauge({
    name: 'kafka_consumergroup_lag',
    help: 'Records between what a group has committed and the end of a partition.',
    labelNames: ['consumergroup', 'topic', 'partition'],
    registers,
    collect() {
      this.reset()
      const { topics, groups } = services()
      for (const { groupId: consumergroup } of groups.list({ states: [], types: [] })) {
        for (const { topic, partition, lag: records } of lagOf(
          groups.offsets.of(consumergroup),
          topics,
        )) {
          this.set({ consumergroup, topic, partition }, records)
        }
      }
    },
  })
}
