/**
 * DeleteTopics: v0–6. v3 may answer TOPIC_DELETION_DISABLED. v4 flexible. v5 error messages and
 * THROTTLING_QUOTA_EXCEEDED (KIP-599). v6 topic ids, as well as names (KIP-516).
 */
import { api } from '../api.ts'
import { array, int16, int32, nullableString, string, struct, uuid } from '../schema.ts'

export const deleteTopics = api({
  key: 20,
  name: 'DeleteTopics',
  versions: [0, 6],
  flexibleSince: 4,
  request: struct({
    topics: array(struct({ name: nullableString.default(null), topicId: uuid })).since(6),
    topicNames: array(string).until(5),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    responses: array(
      struct({
        name: string.nullable(6),
        topicId: uuid.since(6),
        errorCode: int16,
        errorMessage: nullableString.since(5).default(null),
      }),
    ),
  }),
})
