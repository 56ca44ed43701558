/** SASL, of all listeners or of one, and of one mechanism there (Kafka: BrokerSecurityConfigs). */
import { int, list, long, string, type Definitions } from './definition.ts'

export const saslConfigs = {
  'sasl.enabled.mechanisms': list({
    default: 'GSSAPI',
    dynamic: 'broker',
    doc: 'The mechanisms by which clients may authenticate themselves.',
  }),
  'sasl.jaas.config': string(
    {
      default: null,
      dynamic: 'broker',
      doc: 'What a mechanism knows, as a login module of Java: users of PLAIN, for instance.',
    },
    'PASSWORD',
  ),
  'sasl.server.max.receive.size': int({
    default: 524_288,
    doc: 'The largest request of a client that has not authenticated itself.',
  }),
  'connections.max.reauth.ms': long({
    default: 0,
    doc: 'A client authenticates itself again before this is over, or is cut off (KIP-368).',
  }),
  'connection.failed.authentication.delay.ms': int({
    default: 100,
    min: 0,
    doc: 'How long the answer to a failed authentication waits.',
  }),
  'connection.authentication.timeout.ms': int({
    default: 10_000,
    min: 1,
    doc: 'A client that has not authenticated itself by then is cut off. Apache Kafka: never.',
  }),
} satisfies Definitions
