/** Subscriptions to the metrics of clients (KIP-714). They exist as long as something is set. */
import { KafkaError } from '../../protocol/errors.ts'
import type { ConfigResources } from './resources.ts'
import { altered } from '../config/alter.ts'
import { checkClientMetrics } from '../config/client-metrics.ts'
import { describeClientMetrics } from '../config/describe.ts'

export const clientMetricsResources: ConfigResources = {
  guardedAs: 'cluster',

  names: ({ dynamicConfigs }) => dynamicConfigs.names('clientMetrics'),

  describe(name, { dynamicConfigs }) {
    if (name === '') throw new KafkaError('INVALID_REQUEST', 'a subscription needs a name')
    return describeClientMetrics(dynamicConfigs.of('clientMetrics', name))
  },

  async alter(name, { alteration, validateOnly, checkRights }, { dynamicConfigs }) {
    checkRights()
    await dynamicConfigs.update('clientMetrics', name, current => {
      // Lists as they are, Kafka appends nothing to them.
      const configs = altered(current, alteration, () => undefined)
      if (name === '') throw new KafkaError('INVALID_REQUEST', 'a subscription needs a name')
      const checked = checkClientMetrics(configs)
      return validateOnly ? current : checked
    })
  },
}
