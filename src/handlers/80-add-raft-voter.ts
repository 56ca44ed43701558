/**
 * AddRaftVoter: v0–1, always flexible (KIP-853). v1 may be answered before the change is committed.
 * There is one voter and never another (quorum.ts), so every request is refused.
 */
import { addRaftVoter } from '../../protocol/apis/80-add-raft-voter.ts'
import { handle } from '../handler.ts'
import { newVoterRefusal } from '../quorum.ts'

export default handle(addRaftVoter, {
  run(request, context) {
    const { code, message } = newVoterRefusal(request, context)
    return { errorCode: code, errorMessage: message }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({ errorCode, errorMessage }),
})
