/**
 * CreateTopics: v0–7. v1 validateOnly and error messages. v4 -1 for the broker's defaults
 * (KIP-464). v5 flexible, and the topic's configuration in the answer (KIP-525). v6 may answer
 * THROTTLING_QUOTA_EXCEEDED (KIP-599). v7 topic ids in the answer (KIP-516).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct, uuid } from '../schema.ts'

export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: [0, 7],
  flexibleSince: 5,
  request: struct({
    topics: array(
      struct({
        name: string,
        /** -1 with assignments, or for the broker's default. */
        numPartitions: int32,
        /** As numPartitions. */
        replicationFactor: int16,
        assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
        configs: array(struct({ name: string, value: nullableString })),
      }),
    ),
    timeoutMs: int32.default(60_000),
    validateOnly: bool.since(1),
  }),
  response: struct({
    throttleTimeMs: int32.since(2),
    topics: array(
      struct({
        name: string,
        topicId: uuid.since(7),
        errorCode: int16,
        errorMessage: nullableString.since(1),
        /** Why configs is null although the topic was created. */
        topicConfigErrorCode: int16.tagged(0, 5),
        numPartitions: int32.since(5).default(-1),
        replicationFactor: int16.since(5).default(-1),
        configs: array(
          struct({
            name: string,
            value: nullableString,
            readOnly: bool,
            configSource: int8.default(-1),
            isSensitive: bool,
          }),
        )
          .nullable()
          .since(5),
      }),
    ),
  }),
})
