import { describe, expect, it } from 'vitest'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { APPEND, ConfigClient, DELETE, resource, SET, SUBTRACT, type Change } from './configs.ts'
import { differs, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const configs = new ConfigClient(() => wire.client)
const ofTopic = [1]

describe('IncrementalAlterConfigs of a topic', () => {
  it.each(versionsOf(incrementalAlterConfigs))('v%i sets and unsets', async version => {
    const { name } = await wire.newTopic({ configs: { 'retention.bytes': '5000' } })
    const changes: Change[] = [
      ['retention.ms', SET, ' 1000 '],
      ['segment.bytes', SET, '2000000'],
      ['retention.bytes', DELETE, null],
      ['flush.ms', DELETE, 'whatever'],
    ]
    const answer = await configs.change(resource.topic, name, changes, { version })
    expect(answer).toMatchObject({
      error: 'NONE',
      errorMessage: null,
      resourceType: resource.topic,
      resourceName: name,
    })
    await expect
      .poll(() => configs.set(resource.topic, name, ofTopic))
      .toEqual({
        'retention.ms': '1000',
        'segment.bytes': '2000000',
      })
  })

  it('appends to lists and subtracts from them, from the default on', async () => {
    const { name } = await wire.newTopic()
    const steps: [Change, string][] = [
      [['cleanup.policy', APPEND, 'compact'], 'delete,compact'],
      [['cleanup.policy', APPEND, 'compact'], 'delete,compact'],
      [['cleanup.policy', SUBTRACT, 'delete'], 'compact'],
      [['cleanup.policy', SUBTRACT, 'delete'], 'compact'],
      [['cleanup.policy', SUBTRACT, 'compact'], ''],
      [['cleanup.policy', APPEND, 'delete,compact'], 'delete,compact'],
      [['cleanup.policy', SUBTRACT, 'compact,delete'], ''],
    ]
    for (const [change, value] of steps) {
      expect((await configs.change(resource.topic, name, [change])).error).toBe('NONE')
      await expect
        .poll(() => configs.set(resource.topic, name, ofTopic))
        .toEqual({ 'cleanup.policy': value })
    }
  })

  it.each<[string, Change[], string, RegExp]>([
    ['a wrong number', [['retention.ms', SET, 'abc']], 'INVALID_CONFIG', /^Invalid value abc for/],
    ['an unknown name', [['nope', SET, '1']], 'INVALID_CONFIG', /^Unknown topic config name: nope/],
    ['__proto__', [['__proto__', SET, '1']], 'INVALID_CONFIG', /^Unknown topic config name: __pro/],
    ['an empty name', [['', SET, '1']], 'INVALID_CONFIG', /^Unknown topic config name: /],
    ['APPEND to a number', [['retention.ms', APPEND, '1']], 'INVALID_CONFIG', /not LIST/],
    ['SUBTRACT from a number', [['retention.ms', SUBTRACT, '1']], 'INVALID_CONFIG', /not LIST/],
    ['APPEND to nothing known', [['constructor', APPEND, '1']], 'INVALID_CONFIG', /not LIST/],
    ['a list of what may not be', [['cleanup.policy', APPEND, 'x']], 'INVALID_CONFIG', /one of: /],
    ['null', [['retention.ms', SET, null]], 'INVALID_REQUEST', /Null value not supported/],
    ['null to append', [['cleanup.policy', APPEND, null]], 'INVALID_REQUEST', /Null value not/],
    [
      'a config twice',
      [
        ['retention.ms', SET, '1'],
        ['retention.ms', DELETE, null],
      ],
      'INVALID_REQUEST',
      /duplicate config keys/,
    ],
    [
      'lags that contradict each other',
      [
        ['min.compaction.lag.ms', SET, '10'],
        ['max.compaction.lag.ms', SET, '5'],
      ],
      'INVALID_CONFIG',
      /min\.compaction\.lag\.ms \(10\)/,
    ],
  ])('refuses %s, and changes nothing', async (_, changes, error, message) => {
    const { name } = await wire.newTopic({ configs: { 'retention.bytes': '5000' } })
    const all: Change[] = [['segment.ms', SET, '7000'], ...changes]
    const answer = await configs.change(resource.topic, name, all)
    expect(answer).toMatchObject({ error, errorMessage: expect.stringMatching(message) })
    await expect
      .poll(() => configs.set(resource.topic, name, ofTopic))
      .toEqual({ 'retention.bytes': '5000' })
  })

  it.each([-1, 4, 127])('refuses operation %i', async operation => {
    const { name } = await wire.newTopic()
    const changes: Change[] = [['retention.ms', operation, '1']]
    expect(await configs.change(resource.topic, name, changes)).toMatchObject({
      // Kafka trips over it in its controller.
      error: differs({ here: 'INVALID_REQUEST', kafka: 'UNKNOWN_SERVER_ERROR' }),
    })
    await expect.poll(() => configs.set(resource.topic, name, ofTopic)).toEqual({})
  })

  it('refuses a list that has grown too long', async () => {
    const { name } = await wire.newTopic()
    const throttled = (broker: number): string =>
      Array.from({ length: 4000 }, (_, partition) => `${partition}:${broker}`).join(',')
    const config = 'leader.replication.throttled.replicas'
    const first = await configs.change(resource.topic, name, [[config, SET, throttled(1)]])
    const second = await configs.change(resource.topic, name, [[config, APPEND, throttled(2)]])
    expect([first.error, second.error]).toEqual(['NONE', 'INVALID_CONFIG'])
  })

  it('changes nothing when it shall only validate', async () => {
    const { name } = await wire.newTopic()
    const options = { validateOnly: true }
    const good: Change[] = [['retention.ms', SET, '1']]
    const bad: Change[] = [['retention.ms', SET, 'x']]
    expect((await configs.change(resource.topic, name, good, options)).error).toBe('NONE')
    expect((await configs.change(resource.topic, name, bad, options)).error).toBe('INVALID_CONFIG')
    await expect.poll(() => configs.set(resource.topic, name, ofTopic)).toEqual({})
  })

  it.each<[string, string, string]>([
    ['that does not exist', 'no-such-topic', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['with an illegal name', 'a/b', 'INVALID_TOPIC_EXCEPTION'],
    ['without a name', '', 'INVALID_REQUEST'],
  ])('of a topic %s', async (_, name, error) => {
    for (const changes of [[], [['retention.ms', SET, '1'] as const]]) {
      expect(await configs.change(resource.topic, name, changes)).toMatchObject({
        error,
        errorMessage: expect.any(String),
      })
    }
    const unknown = await configs.change(resource.topic, name, [['nope', SET, '1']])
    expect(unknown.error).toBe(name === 'no-such-topic' ? 'INVALID_CONFIG' : error)
  })
})

describe('IncrementalAlterConfigs of several resources', () => {
  it('changes each or refuses it, whatever becomes of the others', async () => {
    const good = await wire.newTopic()
    const bad = await wire.newTopic()
    const answers = await configs.changeAll([
      [resource.topic, bad.name, [['nope', SET, '1']]],
      [resource.topic, good.name, [['retention.ms', SET, '1']]],
      [7, 'x', []],
      [0, '', []],
    ])
    const byType = (type: number) => answers.filter(answer => answer.resourceType === type)
    const topics = new Map(byType(resource.topic).map(answer => [answer.resourceName, answer]))
    expect(topics.get(bad.name)!.error).toBe('INVALID_CONFIG')
    expect(topics.get(good.name)!.error).toBe('NONE')
    expect(byType(7)).toMatchObject([{ error: 'INVALID_REQUEST' }])
    expect(byType(0)).toMatchObject([{ error: 'INVALID_REQUEST' }])
    await expect
      .poll(() => configs.set(resource.topic, good.name, ofTopic))
      .toEqual({ 'retention.ms': '1' })
  })

  it('refuses what is named twice, each time', async () => {
    const { name } = await wire.newTopic()
    const answers = await configs.changeAll([
      [resource.topic, name, [['retention.ms', SET, '1']]],
      [resource.topic, name, []],
    ])
    expect(answers.map(({ error }) => error)).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST'])
    await expect.poll(() => configs.set(resource.topic, name, ofTopic)).toEqual({})
  })

  it('of none answers none', async () => {
    expect(await configs.changeAll([])).toEqual([])
  })
})

describe('IncrementalAlterConfigs of client metrics', () => {
  const ofClientMetrics = [7]

  it('makes a subscription and takes it back', async () => {
    const name = uniqueName()
    const changes: Change[] = [
      ['interval.ms', SET, ' 500 '],
      ['metrics', SET, 'org.apache.kafka.producer., org.apache.kafka.consumer.'],
      ['match', SET, ' client_id = a.* , client_source_port=12'],
    ]
    expect((await configs.change(resource.clientMetrics, name, changes)).error).toBe('NONE')
    await expect
      .poll(() => configs.set(resource.clientMetrics, name, ofClientMetrics))
      .toEqual({
        'interval.ms': '500',
        metrics: 'org.apache.kafka.producer.,org.apache.kafka.consumer.',
        match: 'client_id = a.*,client_source_port=12',
      })
    const unset = changes.map(([config]): Change => [config, DELETE, null])
    expect((await configs.change(resource.clientMetrics, name, unset)).error).toBe('NONE')
    await expect.poll(() => configs.set(resource.clientMetrics, name, ofClientMetrics)).toEqual({})
  })

  it.each<[string, number, string, string, RegExp]>([
    ['interval.ms', SET, '99', 'INVALID_REQUEST', /^Invalid value 99 for interval\.ms/],
    ['interval.ms', SET, '3600001', 'INVALID_REQUEST', /between 100 and 3600000 \(1 hour\)/],
    ['interval.ms', SET, '-1', 'INVALID_REQUEST', /^Invalid value -1/],
    ['interval.ms', SET, 'x', 'INVALID_CONFIG', /Not a number of type INT/],
    ['interval.ms', APPEND, '1', 'INVALID_CONFIG', /not LIST/],
    ['metrics', SET, 'a,,b', 'INVALID_CONFIG', /values must not be empty/i],
    ['metrics', APPEND, 'a', 'INVALID_CONFIG', /not LIST/],
    ['match', SUBTRACT, 'client_id=a', 'INVALID_CONFIG', /not LIST/],
    ['match', SET, 'nope=1', 'INVALID_CONFIG', /^Illegal client matching pattern: nope=1$/],
    ['match', SET, 'client_id', 'INVALID_CONFIG', /^Illegal client matching pattern/],
    ['match', SET, 'client_id=', 'INVALID_CONFIG', /^Illegal client matching pattern/],
    ['match', SET, 'client_id=a=b', 'INVALID_CONFIG', /^Illegal client matching pattern/],
    ['match', SET, 'client_id=[', 'INVALID_CONFIG', /^Illegal client matching pattern/],
    ['nope', SET, '1', 'INVALID_REQUEST', /^Unknown client metrics configuration: nope$/],
    ['__proto__', SET, '1', 'INVALID_REQUEST', /^Unknown client metrics configuration/],
  ])('refuses %s, operation %i, %j', async (config, operation, value, error, message) => {
    const name = uniqueName()
    expect(
      await configs.change(resource.clientMetrics, name, [[config, operation, value]]),
    ).toMatchObject({ error, errorMessage: expect.stringMatching(message) })
    await expect.poll(() => configs.set(resource.clientMetrics, name, ofClientMetrics)).toEqual({})
  })

  it.each([
    ['100', ''],
    ['3600000', '*'],
  ])('takes interval %s and metrics %j', async (intervalMs, metrics) => {
    const changes: Change[] = [
      ['interval.ms', SET, intervalMs],
      ['metrics', SET, metrics],
      ['match', SET, ''],
    ]
    const answer = await configs.change(resource.clientMetrics, uniqueName(), changes)
    expect(answer.error).toBe('NONE')
  })

  it('changes nothing when it shall only validate', async () => {
    const name = uniqueName()
    const set: Change[] = [['interval.ms', SET, '500']]
    const answer = await configs.change(resource.clientMetrics, name, set, { validateOnly: true })
    expect(answer.error).toBe('NONE')
    expect(await configs.set(resource.clientMetrics, name, ofClientMetrics)).toEqual({})
  })

  it('refuses a subscription without a name', async () => {
    for (const changes of [[], [['interval.ms', SET, '500'] as const]]) {
      expect((await configs.change(resource.clientMetrics, '', changes)).error).toBe(
        'INVALID_REQUEST',
      )
    }
  })

  it('takes any other name', async () => {
    for (const name of [`${uniqueName()} a b/c`, '__proto__']) {
      const set: Change[] = [['interval.ms', SET, '500']]
      expect((await configs.change(resource.clientMetrics, name, set)).error).toBe('NONE')
      await expect
        .poll(() => configs.set(resource.clientMetrics, name, ofClientMetrics))
        .toEqual({
          'interval.ms': '500',
        })
      const unset: Change[] = [['interval.ms', DELETE, null]]
      expect((await configs.change(resource.clientMetrics, name, unset)).error).toBe('NONE')
    }
  })
})
