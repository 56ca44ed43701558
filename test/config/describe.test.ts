import { describe, expect, it } from 'vitest'
import { createConfig } from '../../src/config.ts'
import { describeBrokerConfigs } from '../../src/config/describe.ts'

function tell(settings: Record<string, string>) {
  const { config } = createConfig(
    Object.entries(settings).map(([name, value]) => ({ name, value, origin: name })),
  )
  return new Map(describeBrokerConfigs(config.layers).map(entry => [entry.name, entry]))
}

const staticBroker = 4
const byDefault = 5

describe('DescribeConfigs of the broker', () => {
  it('tells what is default', () => {
    expect(tell({}).get('num.partitions')).toEqual({
      name: 'num.partitions',
      value: '1',
      readOnly: true,
      configSource: byDefault,
      isSensitive: false,
      synonyms: [{ name: 'num.partitions', value: '1', source: byDefault }],
      configType: 3,
      documentation: 'Partitions of a topic for which nobody says how many.',
    })
  })

  it('tells what was set, above what was default', () => {
    expect(tell({ 'num.partitions': '6' }).get('num.partitions')).toMatchObject({
      value: '6',
      configSource: staticBroker,
      synonyms: [
        { name: 'num.partitions', value: '6', source: staticBroker },
        { name: 'num.partitions', value: '1', source: byDefault },
      ],
    })
  })

  // As Apache Kafka 4.3.1 answers for these two settings.
  it('tells the fallbacks of a config that has some', () => {
    const told = tell({ 'log.retention.hours': '100', 'log.retention.minutes': '600' })
    expect(told.get('log.retention.ms')).toMatchObject({ value: null, configSource: byDefault })
    expect(told.get('log.retention.ms')!.synonyms).toEqual([])
    expect(told.get('log.retention.minutes')!.synonyms).toEqual([
      { name: 'log.retention.minutes', value: '600', source: staticBroker },
      { name: 'log.retention.hours', value: '100', source: staticBroker },
      { name: 'log.retention.hours', value: '168', source: byDefault },
    ])
  })

  it('tells one code for each type', () => {
    const told = tell({})
    const codes = {
      'auto.create.topics.enable': 1,
      durability: 2,
      'num.partitions': 3,
      'connections.max.idle.ms': 5,
      'log.cleaner.min.cleanable.ratio': 6,
      'log.dirs': 7,
    }
    for (const [name, code] of Object.entries(codes)) {
      expect(told.get(name)).toMatchObject({ name, configType: code })
    }
  })

  it('hides passwords and what was set by names that Kafka does not know any more', () => {
    const told = tell({ 'ssl.keystore.password': 'hunter2', 'zookeeper.connect': 'localhost:2181' })
    for (const [name, configType] of [
      ['ssl.keystore.password', 9],
      ['zookeeper.connect', 0],
    ] as const) {
      expect(told.get(name)).toMatchObject({
        value: null,
        isSensitive: true,
        configSource: staticBroker,
        configType,
        synonyms: [{ name, value: null, source: staticBroker }],
      })
    }
    expect(JSON.stringify([...told.values()])).not.toContain('hunter2')
  })

  it('tells what Kafka takes without effect here, as it was set', () => {
    const told = tell({ 'num.io.threads': '3', 'log.cleaner.io.buffer.load.factor': '1e9' })
    expect(told.get('num.io.threads')).toMatchObject({ value: '3', configSource: staticBroker })
    expect(told.get('log.cleaner.io.buffer.load.factor')).toMatchObject({ value: '1.0E9' })
    expect(told.get('remote.log.manager.copy.max.bytes.per.second')).toMatchObject({
      value: '9223372036854775807',
      configType: 5,
    })
    expect(told.get('sasl.login.refresh.buffer.seconds')).toMatchObject({
      value: '300',
      configType: 4,
    })
    expect(told.get('principal.builder.class')).toMatchObject({ configType: 8 })
    expect(told.get('ssl.cipher.suites')).toMatchObject({ value: '', configType: 7 })
    expect(told.get('broker.rack')).toMatchObject({ value: null, synonyms: [] })
  })

  it('tells of aliases, too', () => {
    const told = tell({ 'broker.id': '7' })
    expect(told.get('broker.id')).toMatchObject({
      value: '7',
      synonyms: [
        { name: 'broker.id', value: '7', source: staticBroker },
        { name: 'broker.id', value: '0', source: byDefault },
      ],
    })
    expect(told.get('node.id')).toMatchObject({ value: '7' })
  })

  it('has each name once, in order, with words', () => {
    const entries = [...tell({}).values()]
    const names = entries.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)].toSorted())
    for (const { documentation } of entries) expect(documentation).toMatch(/^\S.*\.$/)
  })
})
