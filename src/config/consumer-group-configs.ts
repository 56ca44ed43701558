import { int, list, string, type Definitions } from './definition.ts'

/** What of consumer groups is set on brokers (KIP-848); the bounds are of what is set on groups. */
export const consumerGroupConfigs = {
  'group.consumer.assignors': list({
    default: 'uniform,range',
    allowed: ['uniform', 'range'],
    doc: 'What assigns partitions in groups of the consumer protocol; the first one by default.',
  }),
  'group.consumer.max.size': int({
    default: 2 ** 31 - 1,
    min: 1,
    doc: 'The most members of a group of the consumer protocol.',
  }),
  'group.consumer.migration.policy': string({
    default: 'bidirectional',
    form: {
      pattern: /^(?:disabled|upgrade|downgrade|bidirectional)$/i,
      text: 'disabled, upgrade, downgrade or bidirectional',
    },
    doc: 'Whether groups change between the classic and the consumer protocol with their members.',
  }),
  'group.consumer.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'A member of a consumer group that is silent so long is gone.',
  }),
  'group.consumer.min.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'The shortest session timeout that may be set on a consumer group.',
  }),
  'group.consumer.max.session.timeout.ms': int({
    default: 60_000,
    min: 1,
    doc: 'The longest session timeout that may be set on a consumer group.',
  }),
  'group.consumer.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'How often members of consumer groups report.',
  }),
  'group.consumer.min.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'The shortest heartbeat interval that may be set on a consumer group.',
  }),
  'group.consumer.max.heartbeat.interval.ms': int({
    default: 15_000,
    min: 1,
    doc: 'The longest heartbeat interval that may be set on a consumer group.',
  }),
  'group.consumer.assignment.interval.ms': int({
    default: 1000,
    dynamic: 'cluster',
    min: 0,
    doc: 'The least time between two target assignments of a consumer group.',
  }),
  'group.consumer.min.assignment.interval.ms': int({
    default: 0,
    min: 0,
    doc: 'The shortest assignment interval that may be set on a consumer group.',
  }),
  'group.consumer.max.assignment.interval.ms': int({
    default: 15_000,
    min: 0,
    doc: 'The longest assignment interval that may be set on a consumer group.',
  }),
} satisfies Definitions
