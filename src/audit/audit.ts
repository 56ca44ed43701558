import type { Call } from '../call.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { principalText } from '../auth/principal.ts'

/** Who does something. */
export type Actor = Pick<Call, 'principal' | 'clientHost'> &
  Partial<Pick<Call, 'clientPort' | 'clientId' | 'listener'>>

export interface AuditEvent {
  type: 'connection' | 'authentication' | 'authorization' | 'change'
  outcome: 'success' | 'failure' | 'denied'
  actor: Actor
  /** Kafka's name of the API. */
  api?: string | undefined
  resource?: { type: string; name: string }
  operation?: string
  mechanism?: string
  /** Names of what was changed, never values: they may be secrets. */
  changed?: readonly string[]
  /** Kafka's name of the error. */
  error?: string
  reason?: string | undefined
}

export interface AuditOptions {
  config: Pick<Config, 'auditEvents' | 'auditTopic'>
  logger: Logger
  clock: Clock
  /** Takes each as JSON. */
  topic?: { append(event: Buffer): void }
}

/** Of a sort and an address in one window; the others are counted. Changes are all told. */
const maxInWindow = 20
const windowMs = 10_000
/** Addresses and sorts that are told apart; those past it share a window. */
const maxWindows = 1000
/** Of a text that a client has chosen. */
const maxTextLength = 255

interface Window {
  count: number
  last: AuditEvent
  end: Timer
}

/**
 * Tells who connected, failed, was refused, or changed something: a line in the log for each, and a
 * record of a topic if that is asked for. Whoever fails again and again fills neither.
 */
export class Audit {
  readonly #options: AuditOptions
  readonly #windows = new Map<string, Window>()

  constructor(options: AuditOptions) {
    this.#options = options
  }

  record(event: AuditEvent): void {
    if (!this.#options.config.auditEvents.includes(event.type)) return
    const isAlwaysTold = event.type === 'change' && event.outcome === 'success'
    if (isAlwaysTold || this.#isAdmitted(event)) this.#tell(event)
  }

  /** Tells what was only counted so far. */
  close(): void {
    for (const [key, { end }] of this.#windows) {
      end.cancel()
      this.#closeWindow(key)
    }
  }

  #isAdmitted(event: AuditEvent): boolean {
    const { type, outcome, actor } = event
    const key = this.#keyFor(`${type} ${outcome} ${actor.clientHost}`)
    let window = this.#windows.get(key)
    if (window === undefined) {
      const end = this.#options.clock.after(windowMs, () => this.#closeWindow(key))
      window = { count: 0, last: event, end }
      this.#windows.set(key, window)
    }
    window.last = event
    return ++window.count <= maxInWindow
  }

  #keyFor(key: string): string {
    return this.#windows.has(key) || this.#windows.size < maxWindows ? key : ''
  }

  #closeWindow(key: string): void {
    const { count, last } = this.#windows.get(key)!
    this.#windows.delete(key)
    if (count > maxInWindow) this.#tell(last, count - maxInWindow)
  }

  #tell(event: AuditEvent, repeated?: number): void {
    const { logger, topic, clock } = this.#options
    const audit = { ...described(event), repeated }
    logger.info({ audit }, 'audit')
    topic?.append(Buffer.from(JSON.stringify({ time: clock.now(), ...audit })))
  }
}

function described({ actor, resource, changed, ...event }: AuditEvent) {
  const { principal, clientHost, clientPort, clientId, listener } = actor
  return {
    ...event,
    principal: shortened(principalText(principal)),
    client: clientHost.replace(/^\//, ''),
    port: clientPort,
    clientId: shortened(clientId),
    listener: listener?.name,
    mechanism: shortened(event.mechanism),
    reason: shortened(event.reason),
    resource: resource && { type: resource.type, name: shortened(resource.name) },
    changed: changed?.map(shortened),
  }
}

function shortened(text: string | undefined): string | undefined {
  return text !== undefined && text.length > maxTextLength
    ? `${text.slice(0, maxTextLength)}…`
    : text
}
