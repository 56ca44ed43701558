import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

/** What the files of logs and the database may need: storage keeps 1,000 segments open at most. */
const filesForStorage = 1200
/** Below, nobody looks how many files the process may open: every system allows more. */
const uncheckedConnections = 32
/** How long the log says nothing more of connections that are not taken. */
const repeatMs = 60_000

export interface AdmissionOptions {
  logger: Logger
  clock: Clock
  /** How many files the process may open, connections among them. */
  maxOpenFiles: () => number
}

/**
 * Takes connections of all listeners as long as there are file descriptors that storage does not
 * need: a log that cannot open its next segment would be offline. (libuv closes what comes when no
 * descriptor is left, and tells nobody.)
 */
export class Admission {
  readonly #options: AdmissionOptions
  #connections = 0
  #maxConnections: number | undefined
  #toldMs = -Infinity

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  get connections(): number {
    return this.#connections
  }

  /** False: one more is too many. Else `leave` is due when the connection is closed. */
  enter(): boolean {
    const connections = this.#connections
    if (connections >= uncheckedConnections) {
      const maxConnections = (this.#maxConnections ??= this.#limit())
      if (connections >= maxConnections) {
        const facts = { connections, maxConnections, maxOpenFiles: this.#options.maxOpenFiles() }
        this.#tell(facts, 'connections are closed: too few open files are allowed (ulimit -n)')
        return false
      }
    }
    this.#connections++
    return true
  }

  leave(): void {
    this.#connections--
  }

  /** The system could not accept a connection. */
  failed(error: Error): void {
    this.#tell({ connections: this.#connections, err: error }, 'a connection was not accepted')
  }

  #limit(): number {
    const files = this.#options.maxOpenFiles()
    return files - Math.min(filesForStorage, Math.floor(files / 2))
  }

  #tell(facts: object, message: string): void {
    const { logger, clock } = this.#options
    const nowMs = clock.monotonic()
    if (nowMs - this.#toldMs < repeatMs) return
    this.#toldMs = nowMs
    logger.warn(facts, message)
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
