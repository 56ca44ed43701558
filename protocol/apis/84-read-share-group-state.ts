/**
 * ReadShareGroupState: v0. From broker to broker, flexible from the start (KIP-932).
 */
import { api } from '../api.ts'
import {
  array,
  int16,
  int32,
  int64,
  int8,
  nullableString,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const readShareGroupState = api({
  key: 84,
  name: 'ReadShareGroupState',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    groupId: string,
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(struct({ partition: int32, leaderEpoch: int32 })),
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
            stateEpoch: int32,
            /** -1 when it is not set yet. */
            startOffset: int64,
            stateBatches: array(
              struct({
                firstOffset: int64,
                /** Inclusive. */
                lastOffset: int64,
                /** 0 available, 2 acknowledged, 4 archived. */
                deliveryState: int8,
                deliveryCount: int16,
              }),
            ),
          }),
        ),
      }),
    ),
  }),
})
