/**
 * Kafka's own command-line tools for those who run a cluster. With KAFKA_BOOTSTRAP set, against
 * that one: so these expectations were checked against Apache Kafka 4.3.1, one node and three.
 */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { useCluster } from './tools/cluster.ts'
import { skipped } from './tools/tools.ts'

const cluster = useCluster()
describe.skipIf(skipped)(`kafka-configs${skipped}`, () => {
  const alter = (what: string, change: string): Promise<string> =>
    cluster.tools.run(`kafka-configs --alter ${what} ${change}`)

  /** The lines that describe what was set, in which brokers come to agree. */
  async function settles(what: string, ...lines: string[]): Promise<void> {
    const described = async (): Promise<string[]> => {
      const text = await cluster.tools.run(`kafka-configs --describe ${what}`)
      return text.trimEnd().split('\n').slice(1)
    }
    await expect.poll(described, { timeout: 10_000 }).toEqual(lines)
  }

  it('sets what a topic does, and sets it back', async () => {
    const topic = await cluster.newTopic('configured')
    const of = `--entity-type topics --entity-name ${topic}`
    const change = '--add-config segment.bytes=2097152,cleanup.policy=[compact,delete]'
    expect(await alter(of, change)).toBe(`Completed updating config for topic ${topic}.\n`)
    const policy =
      '  cleanup.policy=compact,delete sensitive=false synonyms={' +
      'DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, ' +
      'DEFAULT_CONFIG:log.cleanup.policy=delete}'
    const bytes =
      '  segment.bytes=2097152 sensitive=false synonyms={' +
      'DYNAMIC_TOPIC_CONFIG:segment.bytes=2097152, ' +
      'DEFAULT_CONFIG:log.segment.bytes=1073741824}'
    await settles(of, policy, bytes)
    await alter(of, '--delete-config segment.bytes')
    await settles(of, policy)
    const all = await cluster.tools.run(`kafka-configs --describe --all ${of}`)
    expect(all).toContain('\n  segment.bytes=1073741824 sensitive=false')
  })

  it('says what is wrong', async () => {
    const topic = await cluster.newTopic('misconfigured')
    const change = `kafka-configs --alter --topic ${topic} --add-config`
    await cluster.refuses(
      `${change} retention.ms=abc`,
      'Invalid value abc for configuration retention.ms: Not a number of type LONG',
    )
    await cluster.refuses(`${change} nonsense=1`, 'InvalidConfigurationException')
    const unknown = cluster.name('unknown')
    expect(await cluster.tools.run(`kafka-configs --describe --topic ${unknown}`)).toBe(
      `The topic '${unknown}' doesn't exist and doesn't have dynamic config.\n`,
    )
  })

  it('sets what a broker does, and all of them', async () => {
    const of = `--entity-type brokers --entity-name ${cluster.nodes[0]}`
    await alter(of, '--add-config log.cleaner.threads=2')
    await settles(
      of,
      '  log.cleaner.threads=2 sensitive=false synonyms={' +
        'DYNAMIC_BROKER_CONFIG:log.cleaner.threads=2, DEFAULT_CONFIG:log.cleaner.threads=1}',
    )
    await alter(of, '--delete-config log.cleaner.threads')
    await settles(of)
    const all = '--entity-type brokers --entity-default'
    const withoutIsr = async (): Promise<string> =>
      (await cluster.tools.run(`kafka-configs --describe ${all}`))
        .split('\n')
        .filter(line => !line.includes('min.insync.replicas'))
        .join('\n')
    await alter(all, '--add-config message.max.bytes=2000003')
    await expect
      .poll(withoutIsr, { timeout: 10_000 })
      .toBe(
        'Default configs for brokers in the cluster are:\n' +
          '  message.max.bytes=2000003 sensitive=false synonyms={' +
          'DYNAMIC_DEFAULT_BROKER_CONFIG:message.max.bytes=2000003}\n',
      )
    await alter(all, '--delete-config message.max.bytes')
  })

  it('sets credentials and quotas', async () => {
    const user = cluster.name('user')
    const of = `--entity-type users --entity-name ${user}`
    const describes = (what: string): Promise<string> =>
      cluster.tools.run(`kafka-configs --describe ${what}`)
    await alter(of, '--add-config SCRAM-SHA-256=[password=secret]')
    await alter(of, '--add-config producer_byte_rate=1000')
    await expect
      .poll(() => describes(of), { timeout: 10_000 })
      .toBe(
        `Quota configs for user-principal '${user}' are producer_byte_rate=1000.0\n` +
          `SCRAM credential configs for user-principal '${user}' are ` +
          'SCRAM-SHA-256=iterations=4096\n',
      )
    await alter(of, '--delete-config SCRAM-SHA-256')
    await alter(of, '--delete-config producer_byte_rate')
    await expect.poll(() => describes(of), { timeout: 10_000 }).toBe('')
  })

  it('sets what groups and subscriptions of metrics do', async () => {
    const group = `--entity-type groups --entity-name ${cluster.name('group')}`
    await alter(group, '--add-config consumer.session.timeout.ms=50000')
    await settles(
      group,
      '  consumer.session.timeout.ms=50000 sensitive=false synonyms={' +
        'DYNAMIC_GROUP_CONFIG:consumer.session.timeout.ms=50000, ' +
        'DEFAULT_CONFIG:group.consumer.session.timeout.ms=45000}',
    )
    const metrics = `--client-metrics ${cluster.name('metrics')}`
    await alter(metrics, '--add-config interval.ms=1000')
    await settles(
      metrics,
      '  interval.ms=1000 sensitive=false synonyms={' +
        'DYNAMIC_CLIENT_METRICS_CONFIG:interval.ms=1000}',
    )
    await alter(metrics, '--delete-config interval.ms')
  })
})

describe.skipIf(skipped)(`kafka-delete-records${skipped}`, () => {
  it('moves the start of partitions', async () => {
    const topic = await cluster.newTopic('forgotten', '--partitions 1')
    await cluster.produce(topic, 5)
    const forget = async (offset: number): Promise<string> => {
      const partitions = [{ topic, partition: 0, offset }]
      const file = await cluster.file({ partitions, version: 1 })
      return cluster.tools.run(`kafka-delete-records --offset-json-file ${file}`)
    }
    expect(await forget(2)).toMatch(new RegExp(`^partition: ${topic}-0\tlow_watermark: 2$`, 'm'))
    const earliest = `kafka-get-offsets --topic ${topic} --time earliest`
    await expect.poll(() => cluster.tools.run(earliest)).toBe(`${topic}:0:2\n`)
    expect(await forget(9)).toContain('OffsetOutOfRangeException')
    expect(await forget(-1)).toContain('low_watermark: 5')
  })
})

interface LogDirs {
  brokers: {
    broker: number
    logDirs: { logDir: string; error: unknown; partitions: { partition: string; size: number }[] }[]
  }[]
}

describe.skipIf(skipped)(`where records lie${skipped}`, () => {
  async function readLogDirs(topic: string): Promise<LogDirs> {
    const printed = await cluster.tools.run(`kafka-log-dirs --describe --topic-list ${topic}`)
    return JSON.parse(printed.split('\n')[2]!) as LogDirs
  }

  it('kafka-log-dirs knows sizes', async () => {
    const [first] = cluster.nodes
    const topic = await cluster.newTopic('stored', `--replica-assignment ${first}`)
    await cluster.produce(topic, 3)
    const { brokers } = await readLogDirs(topic)
    expect(brokers.map(({ broker }) => broker)).toEqual(cluster.nodes)
    const [{ error, partitions }] = brokers[0]!.logDirs as [LogDirs['brokers'][0]['logDirs'][0]]
    expect(error).toBeNull()
    expect(partitions).toEqual([
      { partition: `${topic}-0`, size: expect.any(Number), offsetLag: 0, isFuture: false },
    ])
    expect(partitions[0]!.size).toBeGreaterThan(80)
    await cluster.refuses('kafka-log-dirs --describe --broker-list 99', 'do not exist')
  })

  it('kafka-dump-log reads the files', async () => {
    const [first] = cluster.nodes
    const topic = await cluster.newTopic('dumped', `--replica-assignment ${first}`)
    await cluster.produce(topic, 3)
    const { logDir } = (await readLogDirs(topic)).brokers[0]!.logDirs[0]!
    if (!existsSync(logDir)) throw new Error(`${logDir}: not on this machine`)
    const directory = readdirSync(logDir).find(name => name.startsWith(`${topic}-0`))!
    const file = path.join(logDir, directory, '00000000000000000000.log')
    const dumped = await cluster.tools.run(`kafka-dump-log --files ${file} --print-data-log`)
    expect(dumped).toMatch(/^baseOffset: 0 lastOffset: 2 count: 3 .* isvalid: true$/m)
    const records = [...dumped.matchAll(/^\| offset: (\d) .* key: (\w+) payload: (\w+)$/gm)]
    expect(records.map(([, ...parts]) => parts.join(' '))).toEqual([
      '0 k1 v1',
      '1 k2 v2',
      '2 k3 v3',
    ])
  })

  it('kafka-dump-log reads what was compacted', { timeout: 60_000 }, async () => {
    const [first] = cluster.nodes
    const configs = 'cleanup.policy=compact segment.ms=1 min.cleanable.dirty.ratio=0'
    const flags = configs.split(' ').map(config => ` --config ${config}`)
    const placed = `--replica-assignment ${first}${flags.join('')}`
    const topic = await cluster.newTopic('compacted', placed)
    // A segment for each; the last one is written to.
    for (let i = 0; i < 3; i++) await cluster.produce(topic, 3)
    const { logDir } = (await readLogDirs(topic)).brokers[0]!.logDirs[0]!
    if (!existsSync(logDir)) throw new Error(`${logDir}: not on this machine`)
    const directory = path.join(
      logDir,
      readdirSync(logDir).find(name => name.startsWith(`${topic}-0`))!,
    )
    const dumped = async (): Promise<string[]> => {
      const names = readdirSync(directory).filter(name => name.endsWith('.log'))
      const file = path.join(directory, names.toSorted()[0]!)
      const text = await cluster.tools.run(`kafka-dump-log --files ${file} --print-data-log`)
      expect(text).toMatch(/^baseOffset: \d .* isvalid: true$/m)
      const records = [...text.matchAll(/^\| offset: (\d) .* key: (\w+) payload: (\w+)$/gm)]
      return records.map(([, ...parts]) => parts.join(' '))
    }
    const left = ['3 k1 v1', '4 k2 v2', '5 k3 v3']
    await expect.poll(dumped, { timeout: 50_000, interval: 1000 }).toEqual(left)
  })
})

describe.skipIf(skipped)(`the cluster as a whole${skipped}`, () => {
  it('kafka-cluster knows its id and its brokers', async () => {
    expect(await cluster.tools.run('kafka-cluster cluster-id BROKER')).toMatch(
      /^Cluster ID: [\w-]{22}\n$/,
    )
    const [head, ...brokers] = (await cluster.tools.run('kafka-cluster list-endpoints BROKER'))
      .trimEnd()
      .split('\n')
    expect(head).toMatch(/^ID +HOST +PORT +RACK +STATE +ENDPOINT_TYPE/)
    expect(brokers).toHaveLength(cluster.nodes.length)
    expect(brokers[0]).toMatch(/^\d+ +(localhost|127.0.0.1) \d+ +null +unfenced +broker/)
    await cluster.refuses(
      'kafka-cluster unregister BROKER --id 99',
      'BrokerIdNotRegisteredException',
    )
  })

  it('kafka-broker-api-versions asks each broker', async () => {
    const printed = await cluster.tools.run('kafka-broker-api-versions')
    const asked = [...printed.matchAll(/^[\w.]+:\d+ \(id: (\d+) rack: null/gm)]
    expect(asked.map(([, id]) => Number(id)).toSorted((one, other) => one - other)).toEqual(
      cluster.nodes,
    )
    for (const api of ['Produce(0): 0 to 13 [usable: 13]', 'Fetch(1): 4 to 18 [usable: 18]']) {
      expect(printed.split(api)).toHaveLength(cluster.nodes.length + 1)
    }
  })

  it('kafka-features describes and checks', async () => {
    expect(await cluster.tools.run('kafka-features BROKER describe')).toMatch(
      /^Feature: metadata.version\s+.*FinalizedVersionLevel: 4.3-IV0\s+Epoch: \d+$/m,
    )
    const upgrade = 'kafka-features BROKER upgrade --dry-run --feature'
    expect(await cluster.tools.run(`${upgrade} metadata.version=30`)).toBe(
      'metadata.version can be upgraded to 30.\n',
    )
    await cluster.refuses(
      `${upgrade} nonsense.version=1`,
      /Can ?not upgrade nonsense.version to 1|Could not upgrade nonsense.version to 1/,
    )
  })

  it('kafka-metadata-quorum describes', async () => {
    const describes = 'kafka-metadata-quorum BROKER describe'
    const status = await cluster.tools.run(`${describes} --status`)
    expect(status).toMatch(/^ClusterId: +[\w-]{22}\nLeaderId: +\d+\nLeaderEpoch: +\d+$/m)
    expect(status).toMatch(/^MaxFollowerLag: +0$/m)
    const replicas = (await cluster.tools.run(`${describes} --replication`)).trimEnd().split('\n')
    expect(replicas).toHaveLength(1 + cluster.nodes.length)
    expect(replicas.filter(line => /\tLeader\b/.test(line))).toHaveLength(1)
  })

  it('kafka-client-metrics keeps subscriptions', async () => {
    const name = cluster.name('subscription')
    const metrics = 'kafka-client-metrics'
    const wanted = '--metrics org.apache.kafka.producer. --interval 60000 --match client_id=app'
    expect(await cluster.tools.run(`${metrics} --alter --name ${name} ${wanted}`)).toBe(
      `Altered client metrics config for ${name}.\n`,
    )
    await expect
      .poll(() => cluster.tools.run(`${metrics} --describe --name ${name}`))
      .toBe(
        `Client metrics configs for ${name} are:\n  interval.ms=60000\n` +
          '  match=client_id=app\n  metrics=org.apache.kafka.producer.\n',
      )
    const lists = async (): Promise<string[]> =>
      (await cluster.tools.run(`${metrics} --list`)).split('\n')
    expect(await lists()).toContain(name)
    expect(await cluster.tools.run(`${metrics} --delete --name ${name}`)).toBe(
      `Deleted client metrics config for ${name}.\n`,
    )
    await expect.poll(lists).not.toContain(name)
  })

  it('kafka-acls and kafka-delegation-tokens hear that there is no security', async () => {
    await cluster.refuses('kafka-acls --list', 'SecurityDisabledException')
    const allow = '--add --allow-principal User:alice --operation read --topic orders'
    await cluster.refuses(`kafka-acls ${allow}`, 'SecurityDisabledException')
    const configs = await cluster.file('# none')
    await cluster.refuses(
      `kafka-delegation-tokens --create --max-life-time-period -1 --command-config ${configs}`,
      'UnsupportedByAuthenticationException',
    )
  })
})
