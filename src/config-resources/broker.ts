/** Each broker by its id, and by an empty name all of them. */
import { KafkaError } from '../../protocol/errors.ts'
import type { Context } from '../handler.ts'
import type { ConfigResources } from './resources.ts'
import { hasNoEffect } from '../config.ts'
import { altered, type Alteration } from '../config/alter.ts'
import { allBrokerConfigs } from '../config/broker-configs.ts'
import { checkBrokerConfigs } from '../config/broker-rules.ts'
import { describeBrokerConfigs, describeClusterConfigs } from '../config/describe.ts'
import type { Overrides } from '../config/effective.ts'
import { checkNodeId } from './node-id.ts'

const minInsyncReplicas = 'min.insync.replicas'

export const brokerResources: ConfigResources = {
  guardedAs: 'cluster',

  names: ({ cluster }) => cluster.nodeIds.map(String),

  describe(name, { dynamicConfigs, nodeId }) {
    if (name === '') return describeClusterConfigs(dynamicConfigs.of('broker', ''))
    checkNodeId(name, nodeId)
    return describeBrokerConfigs(dynamicConfigs.layersOf(nodeId))
  },

  async alter(name, { alteration, validateOnly, checkRights }, context) {
    const { dynamicConfigs, topics, logger, nodeId } = context
    const isCluster = name === ''
    if (!isCluster) checkNodeId(name, nodeId)
    const resource = isCluster ? '' : String(nodeId)
    let useCredentials = (): void => {}
    await dynamicConfigs.update('broker', resource, async current => {
      const checked = checkBrokerConfigs(altered(current, alteration, listDefault), isCluster)
      // What is wrong with a broker's configs is told before (ConfigAdminManager.preprocess).
      checkRights()
      checkMinInsyncReplicas(checked, alteration, isCluster)
      useCredentials = await prepared(context, resource, checked)
      return validateOnly ? current : checked
    })
    if (validateOnly) return
    useCredentials()
    topics.reconfigure()
    const idle = alteration.operations.filter(({ name: config }) => hasNoEffect(config))
    if (idle.length > 0) {
      const names = idle.map(({ name: config }) => config).join(', ')
      logger.warn({ configs: names }, 'these configs of Apache Kafka have no effect here')
    }
  },
}

/** Keys and certificates are checked before they are stored, and loaded anew when files changed. */
async function prepared(
  { tls, dynamicConfigs }: Context,
  resource: string,
  configs: Overrides,
): Promise<() => void> {
  try {
    return await tls.prepare(dynamicConfigs.preview(resource, configs))
  } catch (error) {
    if (error instanceof RangeError) throw new KafkaError('INVALID_REQUEST', error.message)
    throw error
  }
}

/** Eligible leader replicas need the same on all brokers (KIP-966). */
function checkMinInsyncReplicas(
  configs: Overrides,
  { operations }: Alteration,
  isCluster: boolean,
): void {
  if (isCluster && configs[minInsyncReplicas] === undefined) {
    throw new KafkaError(
      'INVALID_CONFIG',
      `Cluster-level ${minInsyncReplicas} cannot be removed while ELR is enabled.`,
    )
  }
  if (!isCluster && operations.some(({ name }) => name === minInsyncReplicas)) {
    throw new KafkaError(
      'INVALID_CONFIG',
      `Broker-level ${minInsyncReplicas} cannot be altered while ELR is enabled.`,
    )
  }
}

function listDefault(name: string): string | undefined {
  const definition = allBrokerConfigs.get(name)
  return definition?.type === 'LIST' ? (definition.default ?? '') : undefined
}
