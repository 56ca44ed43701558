import { int, type Definitions } from './definition.ts'

/** What of streams groups is set on brokers (KIP-1071); the bounds are of what is set on groups. */
export const streamsGroupConfigs = {
  'group.streams.assignment.interval.ms': int({
    default: 1000,
    dynamic: 'cluster',
    min: 0,
    doc: 'The least time between two assignments of a streams group.',
  }),
  'group.streams.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'How often members of streams groups report.',
  }),
  'group.streams.initial.rebalance.delay.ms': int({
    default: 0,
    min: 0,
    doc: 'How long an empty streams group waits for more members. Apache Kafka: 3000.',
  }),
  'group.streams.max.assignment.interval.ms': int({
    default: 15_000,
    min: 0,
    doc: 'The most that may be set as streams.assignment.interval.ms.',
  }),
  'group.streams.max.heartbeat.interval.ms': int({
    default: 15_000,
    min: 1,
    doc: 'The most that may be set as streams.heartbeat.interval.ms.',
  }),
  'group.streams.max.session.timeout.ms': int({
    default: 60_000,
    min: 1,
    doc: 'The most that may be set as streams.session.timeout.ms.',
  }),
  'group.streams.max.size': int({
    default: 2 ** 31 - 1,
    min: 1,
    doc: 'The most members of a streams group.',
  }),
  'group.streams.max.standby.replicas': int({
    default: 2,
    min: 0,
    doc: 'The most that may be set as streams.num.standby.replicas.',
  }),
  'group.streams.min.assignment.interval.ms': int({
    default: 0,
    min: 0,
    doc: 'The least that may be set as streams.assignment.interval.ms.',
  }),
  'group.streams.min.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'The least that may be set as streams.heartbeat.interval.ms.',
  }),
  'group.streams.min.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'The least that may be set as streams.session.timeout.ms.',
  }),
  'group.streams.num.standby.replicas': int({
    default: 0,
    min: 0,
    doc: 'Standby replicas of each task of a streams group.',
  }),
  'group.streams.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'A member of a streams group that is silent so long is gone.',
  }),
} satisfies Definitions
