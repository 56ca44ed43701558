/**
 * DescribeCluster: v0–2, flexible from the start (KIP-700). v1 brokers or controllers (KIP-919).
 * v2 fenced brokers (KIP-1073).
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, int8, nullableString, string, struct } from '../schema.ts'

export const describeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleSince: 0,
  request: struct({
    includeClusterAuthorizedOperations: bool,
    /** 1 brokers, 2 controllers. */
    endpointType: int8.since(1).default(1),
    includeFencedBrokers: bool.since(2),
  }),
  response: struct({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
    errorMessage: nullableString.default(null),
    endpointType: int8.since(1).default(1),
    clusterId: string,
    controllerId: int32.default(-1),
    brokers: array(
      struct({
        brokerId: int32,
        host: string,
        port: int32,
        rack: nullableString.default(null),
        isFenced: bool.since(2),
      }),
    ),
    /** Bit n is operation n of Kafka's AclOperation; the lowest int32 when not asked for. */
    clusterAuthorizedOperations: int32.default(-0x80000000),
  }),
})
