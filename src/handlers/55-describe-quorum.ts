/**
 * DescribeQuorum: v0–2, always flexible (KIP-595). v1 when replicas last fetched and were caught up
 * (KIP-836), v2 directory ids, messages and endpoints (KIP-853). Answers for partition 0 of
 * __cluster_metadata when it is asked for nothing else, as Kafka does. The log is a count of the
 * changes of metadata (metadata-log.ts), and nodes without a directory have no directory id.
 */
import { describeQuorum } from '../../protocol/apis/55-describe-quorum.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { handle, type Context } from '../handler.ts'
import { controllerListener } from '../quorum.ts'

const metadataTopic = '__cluster_metadata'

export default handle(describeQuorum, {
  run({ topics }, context) {
    const [topic, ...others] = topics
    const [partition, ...more] = topic?.partitions ?? []
    const isAskedForAll =
      topic?.topicName === metadataTopic &&
      partition?.partitionIndex === 0 &&
      others.length + more.length === 0
    return {
      errorCode: errors.NONE,
      errorMessage: '',
      topics: isAskedForAll
        ? [{ topicName: metadataTopic, partitions: [quorum(context)] }]
        : topics.map(({ topicName, partitions }) => {
            return { topicName, partitions: partitions.map(unknownPartition) }
          }),
      nodes: isAskedForAll ? [leaderEndpoint(context)] : [],
    }
  },

  fail: (errorCode, _request, _version, _api, errorMessage) => ({
    errorCode,
    errorMessage,
    topics: [],
    nodes: [],
  }),
})

function quorum({ clock, cluster, features, metadataLog }: Context) {
  const nowMs = clock.now()
  const { controllerId, nodeIds } = cluster
  const { leaderEpoch, highWatermark, directoryId } = metadataLog
  const replica = (replicaId: number, logEndOffset: number, replicaDirectoryId: string) => ({
    replicaId,
    replicaDirectoryId,
    logEndOffset,
    lastFetchTimestamp: nowMs,
    lastCaughtUpTimestamp: nowMs,
  })
  const voterDirectoryId = features.hasDynamicVoters ? directoryId : zeroUuid
  return {
    partitionIndex: 0,
    errorCode: errors.NONE,
    errorMessage: '',
    leaderId: controllerId,
    leaderEpoch,
    highWatermark,
    currentVoters: [replica(controllerId, metadataLog.endOffset, voterDirectoryId)],
    observers: nodeIds
      .filter(id => id !== controllerId)
      .map(id => replica(id, highWatermark, zeroUuid)),
  }
}

function unknownPartition({ partitionIndex }: { partitionIndex: number }) {
  return {
    partitionIndex,
    errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION,
    errorMessage: `the only quorum is that of ${metadataTopic}-0`,
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  }
}

/** Controllers have no listener of their own here: their nodes' is where to ask them. */
function leaderEndpoint({ cluster, config, nodes }: Context) {
  const { id, host, port } = nodes().find(node => node.id === cluster.controllerId)!
  return { nodeId: id, listeners: [{ name: controllerListener(config), host, port }] }
}
