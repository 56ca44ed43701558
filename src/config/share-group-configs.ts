import { int, type Definitions } from './definition.ts'

/** What of share groups is set on brokers (KIP-932); the bounds are of what is set on groups. */
export const shareGroupConfigs = {
  'group.share.assignment.interval.ms': int({
    default: 1000,
    dynamic: 'cluster',
    min: 0,
    doc: 'The least time between two assignments of a share group.',
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
  'group.share.max.heartbeat.interval.ms': int({
    default: 15_000,
    min: 1,
    doc: 'The most that may be set as share.heartbeat.interval.ms.',
  }),
  'group.share.max.session.timeout.ms': int({
    default: 60_000,
    min: 1,
    doc: 'The most that may be set as share.session.timeout.ms.',
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
  'group.share.min.heartbeat.interval.ms': int({
    default: 5000,
    min: 1,
    doc: 'The least that may be set as share.heartbeat.interval.ms.',
  }),
  'group.share.min.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'The least that may be set as share.session.timeout.ms.',
  }),
  'group.share.session.timeout.ms': int({
    default: 45_000,
    min: 1,
    doc: 'A member of a share group that is silent so long is gone.',
  }),
} satisfies Definitions
