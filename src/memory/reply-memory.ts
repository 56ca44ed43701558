/**
 * The memory of replies: what was read from logs, or made, and not yet taken by the sockets of all
 * connections together. A fetch reserves before it reads; what it cannot have now, it waits for.
 */
import type { Clock } from '../clock.ts'
import type { Client, SlowLog, Told } from './slow-log.ts'
import { Turn, turnMs } from './turn.ts'
import { Untaken } from './untaken.ts'
import { WaitingLine } from './waiting-line.ts'

/**
 * One reply gets at most this share of what is left, so that the first clients that stop reading do
 * not use all of it up (Choudhury and Hahne: Dynamic queue length thresholds, 1998).
 */
const shareOfRest = 1 / 16

/**
 * Nor more than this, even if it is alone: the next reply is read into the same buffers, while they
 * are still in the caches of the processor. Fetch sessions see to it that who got nothing is next.
 */
const maxReplyBytes = 16 * 1024 * 1024

export interface ReplyNeed {
  /** The most that the reply may hold. */
  wantedBytes: number
  /** Less is of no use: one batch at least is returned, whatever its size. */
  leastBytes: number
}

export class ReplyMemory {
  readonly limitBytes: number
  /** Reserved, or not yet taken. */
  heldBytes = 0
  /** How often a fetch had to wait. */
  waits = 0
  readonly #log: SlowLog
  readonly #line = new WaitingLine<ReplyAccount>()
  readonly #turn: Turn<ReplyAccount>
  readonly #untaken: Untaken<ReplyAccount>

  constructor(limitBytes: number, clock: Clock, log: SlowLog) {
    this.limitBytes = limitBytes
    this.#log = log
    this.#turn = new Turn(clock, account => this.#mayHaveToGo(account))
    this.#untaken = new Untaken(clock, (account, untakenMs) => {
      const { client, heldBytes, untaken } = account
      const message = 'a client takes no replies: its next requests wait'
      log.tell(untaken, client, { heldBytes, untakenMs }, message)
      if (untakenMs >= turnMs) this.#mayHaveToGo(account)
    })
  }

  /** Fetches that wait. */
  get waiting(): number {
    return this.#line.length
  }

  open(client: Client): ReplyAccount {
    return new ReplyAccount(this, client)
  }

  /** Counts bytes in and returns how many; 0: not now, and the account is served in its turn. */
  reserve(account: ReplyAccount, need: ReplyNeed): number {
    const isNext = this.#line.first === undefined || this.#line.first === account
    const bytes = isNext ? this.#shareFor(account, need) : 0
    this.heldBytes += bytes
    if (bytes > 0) this.#line.leave(account)
    else if (this.#line.join(account)) this.#tell(account)
    return bytes
  }

  /** Counts the bytes of a reply in, whether there is room or not: it is made. */
  hold(account: ReplyAccount, bytes: number): void {
    if (account.heldBytes === 0) this.#untaken.add(account)
    this.heldBytes += bytes
    account.heldBytes += bytes
  }

  /** Counts bytes out that the socket has taken. */
  take(account: ReplyAccount, bytes: number): void {
    if (account.heldBytes === 0) this.#untaken.delete(account)
    else this.#untaken.add(account)
    this.release(account, bytes)
  }

  /** Counts bytes out. */
  release(account: ReplyAccount, bytes: number): void {
    this.heldBytes -= bytes
    const isTaken = account === this.#turn.holder && account.holdsNothing
    if (isTaken || this.heldBytes < this.limitBytes) this.#turn.end()
    this.#serve()
  }

  /** Does not wait any longer, but keeps its ticket. */
  leave(account: ReplyAccount): void {
    if (this.#line.leave(account)) this.#serve()
  }

  #serve(): void {
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      if (!first.serve()) return
    }
  }

  #shareFor(account: ReplyAccount, { wantedBytes, leastBytes }: ReplyNeed): number {
    const room = this.limitBytes - this.heldBytes
    if (room < leastBytes) {
      if (this.#turn.holder !== undefined) return 0
      this.#turn.begin(account)
    }
    const most = Math.min(wantedBytes, maxReplyBytes, Math.floor(room * shareOfRest))
    return Math.max(leastBytes, most)
  }

  #tell(account: ReplyAccount): void {
    this.waits++
    const { heldBytes: brokerHeldBytes, limitBytes } = this
    const facts = { heldBytes: account.heldBytes, brokerHeldBytes, limitBytes }
    const message = 'a fetch waits to read: queued.max.response.bytes is used up'
    this.#log.tell(account, account.client, facts, message)
  }

  /** A client has not taken a reply in time, and others may wait for its memory. */
  #mayHaveToGo({ client, heldBytes }: ReplyAccount): void {
    if (this.#line.length === 0 || heldBytes === 0) return
    client.disconnect(
      `it did not take ${heldBytes} bytes of replies within ${turnMs} ms, and others wait for` +
        ` memory: queued.max.response.bytes=${this.limitBytes} is used up`,
    )
  }
}

/** The memory of the one reply of a connection that is being made. */
export interface ReplyReserve {
  /**
   * Reserves memory, if there is none yet, and returns how many bytes there are. 0: none for now;
   * `onGrant` is called when there are some, and the next call returns them.
   */
  reserve(need: ReplyNeed, onGrant: () => void): number
  /** The reply is made, or nothing was read for it. */
  unreserve(): void
}

/** What the replies of one connection hold. */
export class ReplyAccount implements ReplyReserve {
  /** In replies that are made and not taken. */
  heldBytes = 0
  ticket = 0
  toldMs = -Infinity
  readonly untaken: Told = { toldMs: -Infinity }
  readonly client: Client
  readonly #memory: ReplyMemory
  #reservedBytes = 0
  #waiting: { need: ReplyNeed; onGrant: () => void } | undefined

  constructor(memory: ReplyMemory, client: Client) {
    this.#memory = memory
    this.client = client
  }

  get holdsNothing(): boolean {
    return this.heldBytes + this.#reservedBytes === 0
  }

  reserve(need: ReplyNeed, onGrant: () => void): number {
    if (this.#reservedBytes === 0) this.#reserve(need)
    this.#waiting = this.#reservedBytes === 0 ? { need, onGrant } : undefined
    return this.#reservedBytes
  }

  /** Of an account that waits: false where there is still not enough. */
  serve(): boolean {
    const { need, onGrant } = this.#waiting!
    this.#reserve(need)
    if (this.#reservedBytes === 0) return false
    this.#waiting = undefined
    onGrant()
    return true
  }

  #reserve(need: ReplyNeed): void {
    this.#reservedBytes = this.#memory.reserve(this, need)
    if (this.#reservedBytes > 0) this.ticket = 0
  }

  unreserve(): void {
    const bytes = this.#reservedBytes
    this.#reservedBytes = 0
    this.#waiting = undefined
    this.#memory.leave(this)
    if (bytes > 0) this.#memory.release(this, bytes)
  }

  /** A reply of so many bytes is on its way to the socket. */
  hold(bytes: number): void {
    if (bytes > 0) this.#memory.hold(this, bytes)
  }

  /** The socket has taken so many bytes. */
  release(bytes: number): void {
    // After `close`, nothing is held any more.
    const released = Math.min(bytes, this.heldBytes)
    this.heldBytes -= released
    if (released > 0) this.#memory.take(this, released)
  }

  /** Gives everything back. */
  close(): void {
    this.unreserve()
    this.release(this.heldBytes)
  }
}
