/**
 * FindCoordinator: v0–6. v1 key types and error messages (KIP-98); v3 flexible; v4 several keys
 * (KIP-699); v6 share groups (KIP-932). Any key will do for groups, also the empty one, as with
 * Kafka.
 */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { errors } from '../../protocol/errors.ts'
import { handle, type Context } from '../handler.ts'

const severalKeysSince = 4
const shareSince = 6

const keyTypes = { group: 0, transaction: 1, share: 2 }
/** Group id, topic id, partition (Kafka: SharePartitionKey). */
const shareKey = /^[^:]+:[\w-]{22}:\d+$/

export default handle(findCoordinator, {
  run({ keyType, key, coordinatorKeys }, context) {
    if (context.version < severalKeysSince) return find(keyType, key, context)
    return { coordinators: coordinatorKeys.map(each => find(keyType, each, context)) }
  },

  fail: (errorCode, { coordinatorKeys }) => ({
    ...refused('', errorCode),
    coordinators: coordinatorKeys.map(key => refused(key, errorCode)),
  }),
})

function find(keyType: number, key: string, { version, cluster, nodes }: Context) {
  const isKnown =
    keyType === keyTypes.group ||
    keyType === keyTypes.transaction ||
    (keyType === keyTypes.share && version >= shareSince && shareKey.test(key))
  if (!isKnown) return refused(key, errors.INVALID_REQUEST)
  const nodeId = cluster.coordinatorOf(key)
  const node = nodes().find(({ id }) => id === nodeId)
  if (node === undefined) return refused(key, errors.COORDINATOR_NOT_AVAILABLE)
  const { host, port } = node
  return { key, errorCode: errors.NONE, errorMessage: null, nodeId, host, port }
}

function refused(key: string, errorCode: number) {
  return { key, errorCode, errorMessage: null, nodeId: -1, host: '', port: -1 }
}
