/**
 * GetTelemetrySubscriptions: v0. Flexible from the start (KIP-714).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, string, struct, uuid } from '../schema.ts'

export const getTelemetrySubscriptions = api({
  key: 71,
  name: 'GetTelemetrySubscriptions',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    /** Zero in a client's first request. */
    clientInstanceId: uuid,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    /** A new one, if the request had none. */
    clientInstanceId: uuid,
    /** A CRC of what is subscribed, which the client sends with its metrics. */
    subscriptionId: int32,
    /** As in a record batch: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
    acceptedCompressionTypes: array(int8),
    pushIntervalMs: int32,
    telemetryMaxBytes: int32,
    /** Counters as differences, or else as totals. */
    deltaTemporality: bool,
    /** Prefixes of names; '' for all metrics, no element for none. */
    requestedMetrics: array(string),
  }),
})
