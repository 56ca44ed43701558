import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks'
import { counter, gauge, type Family } from './metrics-text.ts'

/** How exactly delays are measured, and how often the loop is looked at. */
const resolutionMs = 20
const quantiles = [0.5, 0.9, 0.99]

/** Of the process, by the names that clients of Prometheus use; from the first scrape on. */
export class ProcessMetrics {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#delay.enable()
  }

  /** Of the event loop, what has been since the last call. */
  families(): Family[] {
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before)
    const delays = quantiles.map(quantile => ({
      labels: { quantile },
      value: Math.max(0, this.#delay.percentile(quantile * 100) / 1e9 - resolutionMs / 1000),
    }))
    this.#delay.reset()
    return [
      gauge(
        'nodejs_eventloop_lag_seconds',
        'How late what was due came to run, since the last scrape.',
        delays,
      ),
      gauge(
        'nodejs_eventloop_utilization',
        'The share of time in which the process was busy, since the last scrape.',
        utilization,
      ),
      ...memoryFamilies(),
    ]
  }

  close(): void {
    this.#delay.disable()
  }
}

function memoryFamilies(): Family[] {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  return [
    counter('process_cpu_seconds_total', 'Processor time.', (user + system) / 1e6),
    gauge(
      'process_start_time_seconds',
      'Seconds since 1970 when the process was started.',
      performance.timeOrigin / 1000,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    gauge('nodejs_heap_size_used_bytes', 'Of the heap, what is used.', heapUsed),
    gauge('nodejs_heap_size_total_bytes', 'The heap.', heapTotal),
    gauge('nodejs_external_memory_bytes', 'Memory beside the heap.', external),
  ]
}
