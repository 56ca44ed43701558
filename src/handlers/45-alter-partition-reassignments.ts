/**
 * AlterPartitionReassignments: v0–1, flexible from the start (KIP-455). v1 may forbid changes of
 * the replication factor (KIP-860). What adds replicas stays under way for a while: the config
 * reassignment.duration.ms.
 */
import { alterReassignments } from '../../protocol/apis/45-alter-partition-reassignments.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { checkTimeLeft } from '../controller-rules.ts'
import { failureOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'

type Request = Infer<typeof alterReassignments.request>
type Wanted = Request['topics'][number]

export default handle(alterReassignments, {
  async run(request, context) {
    const { topics, timeoutMs, allowReplicationFactorChange } = request
    const success = { allowReplicationFactorChange, errorCode: errors.NONE }
    if (topics.length === 0) return { ...success, errorMessage: '', responses: [] }
    checkTimeLeft(timeoutMs)
    const answers = topics.map(topic => answer(topic, request, context))
    return { ...success, errorMessage: null, responses: await Promise.all(answers) }
  },

  fail: (errorCode, { topics, allowReplicationFactorChange }, _version, _api, errorMessage) => ({
    allowReplicationFactorChange,
    errorCode,
    errorMessage,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode, errorMessage }
      }),
    })),
  }),
})

async function answer({ name, partitions }: Wanted, request: Request, context: Context) {
  const { topics, reassignments, logger } = context
  const topic = topics.get(name)
  if (topic === undefined) {
    const errorCode = errors.UNKNOWN_TOPIC_OR_PARTITION
    const errorMessage = `there is no topic '${name}'`
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode, errorMessage }
      }),
    }
  }
  const wanted = partitions.map(({ partitionIndex, replicas }) => {
    return { index: partitionIndex, replicas }
  })
  const mayChangeFactor = request.allowReplicationFactorChange
  const results = await reassignments.alter(topic, wanted, { mayChangeFactor })
  return {
    name,
    partitions: results.map(({ index, error }) => {
      const details = { api: 'AlterPartitionReassignments', topic: name, partition: index }
      const success = { errorCode: errors.NONE, errorMessage: null }
      return {
        partitionIndex: index,
        ...(error === undefined ? success : failureOf(error, logger, details)),
      }
    }),
  }
}
