/**
 * DescribeConfigs: v0–4. v0 says of a value whether it is the default; v1 says where it comes
 * from, and its synonyms (KIP-226). v3 types and documentation (KIP-569). v4 flexible.
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [0, 4],
  flexibleSince: 4,
  request: struct({
    resources: array(
      struct({
        /** Kafka's ConfigResource.Type: 2 topic, 4 broker, 8 broker logger, 32 group, ... */
        resourceType: int8,
        resourceName: string,
        /** Null for all. */
        configurationKeys: array(string).nullable(),
      }),
    ),
    includeSynonyms: bool.since(1),
    includeDocumentation: bool.since(3),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        resourceType: int8,
        resourceName: string,
        configs: array(
          struct({
            name: string,
            value: nullableString,
            readOnly: bool,
            isDefault: bool.until(0),
            /** Kafka's ConfigSource: 1 topic, 2 and 3 dynamic, 4 static, 5 default, 6 logger. */
            configSource: int8.since(1).default(-1),
            isSensitive: bool,
            synonyms: array(struct({ name: string, value: nullableString, source: int8 })).since(1),
            /** Kafka's ConfigType: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, ... */
            configType: int8.since(3),
            documentation: nullableString.since(3),
          }),
        ),
      }),
    ),
  }),
})
