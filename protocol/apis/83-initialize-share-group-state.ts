/**
 * InitializeShareGroupState: v0. From broker to broker, flexible from the start (KIP-932).
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, nullableString, string, struct, uuid } from '../schema.ts'

export const initializeShareGroupState = api({
  key: 83,
  name: 'InitializeShareGroupState',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    groupId: string,
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partition: int32,
            stateEpoch: int32,
            /** -1 leaves it open. */
            startOffset: int64,
          }),
        ),
      }),
    ),
  }),
  response: struct({
    results: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            partition: int32,
            errorCode: int16,
            errorMessage: nullableString.default(null),
          }),
        ),
      }),
    ),
  }),
})
