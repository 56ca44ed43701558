import type { Socket } from 'node:net'
import { WireError } from '../protocol/wire.ts'
import type { Principal } from './auth/principal.ts'
import type { Clock, Timer } from './clock.ts'
import type { Caller, Dispatched, Reply, Requests } from './dispatch.ts'
import { directSocket, readAsStream, type ReadInto } from './direct-socket.ts'
import { ForeignProtocolError, refusal, type ForeignProtocol } from './foreign-protocols.ts'
import { FrameReader, sizeBytes } from './frames.ts'
import { closedByBroker, type Address, type Call, type Node } from './call.ts'
import { Disconnect } from './handler.ts'
import type { Logger } from './logger.ts'
import type { BrokerMemory } from './memory/broker-memory.ts'
import type { ReplyAccount } from './memory/reply-memory.ts'
import type { RequestAccount, Requester } from './memory/request-memory.ts'

export interface ConnectionOptions {
  /** Who takes the requests of a new connection. */
  open: (caller: Caller, wire: Wire) => Requests
  listener: Call['listener']
  logger: Logger
  clock: Clock
  maxFrameBytes: number
  /** Requests that run at the same time; further ones wait, and the socket is not read. */
  maxInFlight: number
  /** The bytes of requests that run at the same time; one request may be larger. */
  maxInFlightBytes: number
  /** A connection without a first request is closed after this. */
  maxFirstRequestMs: number
  /** So is one whose request takes longer to arrive, from its first byte on. */
  maxReceiveMs: number
  memory: BrokerMemory
  /** False: neither the listener nor its connections keep the process alive. */
  keepsProcessAlive: boolean
  nodeId: number
  /** Each node, as a client can reach it that came to this address. */
  nodes: (dialled: Address) => readonly Node[]
  foreign: ForeignClients
}

/** What becomes of clients that speak other protocols. */
export interface ForeignClients {
  /** Takes over a socket that speaks HTTP and is paused, with what has come of it. */
  readonly takeHttp: ((socket: Socket, start: Buffer) => void) | undefined
  /** What they should do instead, for the log and for themselves. */
  advice(protocol: ForeignProtocol): string
}

/** What who takes the requests of a connection can do to it. */
export interface Wire {
  /** The largest frame that is read from now on. */
  maxFrameBytes: number
  disconnect(reason: string): void
}

/** A place in the order of replies. */
interface Slot {
  requestBytes: number
  done: boolean
  reply: Reply
  /** What the reply counts for in the memory of replies. */
  replyBytes: number
  dispatched: Dispatched | undefined
}

/** For a client of another protocol to read why it is refused, and to close. */
const refusalTimeMs = 1000

/** Requests of one connection that start in a row; then others are read as well. */
const startsInARow = 32

/** After so long without traffic, the system asks whether the peer is still there. */
const keepAliveMs = 120_000

/** A smaller reply is not counted: a socket that does not take it gets no second one. */
const countedReplyBytes = 16 * 1024

/**
 * One client. Frames start in the order of arrival and are answered in it. A request starts when
 * the one before is answered, unless that one lets others overlap it. Nothing is read while
 * requests wait to start, and none starts while the client does not take its replies: so a
 * connection holds at most one chunk of requests and the replies in flight.
 */
export class Connection implements Requester, Wire {
  readonly peer: string
  clientId = 'unknown'
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #onClose: () => void
  readonly #reader: FrameReader
  readonly #readInto: ReadInto
  readonly #requests: Requests
  readonly #abort = new AbortController()
  readonly #requestMemory: RequestAccount
  readonly #replyMemory: ReplyAccount
  #frames: Buffer[] = []
  #slots: Slot[] = []
  #inFlightBytes = 0
  /** A request runs that no other may overlap. */
  #exclusive = false
  /** The client does not take what was written. */
  #blocked = false
  /** Until when nothing more is read or started. */
  #muted: Timer | undefined
  #mutedUntilMs = 0
  /** No more requests: the client or the broker is done. */
  #ending = false
  /** Why nothing that comes can be read any more. */
  #broken: unknown
  #closed = false
  /** Somebody else reads and writes; this one tells of its end. */
  #isHandedOver = false
  /** Since when a request is awaited: the first one, or the rest of one that has begun. */
  #awaitedSinceMs: number | undefined
  #hasRequested = false
  lastActiveMs: number

  constructor(
    accepted: Socket,
    principal: Principal,
    options: ConnectionOptions,
    onClose: () => void,
  ) {
    this.#options = options
    this.#onClose = onClose
    this.#reader = new FrameReader(options.maxFrameBytes, options.memory.buffers.take)
    this.#readInto = {
      space: () => this.#reader.space,
      taken: bytes => this.#receive(bytes, this.#reader.take(bytes)),
      came: chunk => this.#receive(chunk.length, this.#reader.push(chunk)),
    }
    const socket = directSocket(accepted, this.#readInto)
    this.#socket = socket
    this.peer = `${socket.remoteAddress}:${socket.remotePort}`
    this.#requestMemory = options.memory.requests.open(this)
    this.#replyMemory = options.memory.replies.open(this)
    this.lastActiveMs = options.clock.monotonic()
    this.#awaitedSinceMs = this.lastActiveMs
    const dialled = { host: plainAddress(socket.localAddress), port: socket.localPort ?? 0 }
    const caller = {
      clientHost: `/${plainAddress(socket.remoteAddress)}`,
      clientPort: socket.remotePort ?? 0,
      principal,
      listener: options.listener,
      software: { name: 'unknown', version: 'unknown' },
      nodeId: options.nodeId,
      nodes: () => options.nodes(dialled),
      replyMemory: this.#replyMemory,
      closed: this.#abort.signal,
    }
    this.#requests = options.open(caller, this)
    if (!options.keepsProcessAlive) socket.unref()
    socket.setNoDelay(true)
    // A peer that has vanished is noticed even while the broker waits to answer it (Kafka, too).
    socket.setKeepAlive(true, keepAliveMs)
    socket.on('drain', () => {
      this.#blocked = false
      this.resume()
    })
    socket.on('end', () => this.#finish())
    socket.on('error', error => {
      options.logger.debug({ peer: this.peer, err: error }, 'socket')
      // One of TLS does not do so by itself.
      socket.destroy()
    })
    socket.on('close', () => {
      this.#closed = true
      this.#frames = []
      this.#muted?.cancel()
      for (const slot of this.#slots) if (slot.done) slot.dispatched?.sent?.()
      this.#abort.abort()
      this.#requestMemory.close()
      this.#replyMemory.close()
      if (!this.#isHandedOver) onClose()
    })
  }

  get maxFrameBytes(): number {
    return this.#reader.maxFrameBytes
  }

  set maxFrameBytes(bytes: number) {
    this.#reader.maxFrameBytes = bytes
  }

  /** No request runs, and no reply waits for those before it. */
  get isIdle(): boolean {
    return this.#slots.length === 0 && !this.#isHandedOver
  }

  /** Takes no further request, answers the running ones, long polls at once, then closes. */
  end(): void {
    this.#frames = []
    this.#abort.abort(closedByBroker)
    this.#finish()
  }

  /** Answers what has come, then closes. */
  #finish(): void {
    if (this.#isHandedOver) return
    this.#ending = true
    this.#abort.abort()
    this.#closeWhenDone()
  }

  #closeWhenDone(): void {
    if (!this.isIdle || this.#frames.length > 0) return
    if (this.#broken !== undefined) this.#fail(this.#broken)
    else if (this.#ending) this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  disconnect(reason: string): void {
    this.#fail(new Disconnect(reason))
  }

  /** Starts what may start. Reads on only when nothing waits and there is memory for more. */
  resume(): void {
    if (this.#isHandedOver) return
    for (let started = 0; this.#frames.length > 0 && this.#mayStart(); started++) {
      if (started === startsInARow) {
        setImmediate(() => this.resume())
        break
      }
      this.#start(this.#frames.shift()!)
    }
    if (!this.#mayRead()) this.#socket.pause()
    else if (this.#socket.isPaused()) {
      this.#socket.resume()
      // What nobody has read was not late.
      if (this.#awaitedSinceMs !== undefined) this.#await()
    }
  }

  #await(): void {
    this.#awaitedSinceMs = this.#options.clock.monotonic()
  }

  /** Disconnects a client whose request takes too long to arrive; its bytes may trickle in. */
  checkArrival(nowMs: number): void {
    if (this.#awaitedSinceMs === undefined || this.#socket.isPaused()) return
    const { maxFirstRequestMs, maxReceiveMs } = this.#options
    const maxMs = this.#hasRequested ? maxReceiveMs : maxFirstRequestMs
    if (nowMs - this.#awaitedSinceMs <= maxMs) return
    const what = this.#hasRequested ? 'a request is not complete' : 'no request has come'
    this.disconnect(`${what} after ${maxMs} ms`)
  }

  #mayRead(): boolean {
    if (this.#frames.length > 0 || this.#muted) return false
    return this.#requestMemory.mayRead(this.isIdle && this.#reader.pendingBytes > 0)
  }

  #receive(bytes: number, frames: Iterable<Buffer>): void {
    if (this.#ending || this.#closed || this.#broken !== undefined) return
    this.lastActiveMs = this.#options.clock.monotonic()
    this.#requestMemory.hold(bytes)
    try {
      for (const frame of frames) {
        this.#frames.push(frame)
        this.#hasRequested = true
        this.#awaitedSinceMs = undefined
      }
      if (this.#reader.pendingBytes > 0 && this.#awaitedSinceMs === undefined) this.#await()
    } catch (error) {
      if (error instanceof ForeignProtocolError && !this.#hasRequested) return this.#meet(error)
      // What came before is answered first: Kafka has not read any further until then.
      this.#broken = error
    }
    this.resume()
    if (this.#broken !== undefined) this.#closeWhenDone()
  }

  /** A client of another protocol is somebody else's, or is told so in that protocol. */
  #meet(stranger: ForeignProtocolError): void {
    const { foreign, logger, listener, clock } = this.#options
    const { protocol, start, message } = stranger
    this.#awaitedSinceMs = undefined
    this.#closed = true
    if (protocol === 'HTTP' && foreign.takeHttp !== undefined) {
      this.#isHandedOver = true
      this.#socket.pause()
      readAsStream(this.#socket, this.#readInto)
      // Its answers do not end with the port that it came to.
      this.#onClose()
      return foreign.takeHttp(this.#socket, start)
    }
    const hint = foreign.advice(protocol)
    logger.warn(
      { peer: this.peer, listener: listener.name, reason: `${message}: ${hint}` },
      'closing connection',
    )
    // Closed at once, with bytes that nobody has read, it would be reset before anybody reads why.
    this.#socket.end(refusal(stranger, hint))
    const deadline = clock.after(refusalTimeMs, () => this.#socket.destroy())
    this.#socket.once('close', () => deadline.cancel())
  }

  #mayStart(): boolean {
    if (this.#exclusive || this.#blocked || this.#muted) return false
    const { maxInFlight, maxInFlightBytes } = this.#options
    return this.#slots.length < maxInFlight && this.#inFlightBytes < maxInFlightBytes
  }

  #start(frame: Buffer): void {
    const slot: Slot = {
      requestBytes: frame.length,
      done: false,
      reply: undefined,
      replyBytes: 0,
      dispatched: undefined,
    }
    this.#slots.push(slot)
    this.#inFlightBytes += frame.length
    try {
      const dispatched = this.#requests(frame)
      const { reply, overlaps, clientId } = dispatched
      this.clientId = clientId
      if (!(reply instanceof Promise)) return this.#settle(slot, reply, dispatched)
      this.#exclusive = !overlaps
      reply.then(
        parts => {
          this.#exclusive &&= overlaps
          this.#settle(slot, parts, dispatched)
          if (!overlaps) this.#replyMemory.unreserve()
          this.resume()
        },
        (error: unknown) => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Sends what is next in order. */
  #settle(slot: Slot, reply: Reply, dispatched: Dispatched): void {
    slot.done = true
    slot.reply = reply
    this.#inFlightBytes -= slot.requestBytes
    this.#requestMemory.release(sizeBytes + slot.requestBytes)
    if (this.#closed) return dispatched.sent?.()
    slot.dispatched = dispatched
    slot.replyBytes = countedBytes(reply)
    this.#replyMemory.hold(slot.replyBytes)
    const { clock } = this.#options
    const beginsMs = dispatched.written && clock.monotonic()
    this.#socket.cork()
    while (this.#slots[0]?.done) this.#send(this.#slots.shift()!)
    this.#socket.uncork()
    if (beginsMs !== undefined) dispatched.written!(clock.monotonic() - beginsMs)
    this.#closeWhenDone()
  }

  #send({ reply, replyBytes, dispatched }: Slot): void {
    const { sent, muteMs, closeAfterMs } = dispatched!
    if (closeAfterMs !== undefined) this.#mute(closeAfterMs, () => this.end())
    else if (muteMs) this.#mute(muteMs, () => this.resume())
    if (reply === undefined) return sent?.()
    const last = reply.length - 1
    for (let i = 0; i < last; i++) this.#socket.write(reply[i]!)
    this.#blocked = !this.#socket.write(reply[last]!, () => {
      if (replyBytes > 0) this.#replyMemory.release(replyBytes)
      sent?.()
    })
    this.lastActiveMs = this.#options.clock.monotonic()
  }

  /** Neither reads nor starts anything until then, or as long as it was told before. */
  #mute(delayMs: number, then: () => void): void {
    const { clock } = this.#options
    const untilMs = clock.monotonic() + delayMs
    if (this.#muted && untilMs < this.#mutedUntilMs) return
    this.#mutedUntilMs = untilMs
    this.#muted?.cancel()
    this.#muted = clock.after(delayMs, () => {
      this.#muted = undefined
      then()
    })
  }

  /** Bytes or a client that cannot be served: one log line, and the connection closes. */
  #fail(error: unknown): void {
    if (this.#closed) return
    this.#closed = true
    const { logger } = this.#options
    const { peer } = this
    if (error instanceof WireError || error instanceof Disconnect) {
      logger.warn({ peer, reason: error.message }, 'closing connection')
    } else {
      logger.error({ peer, err: error }, 'closing connection')
    }
    this.#socket.destroy()
  }
}

function countedBytes(reply: Reply): number {
  let bytes = 0
  for (const part of reply ?? []) bytes += part.length
  return bytes < countedReplyBytes ? 0 : bytes
}

/** An IPv4 address, without the IPv6 form that dual-stack listeners give it. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}
