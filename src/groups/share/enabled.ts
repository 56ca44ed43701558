import { KafkaError } from '../../../protocol/errors.ts'
import type { Features } from '../../features.ts'

/** Throws UNSUPPORTED_VERSION where share groups are switched off (KIP-932, KIP-1022). */
export function checkShareGroupsEnabled(features: Pick<Features, 'level'>): void {
  if (features.level('share.version') === 0) throw new KafkaError('UNSUPPORTED_VERSION')
}
