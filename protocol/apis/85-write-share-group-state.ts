/**
 * WriteShareGroupState: v0–1. From broker to broker, flexible from the start (KIP-932). v1 how many
 * deliveries are complete (KIP-1226).
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

export const writeShareGroupState = api({
  key: 85,
  name: 'WriteShareGroupState',
  versions: [0, 1],
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
            leaderEpoch: int32,
            /** -1 leaves it as it is. */
            startOffset: int64,
            /** Records from startOffset on that need no further delivery; -1 for unknown. */
            deliveryCompleteCount: int32.since(1).default(-1),
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
