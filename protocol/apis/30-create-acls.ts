/**
 * CreateAcls: v0–3. First in KIP-140. v1 pattern types (KIP-290). v2 flexible. v3 users as
 * resources (KIP-373).
 */
import { api } from '../api.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const createAcls = api({
  key: 30,
  name: 'CreateAcls',
  versions: [0, 3],
  flexibleSince: 2,
  request: struct({
    creations: array(
      struct({
        /** Kafka's ResourceType: 2 topic, 3 group, 4 cluster, 5 transactional id, ... */
        resourceType: int8,
        resourceName: string,
        /** Kafka's PatternType: 3 literal, 4 prefixed. */
        resourcePatternType: int8.since(1).default(3),
        principal: string,
        host: string,
        /** Kafka's AclOperation: 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, ... */
        operation: int8,
        /** Kafka's AclPermissionType: 2 deny, 3 allow. */
        permissionType: int8,
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    results: array(struct({ errorCode: int16, errorMessage: nullableString })),
  }),
})
