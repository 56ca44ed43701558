/**
 * A client that asks what to push, and pushes: when it may, and what must be right about it. Pure
 * rules (Kafka: ClientMetricsInstance, and the checks of ClientMetricsManager).
 */
import { KafkaError } from '../../protocol/errors.ts'
import type { ClientFacts, ClientSubscription } from './subscription.ts'

export interface ClientInstance {
  readonly client: ClientFacts
  readonly subscription: ClientSubscription
  /** Milliseconds of the monotonic clock; when the last ones were accepted. */
  lastGetMs: number
  lastPushMs: number
  /** Its last push was refused for a reason that asking anew resolves, so it need not wait. */
  mayAskAtOnce: boolean
  /** The client has said that its last push was the last one. */
  isTerminating: boolean
  /** Milliseconds of the monotonic clock. */
  expiresAtMs: number
}

export interface Push {
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  readonly metrics: Buffer
}

/** none, gzip, snappy, lz4, zstd. */
const compressionTypes = [0, 1, 2, 3, 4]

export function newInstance(client: ClientFacts, subscription: ClientSubscription): ClientInstance {
  return {
    client,
    subscription,
    lastGetMs: -Infinity,
    lastPushMs: -Infinity,
    mayAskAtOnce: false,
    isTerminating: false,
    expiresAtMs: Infinity,
  }
}

/** The client asks for its subscription. Throws THROTTLING_QUOTA_EXCEEDED if it does too early. */
export function acceptGet(instance: ClientInstance, nowMs: number): void {
  const { lastGetMs, lastPushMs, subscription } = instance
  const isInTime = nowMs - Math.max(lastGetMs, lastPushMs) >= subscription.intervalMs
  if (isInTime) instance.lastGetMs = nowMs
  else if (!instance.mayAskAtOnce) throw tooEarly()
  instance.mayAskAtOnce = false
}

/**
 * The client pushes. Right after it has asked it may do so at once, because clients spread their
 * first pushes over the interval; and the last push may come at any time.
 */
export function acceptPush(
  instance: ClientInstance,
  push: Push,
  nowMs: number,
  maxBytes: number,
): void {
  const hasEnded = instance.isTerminating
  instance.isTerminating = push.terminating
  instance.mayAskAtOnce = false
  if (hasEnded) throw new KafkaError('INVALID_REQUEST', 'the client has pushed for the last time')
  const { lastGetMs, lastPushMs, subscription } = instance
  const isInTime = lastGetMs > lastPushMs || nowMs - lastPushMs >= subscription.intervalMs
  if (isInTime) instance.lastPushMs = nowMs
  else if (!push.terminating) throw tooEarly()
  const isKnown = push.subscriptionId === subscription.id
  instance.mayAskAtOnce = !isKnown || !compressionTypes.includes(push.compressionType)
  if (!isKnown) throw new KafkaError('UNKNOWN_SUBSCRIPTION_ID')
  if (instance.mayAskAtOnce) throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE')
  if (push.metrics.length > maxBytes) throw new KafkaError('TELEMETRY_TOO_LARGE')
}

function tooEarly(): KafkaError {
  return new KafkaError('THROTTLING_QUOTA_EXCEEDED', 'before the next push interval')
}
