/**
 * OAUTHBEARER, of all listeners or of one (Kafka: SaslConfigs). What decides whose tokens are good
 * is set where the broker is started, and by no client (CVE-2024-31141, CVE-2025-27817).
 */
import { bool, int, list, long, string, type Definitions } from './definition.ts'

const javaPackage = 'org.apache.kafka.common.security.oauthbearer'

export const oauthBearerConfigs = {
  'sasl.server.callback.handler.class': string(
    { default: null, doc: 'Which of the ways of Apache Kafka to check tokens is meant.' },
    'CLASS',
  ),
  'sasl.oauthbearer.jwt.validator.class': string(
    {
      default: `${javaPackage}.DefaultJwtValidator`,
      doc: 'What checks signed tokens; there is one way.',
    },
    'CLASS',
  ),
  'sasl.oauthbearer.unsecured.enable': bool({
    default: false,
    doc: 'Takes tokens that nobody has signed, so that anybody is anybody: for development.',
  }),
  'sasl.oauthbearer.jwks.endpoint.url': string({
    default: null,
    doc: 'The keys that sign tokens: a JSON Web Key Set behind https:, http: or file:.',
  }),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long({
    default: 3_600_000,
    min: 1,
    doc: 'How old keys may be; they are asked for again when a token needs them.',
  }),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long({
    default: 100,
    doc: 'How long to wait after keys could not be had; twice as long each time.',
  }),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long({
    default: 10_000,
    doc: 'The longest such wait.',
  }),
  'sasl.oauthbearer.expected.audience': list({
    default: '',
    doc: 'A token must be meant for one of these; without any, for nobody.',
  }),
  'sasl.oauthbearer.expected.issuer': string({
    default: null,
    doc: 'Who must have issued tokens; anybody, if it is not set.',
  }),
  'sasl.oauthbearer.scope.claim.name': string({
    default: 'scope',
    doc: 'The claim of a token that has its scopes.',
  }),
  'sasl.oauthbearer.sub.claim.name': string({
    default: 'sub',
    doc: 'The claim of a token that names the client: its principal.',
  }),
  'sasl.oauthbearer.clock.skew.seconds': int({
    default: 30,
    min: 0,
    doc: 'How far clocks of issuers may be off.',
  }),
} satisfies Definitions

/** Whether a client is never to set it, not even for one listener. */
export function isOAuthBearerConfig(name: string): boolean {
  return Object.hasOwn(oauthBearerConfigs, name)
}
