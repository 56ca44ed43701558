import { int, type Definitions } from './definition.ts'

/** What of share groups is set on brokers (KIP-932); the bounds are of what is set on groups. */
export const shareGroupConfigs = {
  'group.share.assignment.interval.ms': int({
    default: 1000,
    dynamic: 'cluster',
    min: 0,
    doc: 'The least time between two assignments of a share group.',
  }),
  'group.share.delivery.count.limit': int({
    default: 5,
    min: 2,
    max: 10,
    doc: 'How often a record is delivered before a share group gives it up.',
  }),
  'group.share.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'How often members of share groups report.',
  }),
  'group.share.max.assignment.interval.ms': int({
    default: 15_000,
    min: 0,
    doc: 'The most that may be set as share.assignment.interval.ms.',
  }),
  'group.share.max.delivery.count.limit': int({
    default: 10,
    min: 5,
    max: 25,
    doc: 'The most that may be set as share.delivery.count.limit.',
  }),
  'group.share.max.heartbeat.interval.ms': int({
    default: 15_000,
    min: 1,
    doc: 'The most that may be set as share.heartbeat.interval.ms.',
  }),
  'group.share.max.partition.max.record.locks': int({
    default: 4000,
    min: 2000,
    max: 10_000,
    doc: 'The most that may be set as share.partition.max.record.locks.',
  }),
  'group.share.max.record.lock.duration.ms': int({
    default: 60_000,
    min: 30_000,
    max: 3_600_000,
    doc: 'The most that may be set as share.record.lock.duration.ms.',
  }),
  'group.share.max.session.timeout.ms': int({
    default: 60_000,
    min: 1,
    doc: 'The most that may be set as share.session.timeout.ms.',
  }),
  'group.share.max.share.sessions': int({
    default: 2000,
    min: 1,
    doc: 'The most share consumers that fetch from a broker.',
  }),
  'group.share.max.size': int({
    default: 200,
    min: 1,
    max: 1000,
    doc: 'The most members of a share group.',
  }),
  'group.share.min.assignment.interval.ms': int({
    default: 0,
    min: 0,
    doc: 'The least that may be set as share.assignment.interval.ms.',
  }),
  'group.share.min.delivery.count.limit': int({
    default: 2,
    min: 2,
    max: 5,
    doc: 'The least that may be set as share.delivery.count.limit.',
  }),
  'group.share.min.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'The least that may be set as share.heartbeat.interval.ms.',
  }),
  'group.share.min.partition.max.record.locks': int({
    default: 100,
    min: 100,
    max: 2000,
    doc: 'The least that may be set as share.partition.max.record.locks.',
  }),
  'group.share.min.record.lock.duration.ms': int({
    default: 15_000,
    min: 1000,
    max: 30_000,
    doc: 'The least that may be set as share.record.lock.duration.ms.',
  }),
  'group.share.min.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'The least that may be set as share.session.timeout.ms.',
  }),
  'group.share.partition.max.record.locks': int({
    default: 2000,
    min: 100,
    max: 10_000,
    doc: 'The most records of a partition that a share group has in flight.',
  }),
  'group.share.record.lock.duration.ms': int({
    default: 30_000,
    min: 1000,
    max: 3_600_000,
    doc: 'How long a delivered record is locked for its share consumer.',
  }),
  'group.share.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'A member of a share group that is silent so long is gone.',
  }),
} satisfies Definitions
