/** Functions of the program that the broker runs in, which see requests before it does. */
import type { AnswerOf, RequestOf, TypedApi } from './api-messages.ts'
import type { RequestRule } from './spec.ts'

/** A request that has come, and who has sent it. */
export interface ReceivedRequest<Body = unknown> {
  /** Kafka's name of the API. */
  readonly api: string
  readonly version: number
  /** The client's id. */
  readonly client: string
  /** The id of the broker that has got it. */
  readonly node: number
  /** Decoded; record data as the bytes of their batches. */
  readonly body: Body
  /** Closes the connection without an answer. */
  disconnect(): never
}

/**
 * Sees a request, and gives its answer: its own, that of `next` (which has the broker serve the
 * request, or the one that is given) or a changed one. Without an answer, the broker serves it.
 * Who throws a KafkaError has that error answered.
 */
export type RequestHook<Body = unknown, Answer = unknown> = (
  request: ReceivedRequest<Body>,
  next: (body?: Body) => Promise<Answer>,
) => Answer | undefined | void | Promise<Answer | undefined | void>

/** The hook of one API. */
export type ApiHook<A extends TypedApi> = RequestHook<RequestOf<A>, AnswerOf<A>>

export interface InstalledHook extends Disposable {
  /** Sees no further request. */
  remove(): void
}

export interface Hooked {
  readonly rule: RequestRule
  readonly hook: RequestHook
}
