/**
 * ListPartitionReassignments: v0, flexible from the start (KIP-455). Tells of those under way only;
 * what is unknown, or not being reassigned, is left out.
 */
import { listReassignments } from '../../protocol/apis/46-list-partition-reassignments.ts'
import { errors } from '../../protocol/errors.ts'
import { handle } from '../handler.ts'
import { isReassigning } from '../reassignment.ts'
import type { Topic } from '../topics.ts'

export default handle(listReassignments, {
  run({ topics: wanted }, { topics }) {
    const found =
      wanted === null
        ? topics.all().map(topic => describe(topic))
        : wanted.map(({ name, partitionIndexes }) => describe(topics.get(name), partitionIndexes))
    return {
      errorCode: errors.NONE,
      errorMessage: null,
      topics: found.filter(({ partitions }) => partitions.length > 0),
    }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({
    errorCode,
    errorMessage,
    topics: [],
  }),
})

/** Without indexes: all partitions. */
function describe(topic: Topic | undefined, indexes?: readonly number[]) {
  const partitions = topic?.partitions ?? []
  const wanted = indexes?.flatMap(index => partitions[index] ?? []) ?? partitions
  return {
    name: topic?.name ?? '',
    partitions: wanted
      .filter(({ row }) => isReassigning(row))
      .map(({ index, row }) => ({
        partitionIndex: index,
        replicas: row.replicas,
        addingReplicas: row.adding,
        removingReplicas: row.removing,
      })),
  }
}
