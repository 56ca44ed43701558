import { KafkaError } from '../../protocol/errors.ts'
import type { ConfigResources } from '../config-resources.ts'
import { describeBrokerConfigs } from '../config/describe.ts'

export const brokerResources: ConfigResources = {
  names: ({ cluster }) => cluster.nodeIds.map(String),

  describe(name, { config }) {
    // The empty name stands for the defaults of all brokers, of which none is set.
    if (name === '') return []
    if (name === String(config.nodeId)) return describeBrokerConfigs(config)
    throw new KafkaError('INVALID_REQUEST', `no broker ${name}; this is ${config.nodeId}`)
  },

  async alter() {
    throw new KafkaError('INVALID_REQUEST', 'Cannot update these configs dynamically')
  },
}
