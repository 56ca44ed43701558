/**
 * FindCoordinator: v0–6. v1 key types and error messages (KIP-98); v3 flexible; v4 several keys
 * (KIP-699); v6 share groups (KIP-932). Any key will do for groups, also the empty one, as with
 * Kafka.
 */
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { errorName, errors, KafkaError } from '../../protocol/errors.ts'
import { clusterName } from '../auth/acl-codes.ts'
import { checkAllowed } from '../auth/checks.ts'
import { requires } from '../auth/required.ts'
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
    if (context.version < severalKeysSince) return find(keyType, key, context)
    return { coordinators: coordinatorKeys.map(each => find(keyType, each, context)) }
  },

  fail: (errorCode, { coordinatorKeys }) => ({
    ...refused('', errorCode),
    coordinators: coordinatorKeys.map(key => refused(key, errorCode)),
  }),
})

function find(keyType: number, key: string, context: Context) {
  const { version, cluster, nodes } = context
  const refusal = refusalOf(keyType, key, context)
  const nodeId = cluster.coordinatorOf(key)
  const node = nodes().find(({ id }) => id === nodeId)
  if (refusal === errors.NONE && node !== undefined) {
    if (keyType === keyTypes.group) context.offsetsTopic.create()
    if (keyType === keyTypes.transaction) context.transactionsTopic.create()
    const { host, port } = node
    const errorMessage = version < severalKeysSince ? 'NONE' : ''
    return { key, errorCode: errors.NONE, errorMessage, nodeId, host, port }
  }
  const answer = refused(key, refusal || errors.COORDINATOR_NOT_AVAILABLE)
  // Kafka has no words for one key among several.
  return version < severalKeysSince ? answer : { ...answer, errorMessage: '' }
}

/** Who may not ask brokers' questions is refused as a whole, as in Kafka. */
function refusalOf(keyType: number, key: string, context: Context): number {
  const { authorizer, version } = context
  const { group, transactionalId, share } = requires.FindCoordinator
  if (keyType === keyTypes.group && !authorizer.allows(context, group, key)) {
    return errors.GROUP_AUTHORIZATION_FAILED
  }
  if (keyType === keyTypes.transaction && !authorizer.allows(context, transactionalId, key)) {
    return errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  }
  if (keyType !== keyTypes.share) return errors.NONE
  if (version < shareSince) return errors.INVALID_REQUEST
  checkAllowed(context, share, clusterName)
  return shareKey.test(key) ? errors.NONE : errors.INVALID_REQUEST
}

function refused(key: string, errorCode: number) {
  const errorMessage = new KafkaError(errorName(errorCode)).message
  return { key, errorCode, errorMessage, nodeId: -1, host: '', port: -1 }
}
