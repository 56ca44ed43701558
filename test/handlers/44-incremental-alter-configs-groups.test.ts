import { describe, expect, it } from 'vitest'
import { APPEND, ConfigClient, DELETE, resource, SET, type Change } from './configs.ts'
import { onKafka, uniqueName, useBroker } from './wire.ts'

const wire = useBroker()
const configs = new ConfigClient(() => wire.client)
const ofGroup = [8]

const set = (name: string, value: string): Change[] => [[name, SET, value]]

describe('IncrementalAlterConfigs of a group', () => {
  it('sets and unsets, though there is no such group', async () => {
    const name = uniqueName()
    const changes: Change[] = [
      ['consumer.session.timeout.ms', SET, ' 50000 '],
      ['share.auto.offset.reset', SET, 'by_duration:P1DT2H3M4.5S'],
      ['share.renew.acknowledge.enable', SET, 'FALSE'],
    ]
    expect(await configs.change(resource.group, name, changes)).toMatchObject({
      error: 'NONE',
      errorMessage: null,
      resourceType: resource.group,
      resourceName: name,
    })
    await expect
      .poll(() => configs.set(resource.group, name, ofGroup))
      .toEqual({
        'consumer.session.timeout.ms': '50000',
        'share.auto.offset.reset': 'by_duration:P1DT2H3M4.5S',
        'share.renew.acknowledge.enable': 'false',
      })
    const { configs: told } = await configs.describe(resource.group, name)
    expect(told).toHaveLength(17)
    expect(told.find(entry => entry.name === 'consumer.session.timeout.ms')).toMatchObject({
      readOnly: false,
      isSensitive: false,
      configType: 3,
      synonyms: [
        { name: 'consumer.session.timeout.ms', value: '50000', source: 8 },
        { name: 'group.consumer.session.timeout.ms', value: '45000', source: 5 },
      ],
    })
    expect(told.find(entry => entry.name === 'share.isolation.level')).toMatchObject({
      value: 'read_uncommitted',
      configSource: 5,
      configType: 2,
      synonyms: [{ name: 'share.isolation.level', value: 'read_uncommitted', source: 5 }],
    })
    const unset = changes.map(([config]): Change => [config, DELETE, null])
    expect((await configs.change(resource.group, name, unset)).error).toBe('NONE')
    await expect.poll(() => configs.set(resource.group, name, ofGroup)).toEqual({})
  })

  it.each([
    ['consumer.session.timeout.ms', '44999', /greater than or equal to group\.consumer\.min\.sess/],
    ['consumer.session.timeout.ms', '60001', /less than or equal to group\.consumer\.max\.session/],
    ['consumer.session.timeout.ms', 'x', /^Invalid value x for .*: Not a number of type INT$/],
    ['consumer.heartbeat.interval.ms', '0', /Value must be at least 1$/],
    ['consumer.heartbeat.interval.ms', '4999', /group\.consumer\.min\.heartbeat\.interval\.ms$/],
    ['consumer.heartbeat.interval.ms', '15001', /group\.consumer\.max\.heartbeat\.interval\.ms$/],
    ['consumer.assignment.interval.ms', '15001', /group\.consumer\.max\.assignment\.interval\.ms$/],
    ['share.auto.offset.reset', 'EARLIEST', /^Invalid value EARLIEST/],
    ['share.auto.offset.reset', 'by_duration:-PT1H', /^Invalid value by_duration:-PT1H/],
    ['share.auto.offset.reset', 'by_duration:P', /^Invalid value by_duration:P/],
    ['share.isolation.level', 'x', /String must be one of: read_committed, read_uncommitted$/],
    ['share.record.lock.duration.ms', '1000', /group\.share\.min\.record\.lock\.duration\.ms$/],
    ['share.record.lock.duration.ms', '60001', /group\.share\.max\.record\.lock\.duration\.ms$/],
    ['share.delivery.count.limit', '1', /Value must be at least 2$/],
    ['share.delivery.count.limit', '11', /group\.share\.max\.delivery\.count\.limit$/],
    [
      'share.partition.max.record.locks',
      '4001',
      /group\.share\.max\.partition\.max\.record\.locks/,
    ],
    ['share.renew.acknowledge.enable', 'x', /Expected value to be either true or false$/],
    ['streams.num.standby.replicas', '3', /group\.streams\.max\.standby\.replicas$/],
    ['streams.initial.rebalance.delay.ms', '-1', /Value must be at least 0$/],
    ['nope', '1', /^Unknown group config name: nope$/],
    ['', '1', /^Unknown group config name: $/],
    ['__proto__', '1', /^Unknown group config name: __proto__$/],
  ])('refuses %s=%s', async (config, value, message) => {
    const name = uniqueName()
    const both: Change[] = [...set('streams.num.standby.replicas', '1'), ...set(config, value)]
    const changes = config === 'streams.num.standby.replicas' ? set(config, value) : both
    expect(await configs.change(resource.group, name, changes)).toMatchObject({
      error: 'INVALID_CONFIG',
      errorMessage: expect.stringMatching(message),
    })
    await expect.poll(() => configs.set(resource.group, name, ofGroup)).toEqual({})
  })

  it.each([
    ['consumer.session.timeout.ms', '45000'],
    ['consumer.session.timeout.ms', '60000'],
    ['share.auto.offset.reset', 'earliest'],
    ['share.auto.offset.reset', 'by_duration:PT0S'],
    ['share.isolation.level', 'read_committed'],
    ['streams.num.standby.replicas', '2'],
    ['streams.initial.rebalance.delay.ms', '0'],
  ])('takes %s=%s, and changes nothing when it shall only validate', async (config, value) => {
    const options = { validateOnly: true }
    const name = uniqueName()
    const answer = await configs.change(resource.group, name, set(config, value), options)
    expect(answer.error).toBe('NONE')
    expect(await configs.set(resource.group, name, ofGroup)).toEqual({})
  })

  it('appends to none, for none is a list', async () => {
    const changes: Change[] = [['share.auto.offset.reset', APPEND, 'latest']]
    expect(await configs.change(resource.group, uniqueName(), changes)).toMatchObject({
      error: 'INVALID_CONFIG',
    })
  })

  it('needs a name', async () => {
    for (const changes of [[], set('share.isolation.level', 'read_committed')]) {
      expect((await configs.change(resource.group, '', changes)).error).toBe('INVALID_REQUEST')
    }
    expect((await configs.describe(resource.group, '')).errorCode).toBe(42)
  })
})

describe.skipIf(onKafka)(
  'What groups may set (skipped on Apache Kafka: has its own brokers)',
  () => {
    const bounded = useBroker({
      'group.consumer.min.heartbeat.interval.ms': 1000,
      'group.consumer.min.session.timeout.ms': 1000,
      'group.consumer.heartbeat.interval.ms': 2000,
    })
    const own = new ConfigClient(() => bounded.client)

    it('is bounded by what the brokers were started with', async () => {
      const name = uniqueName()
      const short = set('consumer.heartbeat.interval.ms', '999')
      expect(await own.change(resource.group, name, short)).toMatchObject({
        error: 'INVALID_CONFIG',
        errorMessage: expect.stringContaining('group.consumer.min.heartbeat.interval.ms'),
      })
      const quick = set('consumer.heartbeat.interval.ms', '1000')
      expect((await own.change(resource.group, name, quick)).error).toBe('NONE')
    })

    it('is a session that outlasts a heartbeat, whoever says how long that takes', async () => {
      const name = uniqueName()
      expect(
        await own.change(resource.group, name, set('consumer.session.timeout.ms', '2000')),
      ).toMatchObject({
        error: 'INVALID_CONFIG',
        errorMessage:
          'consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms',
      })
    })
  },
)
