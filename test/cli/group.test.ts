import { Kafka, logLevel, type Consumer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consumerGroupHeartbeat } from '../../protocol/apis/68-consumer-group-heartbeat.ts'
import { shareGroupHeartbeat } from '../../protocol/apis/76-share-group-heartbeat.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'
import { odradek } from './recorded.ts'

describe('odradek group', () => {
  let broker: StartedBroker
  let kafka: Kafka
  const open: Consumer[] = []
  const ids = { memberId: 'AAAAAAAAAAAAAAAAAAAAAA', instanceId: null }

  const cli = (...args: string[]) => odradek(...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await cli('group', ...args, '--json')).stdout.join())

  beforeAll(async () => {
    broker = await startBroker()
    const brokers = broker.bootstrapServers.split(',')
    kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, clientId: 'app' })
    await cli('topic', 'create', 'orders', '-p', '2')
    const producer = kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: 10 }, (_, i) => {
      return { value: `v${i}`, partition: i % 2, timestamp: String(1000 + i) }
    })
    await producer.send({ topic: 'orders', messages })
    await producer.disconnect()
  })
  afterAll(async () => {
    await Promise.all(open.map(each => each.disconnect()))
    await broker.close()
  })

  /** A member that has read everything and is still there. */
  async function consume(groupId: string): Promise<Consumer> {
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 20 })
    open.push(consumer)
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    const read = new Promise<void>(resolve => {
      let count = 0
      const eachMessage = async (): Promise<void> => {
        if (++count === 10) resolve()
      }
      void consumer.run({ autoCommit: false, eachMessage })
    })
    await read
    const topic = 'orders'
    await consumer.commitOffsets([
      { topic, partition: 0, offset: '5' },
      { topic, partition: 1, offset: '3' },
    ])
    return consumer
  }

  it('lists groups with members and lag, and describes who has what', async () => {
    const consumer = await consume('billing')
    expect((await cli('group')).stdout).toEqual([
      'GROUP    TYPE     STATE   MEMBERS  LAG',
      'billing  classic  Stable        1    2',
    ])
    const { groups } = (await json('describe', 'bill*')) as { groups: { members: object[] }[] }
    expect(groups).toMatchObject([
      {
        group: 'billing',
        type: 'classic',
        state: 'Stable',
        assignor: 'RoundRobinAssigner',
        members: [
          {
            client: 'app',
            host: '127.0.0.1',
            epoch: null,
            assignment: [{ topic: 'orders', partitions: [0, 1] }],
          },
        ],
        offsets: [
          { topic: 'orders', partition: 0, committed: 5, end: 5, lag: 0 },
          { topic: 'orders', partition: 1, committed: 3, end: 5, lag: 2 },
        ],
      },
    ])
    const { stdout } = await cli('group', 'describe', 'billing')
    expect(
      stdout.map(line => line.replaceAll(/app-[\w-]+/g, '(id)').replaceAll(/ +/g, ' ')),
    ).toEqual([
      'GROUP TYPE STATE ASSIGNOR MEMBERS LAG',
      'billing classic Stable RoundRobinAssigner 1 2',
      '',
      'MEMBER INSTANCE CLIENT HOST ASSIGNMENT',
      '(id) - app 127.0.0.1 orders/0,1',
      '',
      'TOPIC PARTITION COMMITTED END LAG MEMBER',
      'orders 0 5 5 0 (id)',
      'orders 1 3 5 2 (id)',
    ])
    await expect(cli('group', 'seek', 'billing', '--to', 'start')).rejects.toThrow(
      'group billing: the group has members, who commit for themselves. Stop them',
    )
    await expect(cli('group', 'delete', 'billing')).rejects.toThrow(
      'group billing: the group has members. Stop them',
    )
    await consumer.disconnect()
  })

  it.each([
    ['start', [0, 0]],
    ['end', [5, 5]],
    ['-2', [3, 3]],
    ['2', [2, 2]],
    ['99', [5, 5]],
    ['@1970-01-01T00:00:01.005Z', [3, 2]],
    ['@2026-11-21T10:00:00Z', [5, 5]],
  ])('moves to %s', async (to, expected) => {
    const seek = ['seek', 'moving', '--topic', 'orders', '--to', to]
    expect(await json(...seek)).toEqual({
      group: 'moving',
      dryRun: false,
      offsets: expected.map((offset, partition) => ({ topic: 'orders', partition, offset })),
    })
    expect(await json('describe', 'moving')).toMatchObject({
      groups: [{ state: 'Empty', offsets: expected.map(committed => ({ committed })) }],
    })
  })

  it('moves a partition alone, and nothing with --dry-run', async () => {
    await cli('group', 'seek', 'one', '--topic', 'orders', '--to', 'end')
    const { stderr } = await cli('group', 'seek', 'one', '--to', 'orders/1=2')
    expect(stderr).toEqual(['group one goes on at these offsets'])
    await cli('group', 'seek', 'one', '--to', 'start', '--dry-run')
    expect(await json('describe', 'one')).toMatchObject({
      groups: [{ offsets: [{ committed: 5 }, { committed: 2 }] }],
    })
  })

  it('knows groups of the newer protocols, and removes their members', async () => {
    await using client = await RawClient.connect(broker.bootstrapServers)
    const join = { memberEpoch: 0, rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['orders'] }
    await client.request(consumerGroupHeartbeat, 1, {
      groupId: 'newer',
      ...ids,
      ...join,
      topicPartitions: [],
    })
    await client.request(shareGroupHeartbeat, 1, { groupId: 'shared', ...ids, ...join })
    expect(await json('describe', 'newer', 'shared')).toMatchObject({
      groups: [
        { group: 'newer', type: 'consumer', members: [{ member: ids.memberId }] },
        { group: 'shared', type: 'share', members: [{ member: ids.memberId }] },
      ],
    })
    expect(await json('kick', 'newer', ids.memberId)).toEqual({
      group: 'newer',
      members: [ids.memberId],
    })
    expect((await cli('group', 'kick', 'shared', '--all')).stderr).toEqual([
      `removed from group shared: ${ids.memberId}`,
    ])
    expect(await json('describe', 'newer', 'shared')).toMatchObject({
      groups: [
        { state: 'Empty', members: [] },
        { state: 'Empty', members: [] },
      ],
    })
    await cli('group', 'seek', 'shared', '--topic', 'orders', '--to', '4')
    expect(await json('describe', 'shared')).toMatchObject({
      groups: [{ offsets: [{ committed: 4 }, { committed: 4 }] }],
    })
  })

  it('removes members of the classic protocol, and deletes by pattern', async () => {
    await consume('test-1')
    expect((await json('kick', 'test-1', '--all')) as object).toMatchObject({ group: 'test-1' })
    // kafkajs comes back after the next heartbeat; until it does, nobody is there.
    await cli('group', 'seek', 'test-2', '--topic', 'orders', '--to', '1')
    await cli('group', 'seek', 'test-3', '--topic', 'orders', '--to', '1')
    expect((await cli('group', 'delete', 'test-2', 'test-3')).stderr).toEqual([
      'deleted groups: test-2, test-3',
    ])
  })

  it.each([
    [['describe', 'nobody'], "group nobody: there is no such group. 'odradek group' lists"],
    [['describe', 'no*'], "no group matches no*. 'odradek group' lists"],
    [['delete', 'nobody'], 'group nobody: there is no such group'],
    [['kick', 'nobody', '--all'], 'group nobody: there is no such group'],
    [['kick', 'one'], 'name members, or --all of them'],
    [['kick', 'one', 'x'], 'group one has no member x: odradek group describe one lists them'],
    [['seek', 'one'], "required option '--to <position>' not specified"],
    [['seek', 'one', '--to', 'middle'], '"middle" is no position: it is'],
    [['seek', 'new', '--to', 'start'], 'group new has committed nothing: name topics by --topic'],
  ])('%j is refused', async (args, message) => {
    await expect(cli('group', ...args)).rejects.toThrow(message)
  })
})
