/**
 * ListConfigResources: v0–1. v0 lists client metrics subscriptions (KIP-714); v1 all resources that
 * configs may be set on, or those of some types (KIP-1142). Groups are listed if something is set.
 */
import { listConfigResources } from '../../protocol/apis/74-list-config-resources.ts'
import { errors, KafkaError } from '../../protocol/errors.ts'
import { configResources } from '../config-resources.ts'
import { handle } from '../handler.ts'

/** Kafka: ConfigResource.Type.CLIENT_METRICS. */
const clientMetricsType = 16

export default handle(listConfigResources, {
  run(request, context) {
    const asked = context.version === 0 ? [clientMetricsType] : request.resourceTypes
    if (!asked.every(type => configResources.has(type))) throw new KafkaError('UNSUPPORTED_VERSION')
    const listed = Array.from(configResources, ([resourceType, resources]) => {
      if (asked.length > 0 && !asked.includes(resourceType)) return []
      return resources.names(context).map(resourceName => ({ resourceType, resourceName }))
    }).flat()
    return { errorCode: errors.NONE, configResources: listed }
  },

  fail: errorCode => ({ errorCode, configResources: [] }),
})
