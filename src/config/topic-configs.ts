import { bool, double, int, list, long, oneOf, type Definitions } from './definition.ts'

/** '*', or partition:broker pairs, or nothing. */
const throttledReplicas = {
  pattern: /^(\*|\d+:\d+(,\d+:\d+)*)?$/,
  text: "'*' or a list of partition:broker",
}

/** What can be set on a topic: the table of Apache Kafka 4.3 (TopicConfig, LogConfig). */
export const topicConfigs = {
  'cleanup.policy': list({
    default: 'delete',
    allowed: ['compact', 'delete'],
    doc: 'Delete old segments, compact them to the last record of each key, both, or neither.',
    broker: 'log.cleanup.policy',
  }),
  'compression.gzip.level': int({
    default: -1,
    min: 1,
    max: 9,
    or: -1,
    doc: 'Level for compression.type gzip.',
    broker: 'compression.gzip.level',
  }),
  'compression.lz4.level': int({
    default: 9,
    min: 1,
    max: 17,
    doc: 'Level for compression.type lz4. Without effect: there is one level only.',
    broker: 'compression.lz4.level',
  }),
  'compression.type': oneOf(['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], {
    default: 'producer',
    doc: "How batches are stored; 'producer' leaves them as they come.",
    broker: 'compression.type',
  }),
  'compression.zstd.level': int({
    default: 3,
    min: -131_072,
    max: 22,
    doc: 'Level for compression.type zstd.',
    broker: 'compression.zstd.level',
  }),
  'delete.retention.ms': long({
    default: 86_400_000,
    min: 0,
    doc: 'How long compaction keeps tombstones.',
    broker: 'log.cleaner.delete.retention.ms',
  }),
  'file.delete.delay.ms': long({
    default: 60_000,
    min: 0,
    doc: 'How long a file outlives its deletion. Without effect: readers finish on it.',
    broker: 'log.segment.delete.delay.ms',
  }),
  'flush.messages': long({
    default: Infinity,
    min: 1,
    doc: 'Sync after this many records, in the mode os; the mode disk always does.',
    broker: 'log.flush.interval.messages',
  }),
  'flush.ms': long({
    default: Infinity,
    min: 0,
    doc: 'Sync what is older than this. Without effect: see flush.messages and durability.',
    broker: 'log.flush.interval.ms',
  }),
  'follower.replication.throttled.replicas': list({
    default: '',
    form: throttledReplicas,
    doc: 'Replicas that replicate slowly, on the side of the follower.',
  }),
  'index.interval.bytes': int({
    default: 4096,
    min: 0,
    doc: 'Bytes of log for each entry of the indexes.',
    broker: 'log.index.interval.bytes',
  }),
  'leader.replication.throttled.replicas': list({
    default: '',
    form: throttledReplicas,
    doc: 'Replicas that replicate slowly, on the side of the leader.',
  }),
  'local.retention.bytes': long({
    default: -2,
    min: -2,
    doc: 'Size kept locally with tiered storage, which there is none of.',
    broker: 'log.local.retention.bytes',
  }),
  'local.retention.ms': long({
    default: -2,
    min: -2,
    doc: 'Time kept locally with tiered storage, which there is none of.',
    broker: 'log.local.retention.ms',
  }),
  'max.compaction.lag.ms': long({
    default: Infinity,
    min: 1,
    doc: 'A record is compacted no later than this.',
    broker: 'log.cleaner.max.compaction.lag.ms',
  }),
  'max.message.bytes': int({
    default: 1_048_588,
    min: 0,
    doc: 'The largest record batch, as it was sent.',
    broker: 'message.max.bytes',
  }),
  'message.timestamp.after.max.ms': long({
    default: 3_600_000,
    min: 0,
    doc: 'How far ahead of the clock a record may be.',
    broker: 'log.message.timestamp.after.max.ms',
  }),
  'message.timestamp.before.max.ms': long({
    default: Infinity,
    min: 0,
    doc: 'How far behind the clock a record may be.',
    broker: 'log.message.timestamp.before.max.ms',
  }),
  'message.timestamp.type': oneOf(['CreateTime', 'LogAppendTime'], {
    default: 'CreateTime',
    doc: "Whose clock gives the time of a record: the producer's or the broker's.",
    broker: 'log.message.timestamp.type',
  }),
  'min.cleanable.dirty.ratio': double({
    default: 0.5,
    min: 0,
    max: 1,
    doc: 'Compact when this share is not yet.',
    broker: 'log.cleaner.min.cleanable.ratio',
  }),
  'min.compaction.lag.ms': long({
    default: 0,
    min: 0,
    doc: 'A record is not compacted before this.',
    broker: 'log.cleaner.min.compaction.lag.ms',
  }),
  'min.insync.replicas': int({
    default: 1,
    min: 1,
    doc: 'In-sync replicas that acks=all asks for.',
    broker: 'min.insync.replicas',
  }),
  preallocate: bool({
    default: false,
    doc: 'Reserve the space of a segment when it is created. Without effect.',
    broker: 'log.preallocate',
  }),
  'remote.log.copy.disable': bool({
    default: false,
    doc: 'Copy nothing more to tiered storage.',
  }),
  'remote.log.delete.on.disable': bool({
    default: false,
    doc: 'Delete what lies in tiered storage when it is switched off.',
  }),
  'remote.storage.enable': bool({ default: false, doc: 'Tiered storage; not supported.' }),
  'retention.bytes': long({
    default: -1,
    doc: 'Size of a partition past which segments go; -1: no limit.',
    broker: 'log.retention.bytes',
  }),
  'retention.ms': long({
    default: 604_800_000,
    min: -1,
    doc: 'Age at which segments go; -1: no limit.',
    broker: 'log.retention.ms',
  }),
  'segment.bytes': int({
    default: 1_073_741_824,
    min: 1_048_576,
    doc: 'The largest segment file.',
    broker: 'log.segment.bytes',
  }),
  'segment.index.bytes': int({
    default: 10_485_760,
    min: 4,
    doc: 'The largest offset index of a segment.',
    broker: 'log.index.size.max.bytes',
  }),
  'segment.jitter.ms': long({
    default: 0,
    min: 0,
    doc: 'Segments roll at random up to this much earlier.',
    broker: 'log.roll.jitter.ms',
  }),
  'segment.ms': long({
    default: 604_800_000,
    min: 1,
    doc: 'Age at which a segment rolls.',
    broker: 'log.roll.ms',
  }),
  'unclean.leader.election.enable': bool({
    default: false,
    doc: 'A replica that lacks records may become leader.',
    broker: 'unclean.leader.election.enable',
  }),
} satisfies Definitions

export type TopicConfigName = keyof typeof topicConfigs

export function isTopicConfig(name: string): name is TopicConfigName {
  return Object.hasOwn(topicConfigs, name)
}
