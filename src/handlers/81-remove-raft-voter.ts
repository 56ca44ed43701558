/**
 * RemoveRaftVoter: v0, always flexible (KIP-853). The only voter stays (quorum.ts), so every
 * request is refused.
 */
import { removeRaftVoter } from '../../protocol/apis/81-remove-raft-voter.ts'
import { handle } from '../handler.ts'
import { voterRemovalRefusal } from '../quorum.ts'

export default handle(removeRaftVoter, {
  run(request, context) {
    const { code, message } = voterRemovalRefusal(request, context)
    return { errorCode: code, errorMessage: message }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({ errorCode, errorMessage }),
})
