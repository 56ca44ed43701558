import { KafkaError } from '../../protocol/errors.ts'
import type { Config } from '../config.ts'
import type { Features } from '../features.ts'

/** The feature that each protocol goes with (KIP-584). */
const featureOf = {
  consumer: 'group.version',
  share: 'share.version',
  streams: 'streams.version',
} as const

/**
 * Throws UNSUPPORTED_VERSION for a protocol that is switched off: by
 * group.coordinator.rebalance.protocols, or by its feature, set to 0. Share groups need the feature
 * only. (Kafka: KafkaApis)
 */
export function checkProtocolEnabled(
  protocol: keyof typeof featureOf,
  { config, features }: { config: Config; features: Pick<Features, 'level'> },
): void {
  const isListed = config.groupCoordinatorRebalanceProtocols.includes(protocol)
  if ((isListed || protocol === 'share') && features.level(featureOf[protocol]) > 0) return
  throw new KafkaError('UNSUPPORTED_VERSION', `the ${protocol} protocol is switched off`)
}
