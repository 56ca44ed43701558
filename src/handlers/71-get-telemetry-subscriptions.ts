/**
 * GetTelemetrySubscriptions: v0 (KIP-714). Always advertised, as by an Apache Kafka with a receiver
 * for client metrics: Java's clients push only to brokers that advertise it, and without a
 * subscription they ask every five minutes and push nothing.
 */
import { getTelemetrySubscriptions } from '../../protocol/apis/71-get-telemetry-subscriptions.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { handle } from '../handler.ts'

/** zstd, lz4, gzip, snappy: clients take the first one that they have. */
const acceptedCompressionTypes = [4, 3, 1, 2]

export default handle(getTelemetrySubscriptions, {
  run(request, context) {
    const { telemetry, config } = context
    const { clientInstanceId, subscription } = telemetry.subscribe(
      request.clientInstanceId,
      context,
    )
    return {
      errorCode: errors.NONE,
      clientInstanceId,
      subscriptionId: subscription.id,
      acceptedCompressionTypes,
      pushIntervalMs: subscription.intervalMs,
      telemetryMaxBytes: config.telemetryMaxBytes,
      deltaTemporality: true,
      requestedMetrics: subscription.metrics,
    }
  },

  fail: errorCode => ({
    errorCode,
    clientInstanceId: zeroUuid,
    subscriptionId: 0,
    acceptedCompressionTypes: [],
    pushIntervalMs: 0,
    telemetryMaxBytes: 0,
    deltaTemporality: false,
    requestedMetrics: [],
  }),
})
