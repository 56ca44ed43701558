import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const omitted = -(2 ** 31)

describe('DescribeCluster', () => {
  it.each(versionsOf(describeCluster))('v%i', async version => {
    const { clusterId, controllerId, brokers } = await wire.client.request(metadata, 12, {
      topics: [],
    })
    const [host, port] = wire.bootstrapServers.split(':')
    for (const includeClusterAuthorizedOperations of [false, true]) {
      const answer = await wire.client.request(describeCluster, version, {
        includeClusterAuthorizedOperations,
        includeFencedBrokers: true,
      })
      expect(answer).toEqual({
        throttleTimeMs: 0,
        errorCode: 0,
        errorMessage: null,
        endpointType: 1,
        clusterId,
        controllerId,
        brokers: [
          { brokerId: brokers[0]!.nodeId, host, port: Number(port), rack: null, isFenced: false },
        ],
        // All but READ, WRITE and DELETE, which clusters do not know.
        clusterAuthorizedOperations: includeClusterAuthorizedOperations
          ? 0b1_1111_1010_0000
          : omitted,
      })
    }
  })

  it.each([
    [2, 'MISMATCHED_ENDPOINT_TYPE'],
    [0, 'UNSUPPORTED_ENDPOINT_TYPE'],
    [3, 'UNSUPPORTED_ENDPOINT_TYPE'],
    [-1, 'UNSUPPORTED_ENDPOINT_TYPE'],
  ])('knows brokers, not endpoints of type %i (KIP-919)', async (endpointType, error) => {
    for (const version of versionsOf(describeCluster, { since: 1 })) {
      const answer = await wire.client.request(describeCluster, version, {
        includeClusterAuthorizedOperations: true,
        endpointType,
      })
      expect(named(answer)).toMatchObject({
        error,
        endpointType: 1,
        clusterId: '',
        controllerId: -1,
        brokers: [],
        clusterAuthorizedOperations: omitted,
      })
    }
  })
})
