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
import { errorCodeOf } from '../errors.ts'
import { handle } from '../handler.ts'
import { noOffset } from '../groups/offsets/fetch.ts'

type Request = Infer<typeof offsetFetch.request>

/** The version with an error of the whole answer. */
const groupErrorSince = 2
const severalGroupsSince = 8

export default handle(offsetFetch, {
  async run(request, { groups, cluster, nodeId, version, logger }) {
    if (version >= severalGroupsSince) {
      const answers = request.groups.map(async group => {
        const { groupId } = group
        if (!cluster.coordinates(groupId, nodeId)) return refuse(groupId, errors.NOT_COORDINATOR)
        try {
          const { requireStable } = request
          const fetched = await groups.offsets.fetch({ ...group, requireStable }, version)
          return { groupId, topics: fetched, errorCode: errors.NONE }
        } catch (error) {
          return refuse(groupId, errorCodeOf(error, logger, { api: 'OffsetFetch', groupId }))
        }
      })
      return { groups: await Promise.all(answers) }
    }
    cluster.checkCoordinator(request.groupId, nodeId)
    return { topics: await groups.offsets.fetch(onlyGroup(request), version) }
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
