/**
 * DescribeCluster: v0–2, always flexible. v1 endpoint type (KIP-919): only brokers are known here;
 * v2 fenced brokers (KIP-1073): there are none.
 */
import { describeCluster } from '../../protocol/apis/60-describe-cluster.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import { requires } from '../auth/required.ts'
import { operationsOmitted, operationsOnCluster } from '../authorized-operations.ts'
import { handle } from '../handler.ts'

const brokers = 1
const controllers = 2

export default handle(describeCluster, {
  run({ endpointType, includeClusterAuthorizedOperations }, context) {
    const { cluster, nodes } = context
    if (endpointType === controllers) throw new KafkaError('MISMATCHED_ENDPOINT_TYPE')
    if (endpointType !== brokers) throw new KafkaError('UNSUPPORTED_ENDPOINT_TYPE')
    return {
      errorCode: errors.NONE,
      errorMessage: null,
      endpointType: brokers,
      clusterId: cluster.id,
      controllerId: cluster.controllerId,
      brokers: nodes().map(({ id, host, port }) => ({ brokerId: id, host, port })),
      clusterAuthorizedOperations: includeClusterAuthorizedOperations
        ? operationsOnCluster(context, requires.DescribeCluster.clusterOperations)
        : operationsOmitted,
    }
  },

  fail: errorCode => ({
    errorCode,
    errorMessage: new KafkaError(errorName(errorCode)).message,
    endpointType: brokers,
    clusterId: '',
    controllerId: -1,
    brokers: [],
    clusterAuthorizedOperations: operationsOmitted,
  }),
})
