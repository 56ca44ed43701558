/**
 * PushTelemetry: v0. Flexible from the start (KIP-714).
 */
import { api } from '../api.ts'
import { bool, bytes, int16, int32, int8, struct, uuid } from '../schema.ts'

export const pushTelemetry = api({
  key: 72,
  name: 'PushTelemetry',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    clientInstanceId: uuid,
    subscriptionId: int32,
    /** The client's last push. */
    terminating: bool,
    /** As in a record batch. */
    compressionType: int8,
    /** OpenTelemetry's MetricsData v1 in protobuf. */
    metrics: bytes,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
  }),
})
