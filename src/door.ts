import type { Socket } from 'node:net'
import { normalAddress } from './throttling/normal-address.ts'
import type { Admission } from './admission.ts'
import type { Timer } from './clock.ts'
import type { ListenerConnections } from './metrics/connection-metrics.ts'

/** Sockets that one listener holds, as many as wait in the system's own queue (Node.js: 511). */
const maxHeld = 511

type Guest = Pick<Socket, 'remoteAddress' | 'destroy' | 'on'>

interface Arrival {
  readonly socket: Guest
  readonly address: string
  /** `leave` is due when the connection is closed. */
  readonly welcome: (leave: () => void) => void
}

/**
 * The way into one listener. Whom there is no room for is closed at once. When connections come too
 * fast, the next ones wait, in their order, as they do in Kafka, whose acceptor sleeps; and an
 * address that has made too many is closed with a delay, so that it does not come back at once
 * (KIP-612).
 */
export class Door {
  readonly #listener: string
  readonly #admission: Admission
  readonly #counts: ListenerConnections
  /** Behind the one that the timer is for. */
  readonly #queue: Arrival[] = []
  #turn: Timer | undefined
  readonly #held = new Set<Guest>()
  readonly #expulsions = new Set<Timer>()

  constructor(listener: string, admission: Admission) {
    this.#listener = listener
    this.#admission = admission
    this.#counts = admission.metrics.of(listener)
  }

  /** Calls `welcome` when the socket may be a connection, if it may. */
  arrive(socket: Guest, welcome: Arrival['welcome']): void {
    const address = normalAddress(socket.remoteAddress ?? '') ?? 'unknown'
    const arrival = { socket, address, welcome }
    if (this.#turn === undefined) this.#admit(arrival)
    else if (this.#hold(socket)) this.#queue.push(arrival)
  }

  /** Nobody gets in any more. */
  close(): void {
    this.#turn?.cancel()
    for (const timer of this.#expulsions) timer.cancel()
    for (const socket of this.#held) this.#expel(socket)
  }

  #admit(arrival: Arrival): void {
    const { clock, quotas } = this.#admission
    if (!this.#hasRoom(arrival)) return
    const delayMs = quotas.delayMs(this.#listener, clock.monotonic())
    if (delayMs === 0) return this.#letIn(arrival)
    if (!this.#hold(arrival.socket)) return
    this.#turn = clock.after(delayMs, () => {
      this.#turn = undefined
      // Meanwhile, others may have come in elsewhere.
      if (this.#hasRoom(arrival)) this.#letIn(arrival)
      while (this.#turn === undefined && this.#queue.length > 0) this.#admit(this.#queue.shift()!)
    })
  }

  #hasRoom({ socket, address }: Arrival): boolean {
    if (this.#admission.hasRoom(this.#listener, address)) return true
    this.#counts.refused++
    this.#expel(socket)
    return false
  }

  #letIn({ socket, address, welcome }: Arrival): void {
    const { clock, quotas } = this.#admission
    const refusalMs = quotas.refusalMs(this.#listener, address, clock.monotonic())
    if (refusalMs > 0) {
      this.#counts.refused++
      return this.#expelLater(socket, refusalMs)
    }
    this.#release(socket)
    quotas.enter(this.#listener, address)
    this.#counts.open++
    this.#counts.opened++
    welcome(() => {
      quotas.leave(this.#listener, address)
      this.#counts.open--
    })
  }

  #expelLater(socket: Guest, delayMs: number): void {
    if (!this.#hold(socket)) return
    const timer = this.#admission.clock.after(delayMs, () => {
      this.#expulsions.delete(timer)
      this.#expel(socket)
    })
    this.#expulsions.add(timer)
  }

  /** Not read; false: too many are held, and it is closed. */
  #hold(socket: Guest): boolean {
    if (this.#held.has(socket)) return true
    if (this.#held.size >= maxHeld) {
      this.#admission.overrun(this.#listener)
      this.#counts.refused++
      socket.destroy()
      return false
    }
    this.#held.add(socket)
    this.#admission.holds(1)
    // Whatever becomes of it meanwhile, it is seen when it is its turn.
    socket.on('error', () => {})
    return true
  }

  #release(socket: Guest): void {
    if (this.#held.delete(socket)) this.#admission.holds(-1)
  }

  #expel(socket: Guest): void {
    this.#release(socket)
    socket.destroy()
  }
}
