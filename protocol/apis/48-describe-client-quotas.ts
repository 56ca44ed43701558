/**
 * DescribeClientQuotas: v0–1. First in KIP-546. v1 flexible.
 */
import { api } from '../api.ts'
import {
  array,
  bool,
  float64,
  int16,
  int32,
  int8,
  nullableString,
  string,
  struct,
} from '../schema.ts'

export const describeClientQuotas = api({
  key: 48,
  name: 'DescribeClientQuotas',
  versions: [0, 1],
  flexibleSince: 1,
  request: struct({
    components: array(
      struct({
        /** user, client-id or ip. */
        entityType: string,
        /** 0 the name in match, 1 the default entity, 2 any name. */
        matchType: int8,
        match: nullableString,
      }),
    ),
    /** Without entities that have further types. */
    strict: bool,
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString,
    entries: array(
      struct({
        entity: array(
          struct({
            entityType: string,
            /** Null for the default entity. */
            entityName: nullableString,
          }),
        ),
        values: array(
          struct({
            /** producer_byte_rate, consumer_byte_rate, request_percentage, ... */
            key: string,
            value: float64,
          }),
        ),
      }),
    ).nullable(),
  }),
})
