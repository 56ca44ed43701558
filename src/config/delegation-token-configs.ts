/** Delegation tokens (Kafka: DelegationTokenManagerConfigs). */
import { long, string, type Definitions } from './definition.ts'

const dayMs = 24 * 60 * 60 * 1000

export const delegationTokenConfigs = {
  'delegation.token.secret.key': string(
    {
      default: null,
      alias: 'delegation.token.master.key',
      doc: 'What makes delegation tokens; without it, there are none.',
    },
    'PASSWORD',
  ),
  'delegation.token.max.lifetime.ms': long({
    default: 7 * dayMs,
    min: 1,
    doc: 'How long a delegation token may be renewed.',
  }),
  'delegation.token.expiry.time.ms': long({
    default: dayMs,
    min: 1,
    doc: 'How long a delegation token is good, from its creation or renewal.',
  }),
  'delegation.token.expiry.check.interval.ms': long({
    default: dayMs / 24,
    min: 1,
    doc: 'How often expired delegation tokens are removed.',
  }),
} satisfies Definitions
