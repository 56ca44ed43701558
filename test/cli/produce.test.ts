import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { run } from './process.ts'
import { odradek } from './recorded.ts'

let broker: StartedBroker
let directory: string
beforeAll(async () => {
  broker = await startBroker({ config: { 'num.partitions': 2 } })
  directory = await mkdtemp(path.join(tmpdir(), 'odradek-produce-'))
})
afterAll(async () => {
  await broker.close()
  await rm(directory, { recursive: true })
})

let names = 0
const newTopic = (): string => `topic-${names++}`
const produce = (...args: string[]) => odradek('produce', '-b', broker.bootstrapServers, ...args)

async function recordsOf(topic: string, count: number) {
  const records = await broker.topic(topic).take(count)
  return records.map(({ partition, key, value, headers }) => ({ partition, key, value, headers }))
}

describe('odradek produce', () => {
  it('tells where a record has gone', async () => {
    const topic = newTopic()
    const { stdout, stderr } = await produce(topic, 'hello', '-p', '1')
    expect(stdout).toEqual([])
    expect(stderr).toEqual([`produced to ${topic}-1 at offset 0`])
    const second = await produce(topic, 'x', '-k', 'a', '-H', 'h=v=w', '-H', 'none', '--json')
    expect(JSON.parse(second.stdout[0]!)).toMatchObject({ topic, partition: 0, offset: 0 })
    expect(await recordsOf(topic, 2)).toEqual([
      { partition: 1, key: null, value: 'hello', headers: {} },
      { partition: 0, key: 'a', value: 'x', headers: { h: 'v=w', none: null } },
    ])
  })

  it('puts keys where Kafka’s own producers do', async () => {
    const topic = newTopic()
    await produce(topic, '-n', '10', '-k', 'key-{{i}}', 'v{{ i }} {{j}}')
    const records = await recordsOf(topic, 10)
    expect(records.map(({ value }) => value)).toContain('v3 {{j}}')
    const other = newTopic()
    const appended = await broker
      .topic(other)
      .append(records.map(({ key }) => ({ key, value: '' })))
    expect(appended.map(({ partition }) => partition)).toEqual(
      records.map(({ partition }) => partition),
    )
  })

  it('writes a tombstone', async () => {
    const topic = newTopic()
    await produce(topic, '-k', 'gone', '--null')
    expect(await recordsOf(topic, 1)).toMatchObject([{ key: 'gone', value: null }])
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('compresses with %s', async compression => {
    const topic = newTopic()
    await produce(topic, '-n', '3', 'same', '--compression', compression)
    expect(await recordsOf(topic, 3)).toHaveLength(3)
  })

  it.each(['0', '1'])('produces with acks=%s', async acks => {
    const topic = newTopic()
    const { stdout } = await produce(topic, 'x', '--acks', acks, '--json')
    expect(JSON.parse(stdout[0]!)).toMatchObject({ offset: acks === '0' ? null : 0 })
    expect(await recordsOf(topic, 1)).toHaveLength(1)
  })

  it('produces a transaction', async () => {
    const topic = newTopic()
    const { stderr } = await produce(topic, '-n', '3', '-p', '0', 'x', '--txn')
    expect(stderr).toEqual([`produced 3 records to ${topic}-0 at offsets 0 to 2`])
    expect(await recordsOf(topic, 3)).toHaveLength(3)
    const { stdout } = await produce(topic, '-p', '0', 'y', '--json')
    // The marker of the commit has an offset, too.
    expect(JSON.parse(stdout[0]!)).toMatchObject({ offset: 4 })
  })

  it('takes a file as a value, and lines of JSON as records', async () => {
    const topic = newTopic()
    const file = path.join(directory, 'file')
    await writeFile(file, 'two\nlines')
    await produce(topic, '--file', file, '-p', '0')
    await writeFile(
      file,
      '{"key":"k","value":{"n":1.0},"headers":{"h":"v"},"partition":1,"timestamp":7}\n\n' +
        '{"value":null,"partition":1}\n',
    )
    await produce(topic, '--jsonl', '--file', file)
    expect(await recordsOf(topic, 3)).toEqual(
      expect.arrayContaining([
        { partition: 0, key: null, value: 'two\nlines', headers: {} },
        { partition: 1, key: 'k', value: '{"n":1.0}', headers: { h: 'v' } },
        { partition: 1, key: null, value: null, headers: {} },
      ]),
    )
  })

  it('reads lines from stdin', async () => {
    const topic = newTopic()
    const args = ['produce', '-b', broker.bootstrapServers, topic, '-p', '0']
    const { code } = await run([...args, '-K', '\\t', '--null'], undefined, 'a\t1\nb\t\n\t2\nlast')
    expect(code).toBe(0)
    expect(await recordsOf(topic, 4)).toMatchObject([
      { key: 'a', value: '1' },
      { key: 'b', value: null },
      { key: null, value: '2' },
      { key: null, value: 'last' },
    ])
  })
})

describe('odradek produce refuses', () => {
  it.each([
    [['t', 'x', '--file', 'f'], 'a value and --file do not go together'],
    [['t', 'x', '--null'], 'a value and --null do not go together'],
    [['t', '--jsonl', '-k', 'a'], '--jsonl and -k or -K do not go together'],
    [['t', '-n', '3'], '-n needs a value, --file or --null'],
    [['t', 'x', '-n', '0'], 'It is a whole number from 1 on.'],
    [['t', 'x', '--txn', '--acks', '1'], '--txn needs --acks all'],
    [['t', 'x', '--compression', 'rar'], 'Allowed choices are none, gzip, snappy, lz4, zstd'],
  ])('%j', async (args, message) => {
    await expect(produce(...args)).rejects.toThrow(message)
  })

  it('what no broker takes', async () => {
    const topic = newTopic()
    const file = path.join(directory, 'bad')
    await writeFile(file, '{"value":1}\n{"valu":1}\n')
    await expect(produce(topic, '--jsonl', '--file', file)).rejects.toThrow(
      `${file}:2: a record has no field "valu"`,
    )
    await expect(produce(topic, 'x', '-p', '2')).rejects.toThrow(
      `${topic} has no partition 2: it has 0 to 1`,
    )
    await expect(produce('not a name', 'x')).rejects.toThrow("not a name: the topic's name is not")
    await using strict = await startBroker({ config: { 'auto.create.topics.enable': false } })
    const other = odradek('produce', '-b', strict.bootstrapServers, 'missing', '-p', '0', 'x')
    await expect(other).rejects.toThrow('there is no topic missing')
    await expect(produce(topic, 'x'.repeat(1_100_000), '--acks', '1')).rejects.toThrow(
      /MESSAGE_TOO_LARGE/,
    )
  })
})
