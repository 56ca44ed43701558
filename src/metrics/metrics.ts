/** What the broker counts while it runs; whatever else metrics tell is read from its state. */
import type { Config } from '../config.ts'
import { ConnectionMetrics } from './connection-metrics.ts'
import { Histogram } from './histogram.ts'
import { RequestMetrics } from './request-metrics.ts'

const syncBoundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]

export class Metrics {
  readonly connections = new ConnectionMetrics()
  /** Undefined where nobody can ask for it. */
  readonly requests: RequestMetrics | undefined
  /** Of files of logs. */
  readonly syncs = new Histogram(syncBoundsMs)

  constructor({ httpPort, httpOnKafkaPort }: Pick<Config, 'httpPort' | 'httpOnKafkaPort'>) {
    const isShown = httpPort !== null || httpOnKafkaPort !== 'none'
    this.requests = isShown ? new RequestMetrics() : undefined
  }
}
