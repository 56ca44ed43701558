/**
 * DeleteAcls: v0–3. First in KIP-140. v1 pattern types (KIP-290). v2 flexible. v3 users as
 * resources (KIP-373).
 */
import { api } from '../api.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const deleteAcls = api({
  key: 31,
  name: 'DeleteAcls',
  versions: [0, 3],
  flexibleSince: 2,
  request: struct({
    filters: array(
      struct({
        /** Kafka's ResourceType: 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id, ... */
        resourceTypeFilter: int8,
        /** In all three filters null is any. */
        resourceNameFilter: nullableString,
        /** Kafka's PatternType: 1 any, 2 match, 3 literal, 4 prefixed. */
        patternTypeFilter: int8.since(1).default(3),
        principalFilter: nullableString,
        hostFilter: nullableString,
        /** Kafka's AclOperation: 1 any, 2 all, 3 read, 4 write, 5 create, 6 delete, 7 alter, ... */
        operation: int8,
        /** Kafka's AclPermissionType: 1 any, 2 deny, 3 allow. */
        permissionType: int8,
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    filterResults: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        matchingAcls: array(
          struct({
            errorCode: int16,
            errorMessage: nullableString,
            resourceType: int8,
            resourceName: string,
            patternType: int8.since(1).default(3),
            principal: string,
            host: string,
            operation: int8,
            permissionType: int8,
          }),
        ),
      }),
    ),
  }),
})
