/**
 * AddRaftVoter: v0–1. Flexible from the start (KIP-853). v1 may ask for the answer before the
 * change is committed.
 */
import { api } from '../api.ts'
import {
  array,
  bool,
  int16,
  int32,
  nullableString,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

export const addRaftVoter = api({
  key: 80,
  name: 'AddRaftVoter',
  versions: [0, 1],
  flexibleSince: 0,
  request: struct({
    clusterId: nullableString,
    timeoutMs: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: array(struct({ name: string, host: string, port: uint16 })),
    /** Or else answer as soon as the leader has written it. */
    ackWhenCommitted: bool.since(1).default(true),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
  }),
})
