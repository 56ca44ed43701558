/**
 * Kafka's own command-line tools for replicas and their leaders. With KAFKA_BOOTSTRAP set, against
 * that cluster: so these expectations were checked against Apache Kafka 4.3.1, three nodes.
 */
import { describe, expect, it } from 'vitest'
import { useCluster } from './tools/cluster.ts'
import { skipped } from './tools/tools.ts'

const cluster = useCluster()

/** Leader and replicas of a topic's first partition, as kafka-topics tells them. */
async function placement(topic: string): Promise<string> {
  const described = await cluster.tools.run(`kafka-topics --describe --topic ${topic}`)
  const [, leader, replicas] = /Partition: 0\tLeader: (\d+)\tReplicas: ([\d,]+)/.exec(described)!
  return `${leader} of ${replicas}`
}

describe.skipIf(skipped)(`kafka-reassign-partitions${skipped}`, () => {
  const reassign = 'kafka-reassign-partitions --reassignment-json-file'

  async function plan(topic: string, replicas: readonly number[]): Promise<string> {
    return cluster.file({ version: 1, partitions: [{ topic, partition: 0, replicas }] })
  }

  it('proposes a plan', async () => {
    const [first] = cluster.nodes
    const topic = await cluster.newTopic('planned', `--replica-assignment ${first}`)
    const topics = await cluster.file({ version: 1, topics: [{ topic }] })
    const brokers = cluster.nodes.join(',')
    const generate = `--generate --topics-to-move-json-file ${topics} --broker-list ${brokers}`
    const printed = await cluster.tools.run(`kafka-reassign-partitions ${generate}`)
    const plans = printed.split('\n').filter(line => line.startsWith('{'))
    const [current, proposed] = plans.map(text => JSON.parse(text) as unknown)
    const partition = { topic, partition: 0, log_dirs: [expect.any(String)] }
    const replicas = [expect.toBeOneOf([...cluster.nodes])]
    expect(current).toMatchObject({ partitions: [{ ...partition, replicas: [first] }] })
    expect(proposed).toMatchObject({ partitions: [{ ...partition, replicas }] })
  })

  it('moves replicas, and their leader with them, on clusters', async ({ skip }) => {
    skip(cluster.nodes.length < 3, 'one broker has nowhere to move them')
    const [first, second, third] = cluster.nodes as [number, number, number]
    const topic = await cluster.newTopic('moved', `--replica-assignment ${first}`)
    await cluster.produce(topic, 3)
    const file = await plan(topic, [third, second])
    const started = await cluster.tools.run(`${reassign} ${file} --execute --throttle 9000000`)
    expect(started).toContain('The inter-broker throttle limit was set to 9000000 B/s')
    expect(started).toContain(`Successfully started partition reassignment for ${topic}-0\n`)
    await expect
      .poll(() => cluster.tools.run(`${reassign} ${file} --verify`), { timeout: 20_000 })
      .toContain(`Reassignment of partition ${topic}-0 is completed.`)
    await expect
      .poll(() => placement(topic), { timeout: 10_000 })
      .toBe(`${third} of ${third},${second}`)
    expect(await cluster.tools.run('kafka-reassign-partitions --list')).toBe(
      'No partition reassignments found.\n',
    )
    const kept = `kafka-console-consumer --topic ${topic} --from-beginning --max-messages 3`
    expect(await cluster.tools.run(kept)).toBe('v1\nv2\nv3\n')
  })

  it('leaves no throttles behind', async () => {
    const topic = await cluster.newTopic('unthrottled', `--replica-assignment ${cluster.nodes[0]}`)
    const file = await plan(topic, [cluster.nodes[0]!])
    await cluster.tools.run(`${reassign} ${file} --execute --throttle 9000000`)
    const verify = `${reassign} ${file} --verify`
    await expect
      .poll(() => cluster.tools.run(verify), { timeout: 20_000 })
      .toContain(`Clearing topic-level throttles on topic ${topic}`)
    const describes = `kafka-configs --describe --entity-type brokers --entity-name`
    for (const node of cluster.nodes) {
      await expect
        .poll(() => cluster.tools.run(`${describes} ${node}`), { timeout: 10_000 })
        .not.toContain('throttled.rate')
    }
  })

  it('cancels what is under way, of which there is nothing', async () => {
    const topic = await cluster.newTopic('still', `--replica-assignment ${cluster.nodes[0]}`)
    const file = await plan(topic, [cluster.nodes[0]!])
    expect(await cluster.tools.run(`${reassign} ${file} --cancel`)).toContain(
      'None of the specified partition reassignments are active.',
    )
  })

  it('refuses brokers that there are not', async () => {
    const topic = await cluster.newTopic('stays', `--replica-assignment ${cluster.nodes[0]}`)
    const file = await plan(topic, [99])
    await cluster.refuses(`${reassign} ${file} --execute`, 'Unknown broker id 99')
  })
})

describe.skipIf(skipped)(`kafka-leader-election${skipped}`, () => {
  it('gives the lead to the preferred replica, on clusters', async ({ skip }) => {
    skip(cluster.nodes.length < 3, 'one broker always leads')
    const [first, second] = cluster.nodes as [number, number]
    const topic = await cluster.newTopic('led', `--replica-assignment ${first}:${second}`)
    const partitions = [{ topic, partition: 0 }]
    const reordered = { version: 1, partitions: [{ ...partitions[0], replicas: [second, first] }] }
    const execute = `--execute --reassignment-json-file ${await cluster.file(reordered)}`
    await cluster.tools.run(`kafka-reassign-partitions ${execute}`)
    await expect
      .poll(() => placement(topic), { timeout: 10_000 })
      .toBe(`${first} of ${second},${first}`)
    const file = await cluster.file({ partitions })
    const elect = `kafka-leader-election --election-type preferred --path-to-json-file ${file}`
    expect(await cluster.tools.run(elect)).toBe(
      `Successfully completed leader election (PREFERRED) for partitions ${topic}-0\n`,
    )
    await expect
      .poll(() => placement(topic), { timeout: 10_000 })
      .toBe(`${second} of ${second},${first}`)
    expect(await cluster.tools.run(elect)).toBe(
      `Valid replica already elected for partitions ${topic}-0\n`,
    )
  })

  it('finds nothing to do, or nothing at all', async () => {
    const topic = await cluster.newTopic('alone', '--partitions 1')
    const elect = 'kafka-leader-election --election-type'
    expect(await cluster.tools.run(`${elect} unclean --topic ${topic} --partition 0`)).toBe(
      `Valid replica already elected for partitions ${topic}-0\n`,
    )
    await cluster.tools.run(`${elect} preferred --all-topic-partitions`)
    await cluster.refuses(
      `${elect} preferred --topic ${topic} --partition 9`,
      'UnknownTopicOrPartitionException',
    )
  })
})
