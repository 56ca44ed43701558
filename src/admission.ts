import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import { ConnectionMetrics } from './metrics/connection-metrics.ts'
import type { ConnectionQuotas } from './throttling/connection-quotas.ts'

/** What the files of logs and the database may need: storage keeps 1,000 segments open at most. */
const filesForStorage = 1200
/** Below, nobody looks how many files the process may open: every system allows more. */
const uncheckedSockets = 32
/** How long the log says nothing more of connections that are not taken. */
const repeatMs = 60_000

export interface AdmissionOptions {
  logger: Logger
  clock: Clock
  quotas: ConnectionQuotas
  /** How many files the process may open, connections among them. */
  maxOpenFiles: () => number
  /** Where connections are counted; if it is not given, nobody sees it. */
  metrics?: ConnectionMetrics
}

/**
 * Takes connections of all listeners as far as the limits of their number go, and as long as there
 * are file descriptors that storage does not need: a log that cannot open its next segment would be
 * offline. (libuv closes what comes when no descriptor is left, and tells nobody.)
 */
export class Admission {
  readonly clock: Clock
  readonly quotas: ConnectionQuotas
  readonly metrics: ConnectionMetrics
  readonly #options: AdmissionOptions
  #maxSockets: number | undefined
  /** Sockets that are held at the doors. */
  #held = 0
  #toldMs = -Infinity

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.clock = options.clock
    this.quotas = options.quotas
    this.metrics = options.metrics ?? new ConnectionMetrics()
  }

  get connections(): number {
    return this.quotas.connections
  }

  /** False: one more is too many. */
  hasRoom(listener: string, address: string): boolean {
    const { connections } = this
    const config = this.quotas.whatIsFull(listener, address)
    if (config !== undefined) {
      const facts = { listener, address, connections, config }
      this.#tell(facts, 'connections are closed: there are as many as may be')
      return false
    }
    const sockets = connections + this.#held
    if (sockets < uncheckedSockets) return true
    const maxConnections = (this.#maxSockets ??= this.#limit())
    if (sockets < maxConnections) return true
    const facts = { connections, maxConnections, maxOpenFiles: this.#options.maxOpenFiles() }
    this.#tell(facts, 'connections are closed: too few open files are allowed (ulimit -n)')
    return false
  }

  /** Sockets that begin, or cease, to be held at a door. */
  holds(change: 1 | -1): void {
    this.#held += change
  }

  /** A listener holds as many sockets as it may. */
  overrun(listener: string): void {
    const facts = { listener, connections: this.connections }
    this.#tell(facts, 'connections are closed: they come too fast, and too many wait')
  }

  /** The system could not accept a connection. */
  failed(error: Error): void {
    this.#tell({ connections: this.connections, err: error }, 'a connection was not accepted')
  }

  #limit(): number {
    const files = this.#options.maxOpenFiles()
    return files - Math.min(filesForStorage, Math.floor(files / 2))
  }

  #tell(facts: object, message: string): void {
    const nowMs = this.clock.monotonic()
    if (nowMs - this.#toldMs < repeatMs) return
    this.#toldMs = nowMs
    this.#options.logger.warn(facts, message)
  }
}

/** Of this process; Infinity where the system knows no limit or does not tell it. */
export function maxOpenFiles(): number {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report
  const { excludeNetwork = false } = report
  // Names of network addresses would be looked up.
  report.excludeNetwork = true
  const { userLimits } = report.getReport() as { userLimits?: Record<string, { soft: unknown }> }
  report.excludeNetwork = excludeNetwork
  const files = userLimits?.['open_files']?.soft
  return typeof files === 'number' ? files : Infinity
}
