/**
 * ListConfigResources: v0–1. Flexible from the start. v0 lists client metrics resources only
 * (KIP-714), and was called ListClientMetricsResources; v1 lists all types (KIP-1142).
 */
import { api } from '../api.ts'
import { array, int16, int32, int8, string, struct } from '../schema.ts'

export const listConfigResources = api({
  key: 74,
  name: 'ListConfigResources',
  versions: [0, 1],
  flexibleSince: 0,
  request: struct({
    /** Empty for all. Kafka's ConfigResource.Type: 2 topic, 4 broker, 16 client metrics, ... */
    resourceTypes: array(int8).since(1),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    configResources: array(
      struct({ resourceName: string, resourceType: int8.since(1).default(16) }),
    ),
  }),
})
