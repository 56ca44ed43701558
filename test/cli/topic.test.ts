import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Kafka, logLevel } from 'kafkajs'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { runCommand } from '../../src/cli/commands.ts'
import { odradek, recordingTerminal } from './recorded.ts'

describe('odradek topic', () => {
  let broker: StartedBroker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(() => broker.close())

  const topic = (...args: string[]) => odradek('topic', ...args, '-b', broker.bootstrapServers)
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await topic(...args, '--json')).stdout.join())

  const fill = async (name: string, count: number, key: string | null = null): Promise<void> => {
    const brokers = broker.bootstrapServers.split(',')
    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer()
    await producer.connect()
    const messages = Array.from({ length: count }, (_, i) => {
      return { key, value: `v${i}`, partition: 0 }
    })
    await producer.send({ topic: name, messages })
    await producer.disconnect()
  }

  it('creates, says what is new and what comes next, and lists', async () => {
    const { stdout, stderr } = await topic(
      'create',
      'orders',
      '-p',
      '3',
      '-c',
      'retention.ms=60000',
    )
    expect({ stdout, stderr }).toEqual({
      stdout: [],
      stderr: ['created topic orders: 3 partitions', "next: odradek produce orders 'hello'"],
    })
    await fill('orders', 2)
    expect((await topic()).stdout).toEqual([
      'TOPIC   PARTITIONS  REPLICAS  RECORDS',
      'orders           3         1        2',
    ])
    expect(await json('list')).toEqual({
      topics: [
        { topic: 'orders', partitions: 3, replicationFactor: 1, internal: false, records: 2 },
      ],
    })
  })

  it('leaves a topic alone that is there, if that is asked for', async () => {
    await topic('create', 'there')
    expect(await json('create', 'there', 'new', '--if-not-exists')).toMatchObject({
      topics: [
        { topic: 'there', created: false },
        { topic: 'new', created: true, partitions: 1, replicationFactor: 1 },
      ],
    })
  })

  it('describes partitions, offsets and what is set', async () => {
    await topic('create', 'described', '-p', '2', '-c', 'retention.ms=60000')
    await fill('described', 4)
    const { stdout } = await topic('describe', 'descr*')
    expect(stdout.map(line => line.replace(/  [\w-]{22}$/, '  (id)'))).toEqual([
      'TOPIC      PARTITIONS  REPLICAS  RECORDS  ID',
      'described           2         1        4  (id)',
      '',
      'PARTITION  LEADER  REPLICAS  IN SYNC  START  END  RECORDS',
      '        0       0  0         0            0    4        4',
      '        1       0  0         0            0    0        0',
      '',
      'CONFIG        VALUE',
      'retention.ms  60000',
    ])
    expect(await json('describe', 'described')).toMatchObject({
      topics: [{ topic: 'described', configs: { 'retention.ms': '60000' } }],
    })
  })

  it('changes configs and adds partitions', async () => {
    await topic('create', 'changing', '-c', 'retention.ms=60000')
    const set = ['set', 'changing', 'max.message.bytes=2000', '--unset', 'retention.ms', '-p', '4']
    expect((await topic(...set)).stderr).toEqual([
      'changed topic changing: max.message.bytes=2000, retention.ms by default, 4 partitions',
    ])
    expect(await json('describe', 'changing')).toMatchObject({
      topics: [{ partitions: [{}, {}, {}, {}], configs: { 'max.message.bytes': '2000' } }],
    })
    expect(await json('set', 'changing', '--unset', 'max.message.bytes')).toEqual({
      topic: 'changing',
      configs: { 'max.message.bytes': null },
    })
  })

  it.each(['delete', 'compact'])('empties a topic whose policy is %s', async policy => {
    const name = `full-${policy}`
    await topic('create', name, '-c', `cleanup.policy=${policy}`)
    await fill(name, 3, 'k')
    expect(await json('clear', name)).toEqual({
      topics: [{ topic: name, partitions: 1, records: 3 }],
    })
    expect(await json('describe', name)).toMatchObject({
      topics: [
        {
          partitions: [{ startOffset: 3, endOffset: 3, records: 0 }],
          configs: { 'cleanup.policy': policy },
        },
      ],
    })
    expect((await topic('clear', name)).stderr).toEqual([`cleared ${name}: 0 records`])
  })

  it('deletes by pattern, and the name is free at once', async () => {
    await topic('create', 'test-1', 'test-2')
    expect((await topic('delete', 'test-*')).stderr).toEqual(['deleted 2 topics: test-1, test-2'])
    await topic('create', 'test-1')
    expect(await json('delete', 'test-1')).toEqual({ topics: ['test-1'] })
  })

  it.each([
    [['describe', 'nothing'], "topic nothing: there is no such topic. 'odradek topic' lists"],
    [['describe', 'no*'], "no topic matches no*. 'odradek topic' lists"],
    [['delete', 'nothing'], "topic nothing: there is no such topic. 'odradek topic' lists"],
    [['clear', 'nothing'], "topic nothing: there is no such topic. 'odradek topic' lists"],
    [['create', 'a', '-r', '3'], 'topic a: there are fewer brokers than replicas'],
    [['create', 'a', '-p', '0'], "argument '0' is invalid. It is a whole number from 1"],
    [['create', 'a', '-c', 'x'], '-c x: not of the form name=value'],
    [['create', 'a', '-c', 'retention.m=1'], 'topic a: Unknown topic config name: retention.m'],
    [['create', 'a b'], "topic a b: topic name 'a b' has characters besides ASCII"],
    [['set', 'a'], 'nothing to change: name=value, --unset name, or -p number'],
    [['creat', 'a'], "unknown command 'topic creat' (Did you mean create?): see odradek topic --h"],
  ])('%j is refused', async (args, message) => {
    await expect(topic(...args)).rejects.toThrow(message)
  })

  it('asks before it loses something on another machine', async () => {
    // Never reached: the name does not resolve (RFC 6761).
    const elsewhere = ['-X', 'bootstrap.servers=nowhere.invalid:9092,127.0.0.1:1']
    await topic('create', 'kept')
    const remove = (terminal = recordingTerminal(), ...more: string[]) => {
      return runCommand(['topic', 'delete', 'kept', ...elsewhere, ...more], terminal)
    }
    await expect(remove()).rejects.toThrow(
      'would delete 1 topic (kept) on nowhere.invalid:9092,127.0.0.1:1: add --yes to do it',
    )
    const questions: string[] = []
    const ask = async (question: string): Promise<string> => {
      questions.push(question)
      return 'n'
    }
    await expect(remove(recordingTerminal({ isInteractive: true, ask }))).rejects.toThrow(
      'nothing was changed',
    )
    expect(questions).toEqual([
      'Really delete 1 topic (kept) on nowhere.invalid:9092,127.0.0.1:1? [y/N]',
    ])
    await expect(remove(recordingTerminal(), '--yes')).rejects.toThrow('nowhere.invalid')
  })
})
