/**
 * UnregisterBroker: v0, always flexible (KIP-631). Every registered broker runs, in this process,
 * so none is unregistered: Kafka would do it, and lose the broker until its next start.
 */
import { unregisterBroker } from '../../protocol/apis/64-unregister-broker.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(unregisterBroker, {
  run({ brokerId }, { cluster }) {
    return cluster.nodeIds.includes(brokerId)
      ? { errorCode: errors.INVALID_REQUEST, errorMessage: `broker ${brokerId} is running` }
      : {
          errorCode: errors.BROKER_ID_NOT_REGISTERED,
          errorMessage: `broker ${brokerId} is not registered`,
        }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({ errorCode, errorMessage }),
})
