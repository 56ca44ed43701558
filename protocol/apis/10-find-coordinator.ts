/**
 * FindCoordinator: v0–6. v1 key types and error messages (KIP-98). v3 flexible. v4 several keys
 * (KIP-699). v5 may answer TRANSACTION_ABORTABLE (KIP-890). v6 share groups (KIP-932).
 */
import { api } from '../api.ts'
import { array, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleSince: 3,
  request: struct({
    key: string.until(3),
    /** 0 group, 1 transaction, 2 share (whose key is groupId:topicId:partition). */
    keyType: int8.since(1),
    coordinatorKeys: array(string).since(4),
  }),
  response: struct({
    throttleTimeMs: int32.since(1),
    errorCode: int16.until(3),
    errorMessage: nullableString.since(1).until(3),
    nodeId: int32.until(3),
    host: string.until(3),
    port: int32.until(3),
    coordinators: array(
      struct({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullableString,
      }),
    ).since(4),
  }),
})
