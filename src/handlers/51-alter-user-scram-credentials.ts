/**
 * AlterUserScramCredentials: v0 (KIP-554). The request brings a salted password, of which only the
 * keys that verify it are kept. Who is connected stays so, until its session ends.
 */
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'

export default handle(alterUserScram, {
  async run({ deletions, upsertions }, { scramCredentials }) {
    const answers = await scramCredentials.alter(deletions, upsertions)
    return {
      results: answers.map(({ user, error }) => ({
        user,
        errorCode: error?.code ?? errors.NONE,
        errorMessage: error?.message ?? null,
      })),
    }
  },

  fail(errorCode, { deletions, upsertions }, _version, _api, errorMessage) {
    const users = new Set([...deletions, ...upsertions].map(({ name }) => name))
    return { results: Array.from(users, user => ({ user, errorCode, errorMessage })) }
  },
})
