/** What comes with a request besides its body: from whom, to whom. */
import type { Principal } from './auth/principal.ts'
import type { SaslSession } from './auth/sasl/session.ts'
import type { ListenerConfig } from './config/listeners.ts'
import type { ReplyReserve } from './memory/reply-memory.ts'
import type { RequestThrottle } from './throttling/request-throttle.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** A broker of the cluster, where a certain client can reach it. */
export interface Node extends Address {
  readonly id: number
}

/** Of a connection; 'unknown' where nobody has told. */
export interface ClientSoftware {
  name: string
  version: string
}

/** Why `Call.closed` is aborted, where the broker closes the connection and not its client. */
export const closedByBroker = Symbol('closed by the broker')

/** What a handler knows of the request besides its body. */
export interface Call {
  readonly version: number
  readonly clientId: string
  /** The client's address, in Kafka's form: '/127.0.0.1'. */
  readonly clientHost: string
  readonly clientPort: number
  /** Who the client has shown to be. */
  readonly principal: Principal
  /** How the client authenticates itself, where it must. */
  readonly sasl?: SaslSession
  /** Where it came in. */
  readonly listener: Pick<ListenerConfig, 'name' | 'protocol'>
  /** What runs at the other end, as it says of itself (KIP-511). */
  readonly software: ClientSoftware
  /** The node that the client has connected to. */
  readonly nodeId: number
  /** Where this client is told to find each node. */
  nodes(): readonly Node[]
  /** Who reads much for the reply reserves the memory first. */
  readonly replyMemory: ReplyReserve
  /** Has something done once the reply is with the operating system, or will never be. */
  onSent(callback: () => void): void
  /** Aborted when nobody waits for the reply any more. */
  readonly closed: AbortSignal
  /** What the client's quotas say; undefined where nobody has any. */
  readonly throttle?: RequestThrottle | undefined
}
