import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek } from './recorded.ts'

describe('what commands tell of a cluster', () => {
  let broker: StartedBroker
  const cli = (...args: string[]) => odradek(...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await cli(...args, '--json')).stdout.join())

  beforeAll(async () => {
    broker = await startBroker({ brokers: 2 })
    await cli('topic', 'create', 'orders', '-p', '4', '-r', '2')
  })
  afterAll(() => broker.close())

  it('odradek status', async () => {
    const [first, second] = broker.bootstrapServers.split(',')
    expect(await json('status')).toEqual({
      clusterId: expect.any(String),
      controller: 0,
      brokers: [
        { node: 0, address: first, rack: null, controller: true, leads: 2 },
        { node: 1, address: second, rack: null, controller: false, leads: 2 },
      ],
      topics: 1,
      partitions: 4,
      offline: 0,
      underReplicated: 0,
      groups: 0,
    })
    const { stdout } = await cli('status')
    expect(stdout.map(line => line.replaceAll(/ +/g, ' ')).slice(1)).toEqual([
      'topics 1',
      'partitions 4',
      'offline 0',
      'under-replicated 0',
      'groups 0',
      '',
      'BROKER ADDRESS RACK CONTROLLER LEADS',
      ` 0 ${first} - yes 2`,
      ` 1 ${second} - - 2`,
    ])
  })

  it('odradek api-versions', async () => {
    expect(await json('api-versions', '--node', '1')).toMatchObject({
      apis: expect.arrayContaining([
        { key: 3, name: 'Metadata', minVersion: 0, maxVersion: 13 },
      ]) as unknown,
      features: expect.arrayContaining([
        expect.objectContaining({ feature: 'group.version', finalized: 1 }),
      ]) as unknown,
    })
    const { stdout } = await cli('api-versions')
    expect(stdout.slice(0, 2)).toEqual([
      'KEY  API                           VERSIONS',
      '  0  Produce                       0-13',
    ])
  })

  it('odradek config', async () => {
    const of = async (...args: string[]) => {
      const { resource, configs } = (await json('config', ...args)) as {
        resource: string
        configs: { name: string; value: string | null; origin: string }[]
      }
      const named = configs.map(each => [each.name, `${each.value} (${each.origin})`])
      return { resource, ...(Object.fromEntries(named) as Record<string, string>) }
    }
    expect(await of()).toMatchObject({
      resource: 'broker 0',
      'num.partitions': '1 (default)',
      brokers: '2 (start)',
    })
    await cli('config', 'set', 'broker', 'all', 'log.retention.ms=7000')
    await cli('config', 'set', 'broker', '1', 'log.retention.ms=8000')
    expect(await of('broker', '0', '--changed')).toMatchObject({
      'log.retention.ms': '7000 (all-brokers)',
    })
    expect(await of('broker', '1')).toMatchObject({ 'log.retention.ms': '8000 (broker)' })
    const both = ['topic', 'orders', 'retention.ms=9000', 'max.message.bytes=1000']
    const { stderr } = await cli('config', 'set', ...both)
    expect(stderr).toEqual(['changed topic orders: retention.ms=9000, max.message.bytes=1000'])
    await cli('config', 'set', 'topic', 'orders', '--unset', 'max.message.bytes')
    expect((await cli('config', 'topic', 'orders', '--changed')).stdout).toEqual([
      'CONFIG               VALUE  ORIGIN',
      'min.insync.replicas  1      all-brokers',
      'retention.ms         9000   topic',
    ])
    await cli('config', 'set', 'group', 'billing', 'consumer.session.timeout.ms=50000')
    expect(await of('group', 'billing')).toMatchObject({
      'consumer.session.timeout.ms': '50000 (group)',
    })
    expect(await of('logger')).toMatchObject({ resource: 'logger 0' })
    await cli('config', 'set', 'client-metrics', 'all', 'interval.ms=1000')
    expect(await of('client-metrics', 'all')).toMatchObject({
      'interval.ms': '1000 (client-metrics)',
    })
  })

  it.each([
    [['config', 'broker', 'first'], "first: not the id of a broker; 'odradek status' lists them"],
    [['config', 'broker', '7'], "there is no broker 7: 'odradek status' lists them"],
    [['config', 'topic', 'nothing'], 'topic nothing: there is no such topic'],
    [['config', 'set', 'topics', 'a', 'b=1'], 'topics: not one of broker, topic, group'],
    [['config', 'set', 'topic', 'orders'], 'nothing to change: name=value, or --unset name'],
    [['config', 'set', 'topic', 'orders', 'retention.ms=x'], 'topic orders: Invalid value x for'],
    [['status', '-b', ':'], 'bootstrap.servers: :: not an address of a broker'],
  ])('%j is refused', async (args, message) => {
    await expect(odradek(...args, ...at(args))).rejects.toThrow(message)
  })

  const at = (args: readonly string[]): string[] =>
    args.includes('-b') ? [] : ['-b', broker.bootstrapServers]
})
