/**
 * Kafka's own command-line tools, as their users run them. With KAFKA_BOOTSTRAP set, against that
 * broker: so these expectations were checked against Apache Kafka 4.3.1, one node and three.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useCluster } from './tools/cluster.ts'
import { skipped } from './tools/tools.ts'

const cluster = useCluster()

describe.skipIf(skipped)(`kafka-topics${skipped}`, () => {
  it('creates, lists, describes and deletes', async () => {
    const factor = cluster.nodes.length
    const options = `--partitions 3 --replication-factor ${factor} --config retention.ms=3600000`
    const topic = await cluster.newTopic('described', options)
    expect((await cluster.tools.run('kafka-topics --list')).split('\n')).toContain(topic)
    const [head, ...partitions] = (
      await cluster.tools.run(`kafka-topics --describe --topic ${topic}`)
    )
      .trimEnd()
      .split('\n')
    expect(head!.split('\t')).toEqual([
      `Topic: ${topic}`,
      expect.stringMatching(/^TopicId: [\w-]{22}$/),
      'PartitionCount: 3',
      `ReplicationFactor: ${factor}`,
      expect.stringContaining('retention.ms=3600000'),
    ])
    expect(partitions).toHaveLength(3)
    const [, , partition, leader, replicas, isr] = partitions[0]!.split('\t')
    expect(partition).toBe('Partition: 0')
    expect(replicas).toBe(isr!.replace('Isr', 'Replicas'))
    expect(`Replicas: ${leader!.split(' ')[1]}`).toBe(replicas!.split(',')[0])
    expect(await cluster.tools.run(`kafka-topics --delete --topic ${topic}`)).toBe('')
    expect((await cluster.tools.run('kafka-topics --list')).split('\n')).not.toContain(topic)
  })

  it('places replicas where it is told', async () => {
    const [first, last] = [cluster.nodes[0]!, cluster.nodes.at(-1)!]
    const topic = await cluster.newTopic('placed', `--replica-assignment ${last},${first}`)
    const described = await cluster.tools.run(`kafka-topics --describe --topic ${topic}`)
    const leaders = [...described.matchAll(/Partition: \d\tLeader: (\d+)\tReplicas: (\d+)/g)]
    expect(leaders.map(([, ...ids]) => ids.map(Number))).toEqual([
      [last, last],
      [first, first],
    ])
  })

  it('finds nothing wrong with replicas', async () => {
    await cluster.newTopic('healthy')
    expect(await cluster.tools.run('kafka-topics --describe --under-replicated-partitions')).toBe(
      '',
    )
    expect(await cluster.tools.run('kafka-topics --describe --unavailable-partitions')).toBe('')
    expect(await cluster.tools.run('kafka-topics --describe --under-min-isr-partitions')).toBe('')
  })

  it('says what is wrong', async () => {
    const topic = await cluster.newTopic('wrong')
    const unknown = cluster.name('unknown')
    const create = `kafka-topics --create --topic`
    await cluster.refuses(`${create} ${topic}`, new RegExp(`[tT]opic '${topic}' .*exists`))
    expect(await cluster.tools.run(`${create} ${topic} --if-not-exists`)).toBe('')
    await cluster.refuses(`${create} ${unknown} --replication-factor 99`, 'replication factor')
    await cluster.refuses(
      `${create} ${unknown} --config retention.ms=abc`,
      'Invalid value abc for configuration retention.ms: Not a number of type LONG',
    )
    await cluster.refuses(
      `kafka-topics --describe --topic ${unknown}`,
      'does not exist as expected',
    )
    await cluster.refuses(`kafka-topics --delete --topic ${unknown}`, 'does not exist as expected')
  })
})

describe.skipIf(skipped)(`the console's producer and consumer${skipped}`, () => {
  const printed = ['key', 'offset', 'partition', 'headers', 'timestamp']
    .map(part => ` --formatter-property print.${part}=true`)
    .join('')

  it('pass on keys, headers and values', async () => {
    const topic = await cluster.newTopic('console', '--partitions 1')
    const keys = '--reader-property parse.key=true --reader-property parse.headers=true'
    const producer = `kafka-console-producer --topic ${topic} ${keys}`
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      await cluster.tools.run(`${producer} --compression-codec ${codec}`, `a:b\t${codec}\tvalue\n`)
    }
    const consumer = `kafka-console-consumer --topic ${topic} --from-beginning --max-messages 5`
    const lines = (await cluster.tools.run(consumer + printed)).trimEnd().split('\n')
    expect(lines).toEqual(
      ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((codec, offset) =>
        expect.stringMatching(
          `^CreateTime:\\d+\tPartition:0\tOffset:${offset}\ta:b\t${codec}\tvalue$`,
        ),
      ),
    )
  })

  it('go on where the group has committed', async () => {
    const topic = await cluster.newTopic('grouped', '--partitions 1')
    await cluster.produce(topic, 3)
    const consumer = `kafka-console-consumer --topic ${topic} --group ${topic} --from-beginning`
    expect(await cluster.tools.run(`${consumer} --max-messages 2`)).toBe('v1\nv2\n')
    expect(await cluster.tools.run(`${consumer} --max-messages 1`)).toBe('v3\n')
  })

  it('start at an offset', async () => {
    const topic = await cluster.newTopic('seek', '--partitions 1')
    await cluster.produce(topic, 3)
    const consumer = `kafka-console-consumer --topic ${topic} --partition 0 --max-messages 1`
    expect(await cluster.tools.run(`${consumer} --offset 1`)).toBe('v2\n')
    expect(await cluster.tools.run(`${consumer} --offset earliest`)).toBe('v1\n')
  })
})

describe.skipIf(skipped)(`kafka-get-offsets${skipped}`, () => {
  it('knows first, last and times', async () => {
    const topic = await cluster.newTopic('offsets', '--partitions 1')
    await cluster.produce(topic, 3)
    const read = (time: string): Promise<string> =>
      cluster.tools.run(`kafka-get-offsets --topic ${topic} --time ${time}`)
    expect(await cluster.tools.run(`kafka-get-offsets --topic ${topic}`)).toBe(`${topic}:0:3\n`)
    expect(await read('latest')).toBe(`${topic}:0:3\n`)
    expect(await read('earliest')).toBe(`${topic}:0:0\n`)
    expect(await read('max-timestamp')).toMatch(new RegExp(`^${topic}:0:[0-2]\n$`))
    expect(await read('earliest-local')).toBe(`${topic}:0:0\n`)
    expect(await read('latest-tiered')).toBe('')
    expect(await read('1')).toBe(`${topic}:0:0\n`)
    expect(await read(String(Date.now() + 3_600_000))).toBe('')
  })

  it('selects partitions', async () => {
    const topic = await cluster.newTopic('selected')
    const args = `--topic-partitions ${topic}:0-2 --time earliest`
    expect(await cluster.tools.run(`kafka-get-offsets ${args}`)).toBe(
      `${topic}:0:0\n${topic}:1:0\n`,
    )
    await cluster.refuses(
      `kafka-get-offsets --topic ${cluster.name('none')}`,
      'Could not match any topic-partitions with the specified filters',
    )
  })
})

describe.skipIf(skipped)(`kafka-consumer-groups${skipped}`, () => {
  let topic: string
  beforeAll(async () => {
    topic = await cluster.newTopic('read', '--partitions 1')
    await cluster.produce(topic, 3)
    const consumer = `kafka-console-consumer --topic ${topic} --group ${topic} --from-beginning`
    await cluster.tools.run(`${consumer} --max-messages 2`)
  })

  it('lists groups', async () => {
    const list = 'kafka-consumer-groups --list'
    expect((await cluster.tools.run(list)).split('\n')).toContain(topic)
    expect(await cluster.tools.run(`${list} --state --type`)).toMatch(
      new RegExp(`^${topic} +Classic +Empty *$`, 'm'),
    )
    expect(await cluster.tools.run('kafka-groups --list')).toMatch(
      new RegExp(`^${topic} +Classic +consumer *$`, 'm'),
    )
  })

  it('describes offsets and lag, state and members', async () => {
    const describes = `kafka-consumer-groups --describe --group ${topic}`
    expect(await cluster.tools.run(describes)).toMatch(
      new RegExp(`^${topic} +${topic} +0 +2 +3 +1 +- +- +-`, 'm'),
    )
    expect(await cluster.tools.run(`${describes} --state`)).toMatch(
      new RegExp(`^${topic} +[^ ]+:\\d+ +\\(\\d+\\) +- +Empty +0$`, 'm'),
    )
    const { exitCode, out, err } = await cluster.tools.end(`${describes} --members`)
    expect([exitCode, out.trim().split('\n')]).toEqual([0, [expect.stringMatching(/^GROUP/)]])
    expect(err).toContain(`Consumer group '${topic}' has no active members.`)
  })

  it('sets offsets, after a look', async () => {
    const reset = `kafka-consumer-groups --reset-offsets --group ${topic} --topic ${topic}`
    const moved = (to: number): RegExp => new RegExp(`^${topic} +${topic} +0 +${to} *$`, 'm')
    const read = (): Promise<string> =>
      cluster.tools.run(`kafka-consumer-groups --describe --group ${topic}`)
    expect(await cluster.tools.run(`${reset} --to-earliest --dry-run`)).toMatch(moved(0))
    expect(await read()).toMatch(/ 0 +2 +3 +1 /)
    expect(await cluster.tools.run(`${reset} --shift-by -1 --execute`)).toMatch(moved(1))
    expect(await read()).toMatch(/ 0 +1 +3 +2 /)
    expect(await cluster.tools.run(`${reset} --to-latest --execute`)).toMatch(moved(3))
    expect(await read()).toMatch(/ 0 +3 +3 +0 /)
  })
})

describe.skipIf(skipped)(`kafka-consumer-groups that change groups${skipped}`, () => {
  const groups = 'kafka-consumer-groups'
  let topic: string
  let tests = 0

  /** A group that has read two of three records and is empty. */
  beforeEach(async () => {
    topic = await cluster.newTopic(`changed-${tests++}`, '--partitions 1')
    await cluster.produce(topic, 3)
    const consumer = `kafka-console-consumer --topic ${topic} --group ${topic} --from-beginning`
    await cluster.tools.run(`${consumer} --max-messages 2`)
  })

  const moved = (to: number): RegExp => new RegExp(`^${topic} +${topic} +0 +${to} *$`, 'm')
  const reset = (how: string): Promise<string> =>
    cluster.tools.run(`${groups} --reset-offsets --group ${topic} --topic ${topic} ${how}`)

  it('resets offsets in every way', async () => {
    expect(await reset('--to-offset 1 --execute')).toMatch(moved(1))
    expect(await reset('--to-current --execute')).toMatch(moved(1))
    expect(await reset('--to-datetime 2000-01-01T00:00:00.000 --execute')).toMatch(moved(0))
    expect(await reset('--by-duration PT1H --execute')).toMatch(moved(0))
    expect(await reset('--to-datetime 2099-01-01T00:00:00.000 --execute')).toMatch(moved(3))
    expect(await reset('--shift-by -2 --execute')).toMatch(moved(1))
    expect(await reset('--to-offset 99 --dry-run')).toMatch(moved(3))
    const exported = await reset('--to-latest --export --dry-run')
    expect(exported.trim()).toBe(`"${topic}",0,3`)
    const file = await cluster.file(exported)
    const from = `${groups} --reset-offsets --group ${topic} --from-file ${file} --execute`
    expect(await cluster.tools.run(from)).toMatch(moved(3))
  })

  it('deletes offsets', async () => {
    const remove = `${groups} --delete-offsets --group ${topic} --topic`
    expect(await cluster.tools.run(`${remove} ${topic}`)).toMatch(
      new RegExp(`^${topic} +0 +Successful *$`, 'm'),
    )
    const { out, err } = await cluster.tools.end(`${remove} ${cluster.name('none')}`)
    expect(out + err).toMatch(/does not host this topic-partition|unknown topic/i)
    const described = await cluster.tools.end(`${groups} --describe --group ${topic}`)
    expect(described.out).not.toMatch(new RegExp(`^${topic} +${topic}`, 'm'))
  })

  it('deletes groups', async () => {
    const remove = `${groups} --delete --group ${topic}`
    expect(await cluster.tools.run(remove)).toContain(
      `Deletion of requested consumer groups ('${topic}') was successful.`,
    )
    expect((await cluster.tools.run(`${groups} --list`)).split('\n')).not.toContain(topic)
    const again = await cluster.tools.end(remove)
    expect(again.out + again.err).toContain('GroupIdNotFoundException')
  })

  it('finds groups by state and type', async () => {
    const list = async (how: string): Promise<string[]> =>
      (await cluster.tools.run(`${groups} --list ${how}`)).split('\n').map(line => {
        return line.split(' ')[0]!
      })
    expect(await list('--state empty')).toContain(topic)
    expect(await list('--state stable')).not.toContain(topic)
    expect(await list('--type classic')).toContain(topic)
    expect(await list('--type consumer')).not.toContain(topic)
    expect(await cluster.tools.run(`${groups} --describe --all-groups --state --verbose`)).toMatch(
      new RegExp(`^${topic} +[^ ]+:\\d+ +\\(\\d+\\) +.*Empty +.*0 *$`, 'm'),
    )
  })

  it('tell of commits in __consumer_offsets', async () => {
    const formatter = 'org.apache.kafka.tools.consumer.OffsetsMessageFormatter'
    const read = `--topic __consumer_offsets --from-beginning --formatter ${formatter}`
    const consumer = `kafka-console-consumer ${read} --timeout-ms 5000`
    const { out } = await cluster.tools.end(consumer)
    const key = `{"type":1,"data":{"group":"${topic}","topic":"${topic}","partition":0}}`
    expect(out).toContain(`{"key":${key},"value":{"version":4,"data":{"offset":2,`)
  })

  it('tell of generations there', async () => {
    const formatter = 'org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter'
    const read = `--topic __consumer_offsets --from-beginning --formatter ${formatter}`
    const { out } = await cluster.tools.end(`kafka-console-consumer ${read} --timeout-ms 5000`)
    const key = `{"type":2,"data":{"group":"${topic}"}}`
    expect(out).toContain(`{"key":${key},"value":{"version":3,"data":{"protocolType":"consumer",`)
  })

  it('say which patterns brokers understand', async () => {
    expect(await cluster.tools.run(`${groups} --validate-regex orders.*`)).toBe(
      'The regular expression `orders.*` is valid.\n',
    )
    expect(await cluster.tools.run(`${groups} --validate-regex (?=orders)`)).toMatch(/is invalid: /)
  })

  it('tell of transactions in __transaction_state', async () => {
    const id = cluster.name('transactional')
    const load = '--num-records 20 --record-size 10 --throughput -1'
    const transactional = `--transactional-id ${id} --transaction-duration-ms 1`
    await cluster.tools.run(`kafka-producer-perf-test --topic ${topic} ${load} ${transactional}`)
    const formatter = 'org.apache.kafka.tools.consumer.TransactionLogMessageFormatter'
    const read = `--topic __transaction_state --from-beginning --formatter ${formatter}`
    const { out } = await cluster.tools.end(`kafka-console-consumer ${read} --timeout-ms 5000`)
    // The tool puts no line breaks between records.
    const records = out.split(/(?={"key":)/)
    const last = records.findLast(record => record.includes(`"transactionalId":"${id}"`))
    expect(JSON.parse(last ?? '{}')).toMatchObject({
      key: { type: 0, data: { transactionalId: id } },
      value: { version: 1, data: { transactionStatus: 4, transactionPartitions: [] } },
    })
  })
})

describe.skipIf(skipped)(`tools that measure${skipped}`, () => {
  it('kafka-verifiable-producer and -consumer agree', async () => {
    const topic = await cluster.newTopic('verified')
    const sent = await cluster.tools.run(
      `kafka-verifiable-producer --topic ${topic} --max-messages 9`,
    )
    expect(reports(sent, 'producer_send_success')).toHaveLength(9)
    expect(reports(sent, 'tool_data')).toMatchObject([{ sent: 9, acked: 9 }])
    const read = `kafka-verifiable-consumer --topic ${topic} --group-id ${topic} --max-messages 9`
    const consumed = await cluster.tools.run(read)
    const counts = reports(consumed, 'records_consumed').map(({ count }) => count as number)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(9)
    expect(reports(consumed, 'offsets_committed').map(({ success }) => success)).not.toContain(
      false,
    )
  })

  it('kafka-producer-perf-test and kafka-consumer-perf-test lose nothing', async () => {
    const topic = await cluster.newTopic('performance')
    const load = '--num-records 2000 --record-size 100 --throughput -1'
    const sent = await cluster.tools.run(`kafka-producer-perf-test --topic ${topic} ${load}`)
    expect(sent).toMatch(/^2000 records sent, /m)
    const read = await cluster.tools.run(
      `kafka-consumer-perf-test --topic ${topic} --num-records 2000`,
    )
    expect(read.trimEnd().split('\n').at(-1)!.split(', ')[4]).toBe('2000')
  })

  it('kafka-e2e-latency sees its records come back', async () => {
    const topic = await cluster.newTopic('latency', '--partitions 1')
    const load = '--num-records 50 --producer-acks all --record-size 20'
    expect(await cluster.tools.run(`kafka-e2e-latency --topic ${topic} ${load}`)).toMatch(
      /^Avg latency: [\d.]+ ms\nPercentiles: 50th = \d+, /m,
    )
  })

  /** Of the JSON lines that the verifiable tools print, those with a name. */
  function reports(output: string, named: string): Record<string, unknown>[] {
    return output
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
      .filter(({ name }) => name === named)
  }
})
