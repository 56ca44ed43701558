import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../protocol/errors.ts'
import { checkTopicConfigs, createConfig, topicConfig, type Config } from '../../src/config.ts'
import { describeTopicConfigs } from '../../src/config/describe.ts'
import { topicConfigs } from '../../src/config/topic-configs.ts'
import { kafkaTopicConfigs } from './kafka-topic-configs.ts'

const largestLong = '9223372036854775807'

function brokerWith(settings: Record<string, string>): Config {
  return createConfig(
    Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
  ).config
}

const defaults = brokerWith({})

/** The entry of DescribeConfigs in short: value, source, synonyms. */
function told(name: string, set: Record<string, string>, broker: Config) {
  const entry = describeTopicConfigs(set, broker).find(entry => entry.name === name)!
  const synonyms = entry.synonyms.map(({ name, value, source }) => `${name}=${value}/${source}`)
  return { value: entry.value, source: entry.configSource, synonyms }
}

describe('the table of topic configs', () => {
  it("has Kafka's names, types, defaults and broker configs", () => {
    const ours = describeTopicConfigs({}, defaults).map(({ name, value, synonyms }) => {
      const { type } = topicConfigs[name as keyof typeof topicConfigs]
      return [name, type, value, synonyms[0]?.name ?? null]
    })
    expect(ours).toEqual(kafkaTopicConfigs)
  })

  it('has words for each', () => {
    for (const { documentation } of describeTopicConfigs({}, defaults)) {
      expect(documentation).toMatch(/^\S.{10,100}\.$/)
    }
  })
})

// Each answer was given by Apache Kafka 4.3.1 to CreateTopics and DescribeConfigs.
describe('a value that Kafka takes is taken, and told in the same form', () => {
  it.each([
    ['cleanup.policy', '', ''],
    ['cleanup.policy', 'compact,delete', 'compact,delete'],
    ['cleanup.policy', 'compact,compact', 'compact'],
    ['cleanup.policy', ' compact , delete ', 'compact,delete'],
    ['retention.ms', ' 5 ', '5'],
    ['retention.ms', '+5', '5'],
    ['retention.ms', '-1', '-1'],
    ['retention.ms', largestLong, largestLong],
    ['preallocate', 'TRUE', 'true'],
    ['preallocate', ' true ', 'true'],
    ['min.cleanable.dirty.ratio', '1e-1', '0.1'],
    ['min.cleanable.dirty.ratio', '1', '1.0'],
    ['min.compaction.lag.ms', largestLong, largestLong],
    ['follower.replication.throttled.replicas', '*', '*'],
    ['follower.replication.throttled.replicas', '0:1,1:2', '0:1,1:2'],
    ['local.retention.ms', '9999999999999', '9999999999999'],
    ['min.insync.replicas', '3', '3'],
    ['index.interval.bytes', '0', '0'],
    ['compression.gzip.level', '-1', '-1'],
  ])('%s=%s', (name, value, expected) => {
    const set = checkTopicConfigs({ [name]: value }, defaults)
    expect(told(name, set, defaults)).toMatchObject({ value: expected, source: 1 })
  })
})

describe('a value that Kafka refuses is refused with INVALID_CONFIG and a reason', () => {
  it.each([
    ['nope', '1', 'Unknown topic config name: nope'],
    ['retention', '1', 'Unknown topic config name: retention; did you mean retention.ms?'],
    ['message.format.version', '3.0', 'Unknown topic config name: message.format.version'],
    ['__proto__', '1', 'Unknown topic config name: __proto__'],
    [
      'cleanup.policy',
      'x',
      'Invalid value x for configuration cleanup.policy: String must be one of: compact, delete',
    ],
    [
      'retention.ms',
      '-2',
      'Invalid value -2 for configuration retention.ms: Value must be at least -1',
    ],
    [
      'retention.ms',
      'abc',
      'Invalid value abc for configuration retention.ms: Not a number of type LONG',
    ],
    [
      'retention.ms',
      '',
      'Invalid value  for configuration retention.ms: Not a number of type LONG',
    ],
    [
      'retention.ms',
      '1.5',
      'Invalid value 1.5 for configuration retention.ms: Not a number of type LONG',
    ],
    ['retention.ms', '9223372036854775808', 'Not a number of type LONG'],
    ['max.message.bytes', '3000000000', 'Not a number of type INT'],
    ['max.message.bytes', '-1', 'Value must be at least 0'],
    ['preallocate', 'yes', 'Expected value to be either true or false'],
    [
      'compression.type',
      'lz5',
      'String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer',
    ],
    ['compression.type', 'LZ4', 'String must be one of: '],
    ['min.cleanable.dirty.ratio', '1.5', 'Value must be no more than 1'],
    ['segment.bytes', '1000', 'Value must be at least 1048576'],
    ['segment.index.bytes', '3', 'Value must be at least 4'],
    ['compression.gzip.level', '0', 'Value must be at least 1 or equal to -1'],
    ['compression.gzip.level', '10', 'Value must be no more than 9 or equal to -1'],
    ['message.timestamp.type', 'Foo', 'String must be one of: CreateTime, LogAppendTime'],
    ['follower.replication.throttled.replicas', 'x', "Not '*' or a list of partition:broker"],
    ['remote.storage.enable', 'true', 'remote.storage.enable: there is no tiered storage here'],
    ['flush.messages', '0', 'Value must be at least 1'],
  ])('%s=%s', (name, value, reason) => {
    const check = (): unknown => checkTopicConfigs(JSON.parse(`{"${name}":"${value}"}`), defaults)
    expect(check).toThrow(KafkaError)
    expect(check).toThrow(expect.objectContaining({ error: 'INVALID_CONFIG' }))
    expect(check).toThrow(reason)
  })

  it('compaction lags that contradict each other, also one of them from the broker', () => {
    const both = { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' }
    expect(() => checkTopicConfigs(both, defaults)).toThrow(
      'min.compaction.lag.ms (10) > max.compaction.lag.ms (5)',
    )
    const broker = brokerWith({ 'log.cleaner.max.compaction.lag.ms': '5' })
    expect(() => checkTopicConfigs({ 'min.compaction.lag.ms': '10' }, broker)).toThrow('(5)')
  })
})

// Sources and synonyms as Apache Kafka 4.3.1 told them for these settings of the broker.
describe('what holds for a topic', () => {
  const broker = brokerWith({
    'message.max.bytes': '2000000',
    'log.retention.hours': '100',
    'log.retention.minutes': '600',
    'log.roll.hours': '20',
    'log.roll.jitter.hours': '2',
    'log.flush.interval.ms': '500000',
  })

  it('is what was set on it', () => {
    const set = checkTopicConfigs({ 'max.message.bytes': '100' }, broker)
    expect(topicConfig(set, broker).maxMessageBytes).toBe(100)
    expect(told('max.message.bytes', set, broker)).toEqual({
      value: '100',
      source: 1,
      synonyms: [
        'max.message.bytes=100/1',
        'message.max.bytes=2000000/4',
        'message.max.bytes=1048588/5',
      ],
    })
  })

  it('else what was set on the broker', () => {
    expect(topicConfig({}, broker).maxMessageBytes).toBe(2_000_000)
    expect(told('max.message.bytes', {}, broker)).toEqual({
      value: '2000000',
      source: 4,
      synonyms: ['message.max.bytes=2000000/4', 'message.max.bytes=1048588/5'],
    })
    expect(told('flush.ms', {}, broker)).toEqual({
      value: '500000',
      source: 4,
      synonyms: [
        'log.flush.interval.ms=500000/4',
        `log.flush.scheduler.interval.ms=${largestLong}/5`,
      ],
    })
  })

  it('else what the broker counts in another unit, of which Kafka tells no source', () => {
    const { retentionMs, segmentMs, segmentJitterMs } = topicConfig({}, broker)
    expect({ retentionMs, segmentMs, segmentJitterMs }).toEqual({
      retentionMs: 36_000_000,
      segmentMs: 72_000_000,
      segmentJitterMs: 7_200_000,
    })
    expect(told('retention.ms', {}, broker)).toEqual({
      value: '36000000',
      source: 5,
      synonyms: [],
    })
  })

  it('milliseconds count before minutes, minutes before hours, and -1 is no limit', () => {
    const hours = { 'log.retention.hours': '-1' }
    expect(topicConfig({}, brokerWith(hours)).retentionMs).toBe(-1)
    const minutes = { ...hours, 'log.retention.minutes': '2' }
    expect(topicConfig({}, brokerWith(minutes)).retentionMs).toBe(120_000)
    const ms = { ...minutes, 'log.retention.ms': '3' }
    expect(topicConfig({}, brokerWith(ms)).retentionMs).toBe(3)
  })

  it('has typed values, Infinity where Kafka has the largest number', () => {
    const config = topicConfig({ 'message.timestamp.type': 'LogAppendTime' }, defaults)
    expect(config).toMatchObject({
      cleanupPolicy: ['delete'],
      minCleanableDirtyRatio: 0.5,
      preallocate: false,
      flushMessages: Infinity,
      segmentBytes: 1_073_741_824,
      logAppendTime: true,
    })
    expect(topicConfig({}, defaults).logAppendTime).toBe(false)
  })
})
