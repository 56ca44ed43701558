/**
 * IncrementalAlterConfigs: v0–1. First in KIP-339. v1 flexible.
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleSince: 1,
  request: struct({
    resources: array(
      struct({
        /** Kafka's ConfigResource.Type: 2 topic, 4 broker, 8 broker logger, 32 group, ... */
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            /** 0 set, 1 delete, 2 append, 3 subtract. */
            configOperation: int8,
            value: nullableString,
          }),
        ),
      }),
    ),
    validateOnly: bool,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    responses: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        resourceType: int8,
        resourceName: string,
      }),
    ),
  }),
})
