/**
 * The memory of requests (KIP-72): of all connections together, from their first bytes until they
 * are answered. It counts what has come, not what a frame announces: an announcement costs nothing.
 */
import type { Clock } from '../clock.ts'
import type { Client, SlowLog } from './slow-log.ts'
import { Turn } from './turn.ts'
import { WaitingLine } from './waiting-line.ts'

/** What a connection may hold whatever others hold: so a flood of records delays no heartbeat. */
const alwaysBytes = 16 * 1024
/** The most that a socket hands over at a time. */
const chunkBytes = 64 * 1024

/** A connection, as far as its requests need memory. */
export interface Requester extends Client {
  /** No request of it runs: that it makes others wait is its own doing. */
  readonly isIdle: boolean
  /** Reads on. */
  resume(): void
}

export class RequestMemory {
  readonly limitBytes: number
  heldBytes = 0
  /** How often a connection had to wait to be read on. */
  waits = 0
  readonly #log: SlowLog
  readonly #line = new WaitingLine<RequestAccount>()
  readonly #turn: Turn<RequestAccount>

  constructor(limitBytes: number, clock: Clock, log: SlowLog) {
    this.limitBytes = limitBytes
    this.#log = log
    this.#turn = new Turn(clock, (account, turnMs) => this.#turnIsLong(account, turnMs))
  }

  /** Connections that are not read on. */
  get waiting(): number {
    return this.#line.length
  }

  open(client: Requester): RequestAccount {
    return new RequestAccount(this, client)
  }

  /**
   * Whether this connection may be read on; if not, it is resumed when there is room, in the order
   * in which they came to wait. Who has whole requests under way goes on when they are answered.
   */
  mayRead(account: RequestAccount, isMidRequest: boolean): boolean {
    if (account.heldBytes < alwaysBytes || this.heldBytes < this.limitBytes) return true
    if (!isMidRequest) return false
    if (this.#turn.holder === account) return true
    if (this.#turn.holder === undefined) {
      this.#turn.begin(account)
      return true
    }
    if (this.#line.join(account)) this.#tell(account)
    return false
  }

  /** Counts bytes out. */
  release(account: RequestAccount, bytes: number): void {
    this.heldBytes -= bytes
    account.heldBytes -= bytes
    account.ticket = 0
    const isAnswered = account === this.#turn.holder && account.heldBytes <= chunkBytes
    if (isAnswered || this.heldBytes < this.limitBytes) this.#turn.end()
    this.#serve()
  }

  close(account: RequestAccount): void {
    this.#line.leave(account)
    if (account === this.#turn.holder) this.#turn.end()
    this.release(account, account.heldBytes)
  }

  #serve(): void {
    let room = this.limitBytes - this.heldBytes
    for (let first = this.#line.first; first; first = this.#line.first) {
      if (room <= 0 && this.#turn.holder !== undefined) return
      this.#line.leave(first)
      if (room <= 0) this.#turn.begin(first)
      room -= chunkBytes
      first.client.resume()
    }
  }

  #tell(account: RequestAccount): void {
    this.waits++
    const { heldBytes: brokerHeldBytes, limitBytes } = this
    const facts = { heldBytes: account.heldBytes, brokerHeldBytes, limitBytes }
    const message = 'a request waits to be read: queued.max.request.bytes is used up'
    this.#log.tell(account, account.client, facts, message)
  }

  /** Others wait for a request that does not come, or whose client takes no replies. */
  #turnIsLong({ client, heldBytes }: RequestAccount, turnMs: number): void {
    if (this.#line.length === 0 || !client.isIdle) return
    client.disconnect(
      `its request did not end within ${turnMs} ms, ${heldBytes} bytes so far, and others wait` +
        ` for memory: queued.max.request.bytes=${this.limitBytes} is used up`,
    )
  }
}

/** What the requests of one connection hold. */
export class RequestAccount {
  heldBytes = 0
  ticket = 0
  toldMs = -Infinity
  readonly client: Requester
  readonly #memory: RequestMemory

  constructor(memory: RequestMemory, client: Requester) {
    this.#memory = memory
    this.client = client
  }

  /** So many bytes have come. */
  hold(bytes: number): void {
    this.heldBytes += bytes
    this.#memory.heldBytes += bytes
  }

  /** A request of so many bytes is answered. */
  release(bytes: number): void {
    // After `close`, nothing is held any more.
    if (this.heldBytes > 0) this.#memory.release(this, bytes)
  }

  /** `isMidRequest`: one has come in part, and none as a whole that is not answered yet. */
  mayRead(isMidRequest: boolean): boolean {
    return this.#memory.mayRead(this, isMidRequest)
  }

  /** Gives everything back. */
  close(): void {
    this.#memory.close(this)
  }
}
