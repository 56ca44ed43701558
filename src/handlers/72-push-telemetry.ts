/**
 * PushTelemetry: v0 (KIP-714). What a client pushes is decompressed, up to a limit, and read: its
 * last metrics are in `clientMetrics()` of the broker, and in the log at level debug. What are no
 * OpenTelemetry metrics is an INVALID_RECORD, as it is to a receiver of Apache Kafka that fails.
 */
import { pushTelemetry } from '../../protocol/apis/72-push-telemetry.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(pushTelemetry, {
  async run(request, context) {
    await context.telemetry.push(request.clientInstanceId, request, context)
    return { errorCode: errors.NONE }
  },

  fail: errorCode => ({ errorCode }),
})
