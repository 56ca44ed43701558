/** How quotas of users and clients are measured (Kafka: QuotaConfig). */
import { int, string, type Definitions } from './definition.ts'

export const quotaConfigs = {
  'quota.window.num': int({
    default: 11,
    min: 1,
    doc: 'Windows over which rates of clients are measured.',
  }),
  'quota.window.size.seconds': int({
    default: 1,
    min: 1,
    doc: 'The length of each of them; nobody is throttled longer at once for request_percentage.',
  }),
  'controller.quota.window.num': int({
    default: 11,
    min: 1,
    doc: 'Windows whose controller_mutation_rate a client may use up at once.',
  }),
  'controller.quota.window.size.seconds': int({
    default: 1,
    min: 1,
    doc: 'The length of each of them.',
  }),
  'quota.max.clients': int({
    default: 10_000,
    min: 1,
    doc:
      'Clients whose rates are remembered, for each kind of quota; of more, those are forgotten' +
      ' that were not heard of for the longest time.',
  }),
  'client.quota.callback.class': string(
    {
      default: null,
      form: { pattern: /^$/, text: 'possible without Java; set quotas of users and clients' },
      doc: 'In Apache Kafka, a Java class with its own quotas; here, no broker starts with one.',
    },
    'CLASS',
  ),
} satisfies Definitions
