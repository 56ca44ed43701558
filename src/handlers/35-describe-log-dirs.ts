/**
 * DescribeLogDirs: v0–5. v2 flexible; v3 an error of the whole answer; v4 the sizes of the volume
 * (KIP-827); v5 cordoned directories (KIP-1066), of which there are none. There is one directory,
 * and no replica lags: those of all nodes are one log. Partitions that are offline are left out.
 */
import { describeLogDirs } from '../../protocol/apis/35-describe-log-dirs.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { handle, type Context } from '../handler.ts'
import type { Topic } from '../topics.ts'

type Request = Infer<typeof describeLogDirs.request>

export default handle(describeLogDirs, {
  async run({ topics: wanted }, context) {
    const { directory, totalBytes, usableBytes } = await context.topics.volume()
    const isWanted = wantedBy(wanted)
    const topics = context.topics.all().map(topic => ({
      name: topic.name,
      partitions: describe(topic, context.nodeId).filter(({ partitionIndex }) =>
        isWanted(topic.name, partitionIndex),
      ),
    }))
    return {
      errorCode: errors.NONE,
      results: [
        {
          errorCode: errors.NONE,
          logDir: directory,
          topics: topics.filter(({ partitions }) => partitions.length > 0),
          totalBytes,
          usableBytes,
        },
      ],
    }
  },

  fail: errorCode => ({ errorCode, results: [] }),
})

function wantedBy(topics: Request['topics']): (topic: string, partition: number) => boolean {
  if (topics === null) return () => true
  const wanted = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    const indexes = wanted.get(topic) ?? new Set<number>()
    for (const index of partitions) indexes.add(index)
    wanted.set(topic, indexes)
  }
  return (topic, partition) => wanted.get(topic)?.has(partition) ?? false
}

function describe({ partitions }: Topic, nodeId: Context['nodeId']) {
  return partitions
    .filter(({ isOffline, row }) => !isOffline && row.replicas.includes(nodeId))
    .map(({ index, sizeBytes }) => ({
      partitionIndex: index,
      partitionSize: sizeBytes,
      offsetLag: 0,
      isFutureKey: false,
    }))
}
