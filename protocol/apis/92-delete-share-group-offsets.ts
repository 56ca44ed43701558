/** DeleteShareGroupOffsets: v0. Flexible from the start (KIP-932). */
import { api } from '../api.ts'
import { array, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

export const deleteShareGroupOffsets = api({
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: [0, 0],
  flexibleSince: 0,
  request: struct({
    groupId: string,
    topics: array(struct({ topicName: string })),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    responses: array(
      struct({
        topicName: string,
        topicId: uuid,
        errorCode: int16,
        errorMessage: nullableString.default(null),
      }),
    ),
  }),
})
