/**
 * FindCoordinator: v0–6. v1 key types and error messages (KIP-98); v3 flexible; v4 several keys
 * (KIP-699); v6 share groups (KIP-932). Any key will do for groups, also the empty one, as with
 * Kafka.
 */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import { handle, type Context } from '../handler.ts'

const severalKeysSince = 4
const shareSince = 6

const keyTypes = { group: 0, transaction: 1, share: 2 }
/** Group id, topic id, partition (Kafka: SharePartitionKey). */
const shareKey = /^[^:]+:[\w-]{22}:\d+$/

export default handle(findCoordinator, {
  run({ keyType, key, coordinatorKeys }, context) {
    const isKnown = Object.values(keyTypes).includes(keyType)
    if (!isKnown) throw new KafkaError('INVALID_REQUEST')
    if (keyType === keyTypes.group) context.offsetsTopic.create()
    if (keyType === keyTypes.transaction) context.transactionsTopic.create()
    if (context.version < severalKeysSince) return find(keyType, key, context)
    return { coordinators: coordinatorKeys.map(each => find(keyType, each, context)) }
  },

  fail: (errorCode, { coordinatorKeys }) => ({
    ...refused('', errorCode),
    coordinators: coordinatorKeys.map(key => refused(key, errorCode)),
  }),
})

function find(keyType: number, key: string, { version, cluster, nodes }: Context) {
  const isValid = keyType !== keyTypes.share || (version >= shareSince && shareKey.test(key))
  const nodeId = cluster.coordinatorOf(key)
  const node = nodes().find(({ id }) => id === nodeId)
  if (isValid && node !== undefined) {
    const { host, port } = node
    const errorMessage = version < severalKeysSince ? 'NONE' : ''
    return { key, errorCode: errors.NONE, errorMessage, nodeId, host, port }
  }
  const answer = refused(key, isValid ? errors.COORDINATOR_NOT_AVAILABLE : errors.INVALID_REQUEST)
  // Kafka has no words for one key among several.
  return version < severalKeysSince ? answer : { ...answer, errorMessage: '' }
}

function refused(key: string, errorCode: number) {
  const errorMessage = new KafkaError(errorName(errorCode)).message
  return { key, errorCode, errorMessage, nodeId: -1, host: '', port: -1 }
}
