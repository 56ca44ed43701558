/**
 * AlterConfigs: v0–2. Replaces all of a resource's configs (KIP-133); IncrementalAlterConfigs is
 * its successor. v2 flexible.
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const alterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleSince: 2,
  request: struct({
    resources: array(
      struct({
        /** Kafka's ConfigResource.Type: 2 topic, 4 broker, 8 broker logger, 32 group, ... */
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            /** Null for the default. */
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
