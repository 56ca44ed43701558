import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../src/cli/commands.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { odradek, recordingTerminal } from './recorded.ts'

let broker: StartedBroker
beforeAll(async () => {
  broker = await startBroker({ config: { 'num.partitions': 2 } })
})
afterAll(() => broker.close())

let names = 0
const newTopic = (): string => `topic-${names++}`
const consume = async (...args: string[]): Promise<string[]> =>
  (await odradek('consume', '-b', broker.bootstrapServers, ...args)).stdout
const produce = (...args: string[]) => odradek('produce', '-b', broker.bootstrapServers, ...args)
const start = Date.UTC(2026, 10, 21)

/** Values 0 to 9, a second apart, in two partitions. */
async function tenRecords(): Promise<string> {
  const topic = newTopic()
  for (let i = 0; i < 10; i++) {
    const record = { value: String(i), partition: i % 2, timestamp: start + i * 1000 }
    await broker.topic(topic).append(record)
  }
  return topic
}

describe('odradek consume', () => {
  it('prints values in the order of their times', async () => {
    const topic = await tenRecords()
    expect(await consume(topic, '--exit')).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
    ])
    expect(await consume(topic, '-n', '3')).toEqual(['0', '1', '2'])
    expect(await consume(topic, '-p', '1', '--exit')).toEqual(['1', '3', '5', '7', '9'])
  })

  it('begins and ends where it is told', async () => {
    const topic = await tenRecords()
    const at = (second: number): string => new Date(start + second * 1000).toISOString()
    expect(await consume(topic, '--last', '3', '--exit')).toEqual(['7', '8', '9'])
    expect(await consume(topic, '--last', '99', '--exit')).toHaveLength(10)
    expect(await consume(topic, '--last', '0', '--exit')).toEqual([])
    expect(await consume(topic, '--since', at(7), '--exit')).toEqual(['7', '8', '9'])
    expect(await consume(topic, '--until', at(2))).toEqual(['0', '1'])
    expect(await consume(topic, '-o', `s@${start + 3000}`, '-o', `e@${start + 5000}`)).toEqual([
      '3',
      '4',
    ])
    expect(await consume(topic, '-o', '-1', '--exit')).toEqual(['8', '9'])
    expect(await consume(topic, '-o', '4', '--exit')).toEqual(['8', '9'])
    expect(await consume(topic, '-o', 'end', '--exit')).toEqual([])
  })

  it('goes on with what comes, and with the latest first', async () => {
    const topic = await tenRecords()
    const terminal = recordingTerminal()
    const arrived = Promise.withResolvers<void>()
    const done = runCommand(
      ['consume', '-b', broker.bootstrapServers, topic, '--last', '1', '-n', '3'],
      {
        ...terminal,
        async write(bytes) {
          await terminal.write(bytes)
          arrived.resolve()
        },
      },
    )
    await arrived.promise
    expect(terminal.stdout).toEqual(['9'])
    await broker.topic(topic).append([
      { value: 'x', partition: 0 },
      { value: 'y', partition: 0 },
    ])
    await done
    expect(terminal.stdout).toEqual(['9', 'x', 'y'])
  })

  it('prints formats and JSON', async () => {
    const topic = newTopic()
    await produce(topic, 'v', '-k', 'k', '-H', 'h=1', '-H', 'n', '-p', '0')
    expect(await consume(topic, '--exit', '-f', '%t %p %o %k=%v %h\\n')).toEqual([
      `${topic} 0 0 k=v h=1,n=NULL`,
    ])
    const [line] = await consume(topic, '--exit', '--json')
    const parsed = JSON.parse(line!) as Record<string, unknown>
    expect(Object.keys(parsed).join()).toBe(
      'topic,partition,offset,tstype,ts,broker,headers,key,payload',
    )
    expect(parsed).toMatchObject({ headers: ['h', '1', 'n', null], key: 'k', payload: 'v' })
  })

  it('prints what an expression holds for', async () => {
    const topic = newTopic()
    await broker.topic(topic).append([{ value: { n: 1 } }, { value: { n: 5 } }, { value: 'x' }])
    expect(await consume(topic, '--exit', '--where', 'value.n > 2')).toEqual(['{"n":5}'])
    await expect(consume(topic, '--where', 'value.n >')).rejects.toThrow('value.n >')
  })

  it('leaves out what was aborted, and shows the ends of transactions, if asked', async () => {
    const topic = newTopic()
    await produce(topic, 'a', '-p', '0', '--txn')
    await produce(topic, 'b', '-p', '0')
    const failing = produce(topic, '-n', '2', '-p', '0', 'x'.repeat(1_100_000), '--txn')
    await expect(failing).rejects.toThrow('MESSAGE_TOO_LARGE')
    expect(await consume(topic, '--exit', '--committed')).toEqual(['a', 'b'])
    const lines = await consume(topic, '--exit', '--txn-markers', '--json')
    const markers = lines.map(line => (JSON.parse(line) as { marker?: string }).marker)
    expect(markers.slice(0, 3)).toEqual([undefined, 'commit', undefined])
  })

  it('goes on where its group has committed', async () => {
    const topic = await tenRecords()
    const group = `group-of-${topic}`
    expect(await consume(topic, '-g', group, '-n', '4')).toHaveLength(4)
    const rest = await consume(topic, '-g', group, '--exit', '--where', 'offset > 1')
    expect(rest.toSorted()).toEqual(['4', '5', '6', '7', '8', '9'])
    expect(await consume(topic, '-g', group, '--exit')).toEqual([])
    expect((await broker.group(group).describe()).lag).toBe(0)
  })

  it('shares partitions with the other members of its group', async () => {
    const topic = await tenRecords()
    const group = `group-of-${topic}`
    const [a, b] = [recordingTerminal(), recordingTerminal()]
    const args = ['consume', '-b', broker.bootstrapServers, topic, '-g', group, '-f', '%p\\n']
    const first = runCommand([...args, '-n', '11'], a)
    await expect.poll(() => a.stdout.length).toBe(10)
    const second = runCommand([...args, '-n', '1'], b)
    const shares = async (): Promise<number[]> => {
      const { members } = await broker.group(group).describe()
      return members.map(({ assignment }) => assignment[topic]?.length ?? 0)
    }
    await expect.poll(shares, { timeout: 5000 }).toEqual([1, 1])
    await broker.topic(topic).append([0, 1].map(partition => ({ value: 'x', partition })))
    await Promise.all([first, second])
    expect(new Set([a.stdout[10], b.stdout[0]])).toEqual(new Set(['0', '1']))
  })

  it('says what is wrong', async () => {
    await expect(consume('missing')).rejects.toThrow(
      'there is no topic missing: create it with odradek topic create missing',
    )
    const topic = await tenRecords()
    await expect(consume(topic, '-p', '2')).rejects.toThrow(
      `${topic} has no partition 2: it has 0 to 1`,
    )
  })

  it('goes on from the start where an offset is gone', async () => {
    const topic = await tenRecords()
    const { stdout, stderr } = await odradek(
      'consume',
      '-b',
      broker.bootstrapServers,
      topic,
      '-p',
      '0',
      '-o',
      '77',
      '-n',
      '1',
    )
    expect(stdout).toEqual(['0'])
    expect(stderr).toEqual([`${topic}-0 has no offset 77: going on from its start, 0`])
  })
})

describe('odradek tail', () => {
  it('shows topics that are created later, and again', async () => {
    await using own = await startBroker()
    await own.topic('orders').append([{ value: 'old' }, { value: 'latest' }])
    const terminal = recordingTerminal()
    let written = Promise.withResolvers<void>()
    const next = async (): Promise<void> => {
      await written.promise
      written = Promise.withResolvers()
    }
    const done = runCommand(
      ['tail', '--all', '-b', own.bootstrapServers, '--last', '1', '-n', '4'],
      {
        ...terminal,
        async write(bytes) {
          await terminal.write(bytes)
          written.resolve()
        },
      },
    )
    await next()
    await own.topic('orders').append({ value: 'new', headers: { a: '1' } })
    await next()
    await own.topic('later').append({ value: 'x' })
    await next()
    await own.topic('later').delete()
    await own.topic('later').append({ value: 'y' })
    await done
    expect(terminal.stdout.map(line => line.split('  ').slice(1).join('  '))).toEqual([
      'orders-0@1  null  latest',
      'orders-0@2  null  new  {a=1}',
      'later-0@0  null  x',
      'later-0@0  null  y',
    ])
  })

  it('takes names and patterns', async () => {
    await using own = await startBroker()
    for (const name of ['a-1', 'a-2', 'b']) await own.topic(name).append({ value: name })
    const args = ['tail', '-b', own.bootstrapServers, '--last', '1', '-n', '2', '-f', '%v\\n']
    expect((await odradek(...args, 'a-*')).stdout).toEqual(['a-1', 'a-2'])
  })
})
