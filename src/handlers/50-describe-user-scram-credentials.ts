/**
 * DescribeUserScramCredentials: v0 (KIP-554). Mechanisms and iterations of the users that are
 * named, or of all that have credentials; never a key or a salt.
 */
import { describeUserScram } from '../../protocol/apis/50-describe-user-scram-credentials.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(describeUserScram, {
  run({ users }, { scramCredentials }) {
    const described = scramCredentials.describe((users ?? []).map(({ name }) => name))
    return {
      errorCode: errors.NONE,
      errorMessage: '',
      results: described.map(({ user, error, credentials }) => ({
        user,
        errorCode: error?.code ?? errors.NONE,
        errorMessage: error?.message ?? '',
        credentialInfos: credentials.map(({ mechanism, iterations }) => {
          return { mechanism, iterations }
        }),
      })),
    }
  },

  // As in Kafka, one result of a user without a name tells of the error as well.
  fail: errorCode => ({
    errorCode,
    errorMessage: null,
    results: [{ user: '', errorCode, errorMessage: null, credentialInfos: [] }],
  }),
})
