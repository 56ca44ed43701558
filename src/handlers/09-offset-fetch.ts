/**
 * OffsetFetch: v0–10. v0 is answered like v1, from the same offsets; v2 null for all topics, and an
 * error of the whole group (KIP-88); v5 leader epochs (KIP-320); v6 flexible; v7 who requires it
 * gets UNSTABLE_OFFSET_COMMIT while a transaction may change an offset (KIP-447); v8 several groups
 * (KIP-709); v9 members of the newer protocols, who must be of the group's epoch (KIP-848); v10
 * topic ids instead of names.
 */
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { checkAllowed, splitAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
import { errorCodeOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'
import { noOffset, type FetchAnswer, type FetchRequest } from '../groups/offsets/fetch.ts'

type Request = Infer<typeof offsetFetch.request>

/** The version with an error of the whole answer. */
const groupErrorSince = 2
const severalGroupsSince = 8
const topicIdsSince = 10

export default handle(offsetFetch, {
  async run(request, context) {
    const { version, logger } = context
    if (version >= severalGroupsSince) {
      const answers = request.groups.map(async group => {
        const { groupId } = group
        try {
          const { requireStable } = request
          const topics = await fetchGroup({ ...group, requireStable }, context)
          return { groupId, topics, errorCode: errors.NONE }
        } catch (error) {
          return refuse(groupId, errorCodeOf(error, logger, { api: 'OffsetFetch', groupId }))
        }
      })
      return { groups: await Promise.all(answers) }
    }
    return { topics: await fetchGroup(onlyGroup(request), context) }
  },

  // Before v2 there is no error but that of the partitions; a client without any would start anew.
  fail: (errorCode, request, version) => ({
    errorCode,
    topics: (version < groupErrorSince ? (request.topics ?? []) : []).map(
      ({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map(partition => noOffset(partition, errorCode)),
      }),
    ),
    groups: request.groups.map(({ groupId }) => refuse(groupId, errorCode)),
  }),
})

async function fetchGroup(request: FetchRequest, context: Context): Promise<FetchAnswer[]> {
  const { groups, cluster, nodeId, version, topics: lookup } = context
  const { group, topic, listed } = requires.OffsetFetch
  const { groupId, topics } = request
  checkAllowed(context, group, groupId)
  cluster.checkCoordinator(groupId, nodeId)
  if (topics === null) {
    const fetched = await groups.offsets.fetch(request, version)
    return [...splitAllowed(context, listed, fetched, ({ name }) => name).allowed]
  }
  const { allowed, denied } = splitAllowed(context, topic, topics, ({ name, topicId }) =>
    version < topicIdsSince ? name : lookup.getById(topicId)?.name,
  )
  const fetched = await groups.offsets.fetch({ ...request, topics: allowed }, version)
  const refused = denied.map(({ name, topicId, partitionIndexes }) => ({
    name,
    topicId,
    partitions: partitionIndexes.map(index => noOffset(index, errors.TOPIC_AUTHORIZATION_FAILED)),
  }))
  return [...fetched, ...refused]
}

function refuse(groupId: string, errorCode: number) {
  return { groupId, topics: [], errorCode }
}

/** Before v9, nobody says which member asks. */
const nobody = { memberId: null, memberEpoch: -1 }

/** Before v8, in the shape of those since. */
function onlyGroup({ groupId, topics, requireStable }: Request) {
  return {
    groupId,
    requireStable,
    ...nobody,
    topics: topics && topics.map(topic => ({ ...topic, topicId: zeroUuid })),
  }
}
