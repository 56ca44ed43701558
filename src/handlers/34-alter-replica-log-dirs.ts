/**
 * AlterReplicaLogDirs: v0–2. v2 flexible. There is one directory: replicas may move to where they
 * are, and nowhere else. Kafka answers by topic and partition: of several directories for the same
 * partition the last one counts.
 */
import { alterReplicaLogDirs } from '../../protocol/apis/34-alter-replica-log-dirs.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { errorCodeOf } from '../errors.ts'
import { handle, type Context } from '../handler.ts'

type Request = Infer<typeof alterReplicaLogDirs.request>

export default handle(alterReplicaLogDirs, {
  async run(request, context) {
    const { directory } = await context.topics.volume()
    return answerEach(request, (name, index, path) => {
      return errorOf({ name, index, isHere: path === directory }, context)
    })
  },

  fail: (errorCode, request) => answerEach(request, () => errorCode),
})

function answerEach(
  { dirs }: Request,
  errorCodeFor: (topic: string, partition: number, path: string) => number,
) {
  const paths = new Map<string, Map<number, string>>()
  for (const { path, topics } of dirs) {
    for (const { name, partitions } of topics) {
      const ofTopic = paths.get(name) ?? new Map<number, string>()
      for (const index of partitions) paths.set(name, ofTopic.set(index, path))
    }
  }
  return {
    results: Array.from(paths, ([topicName, ofTopic]) => ({
      topicName,
      partitions: Array.from(ofTopic, ([partitionIndex, path]) => {
        return { partitionIndex, errorCode: errorCodeFor(topicName, partitionIndex, path) }
      }),
    })),
  }
}

/** In the order of Kafka's ReplicaManager.alterReplicaLogDirs. */
function errorOf(
  { name, index, isHere }: { name: string; index: number; isHere: boolean },
  { topics, nodeId, logger }: Context,
): number {
  try {
    if (!isHere) throw new KafkaError('LOG_DIR_NOT_FOUND')
    const partition = topics.get(name)?.partitions[index]
    if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    if (partition.isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR')
    if (!partition.row.replicas.includes(nodeId)) throw new KafkaError('REPLICA_NOT_AVAILABLE')
    return errors.NONE
  } catch (error) {
    return errorCodeOf(error, logger, { api: 'AlterReplicaLogDirs', topic: name, partition: index })
  }
}
