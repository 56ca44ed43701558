/**
 * DeleteGroups: v0–2. v2 flexible. Groups of any type that nobody is in, with their offsets; each
 * group has its own error, and is answered once. Answered when they are gone for good.
 */
import { deleteGroups } from '../../protocol/apis/42-delete-groups.ts'
import { errors } from '../../protocol/errors.ts'
import { splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { errorCodeOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'

export default handle(deleteGroups, {
  async run({ groupsNames }, context) {
    const asked = [...new Set(groupsNames)]
    const { allowed, denied } = splitAllowed(context, requires.DeleteGroups.group, asked, id => id)
    const results = await Promise.all(allowed.map(groupId => deleteOne(groupId, context)))
    return { results: [...results, ...refuse(denied, errors.GROUP_AUTHORIZATION_FAILED)] }
  },

  fail: (errorCode, { groupsNames }) => ({ results: refuse(groupsNames, errorCode) }),
})

function refuse(groupIds: readonly string[], errorCode: number) {
  return groupIds.map(groupId => ({ groupId, errorCode }))
}

async function deleteOne(groupId: string, { groups, cluster, nodeId, logger }: Context) {
  if (!cluster.coordinates(groupId, nodeId)) {
    return { groupId, errorCode: errors.NOT_COORDINATOR }
  }
  try {
    return { groupId, errorCode: await groups.offsets.deleteGroup(groupId) }
  } catch (error) {
    return { groupId, errorCode: errorCodeOf(error, logger, { api: 'DeleteGroups', groupId }) }
  }
}
