import { describe, expect, it } from 'vitest'
import { appendRecords } from '../../src/admin/append.ts'
import { recordFromJson } from '../../src/admin/record-json.ts'
import { clearTopic, createTopic } from '../../src/admin/topics.ts'
import { exportLines } from '../../src/seeds/export.ts'
import { importEntries, type ImportOptions } from '../../src/seeds/import.ts'
import { entriesOfLines } from '../../src/seeds/lines.ts'
import { kinds, start } from '../snapshots/broker.ts'

type Broker = Awaited<ReturnType<typeof start>>
const memory = kinds[0]!

const exported = async (broker: Broker, names?: string[]): Promise<string> =>
  (await Array.fromAsync(exportLines(broker.services, names))).join('')

function imported(broker: Broker, text: string, options: Partial<ImportOptions> = {}) {
  const lines = entriesOfLines('seed.jsonl', [Buffer.from(text)])
  return importEntries(broker.services, lines, { keepsTopics: false, ...options })
}

const seed = `
{"topic":"orders","partitions":2,"config":{"retention.ms":"-1"}}
{"topic":"orders","partition":0,"timestamp":"2026-11-21T10:00:00.000Z","key":"a","value":{"n":1}}
{"topic":"orders","partition":0,"timestamp":1,"key":null,"value":null,"headers":{"h":["1",null]}}
{"topic":"orders","partition":1,"timestamp":"2026-11-21T10:00:00Z","value":{"$base64":"/w=="}}
{"group":"billing","offsets":{"orders":[1,{"offset":1,"metadata":"note"}]}}
`

it('what stands before a bad line is kept', async () => {
  await using broker = await start(memory)
  const lines = '{"topic":"a","value":"1"}\n{"topic":"a","value":"2"}\n{"topic":"a","valu":"3"}\n'
  await expect(imported(broker, lines)).rejects.toThrow('seed.jsonl:3: ')
  expect(await broker.records('a')).toHaveLength(2)
})

describe('an export', () => {
  it('of what was imported says the same, and so on', async () => {
    await using first = await start(memory)
    const facts = await imported(first, seed)
    expect(facts).toMatchObject({ topics: 1, records: 3, groups: 1, users: 0, faults: 0 })
    const text = await exported(first)
    expect(text).toMatchSnapshot()
    await using second = await start(memory)
    await imported(second, text)
    expect(await exported(second)).toBe(text)
    expect(await second.records('orders')).toEqual(await first.records('orders'))
  })

  it('has what consumers of committed records see, and offsets that fit it', async () => {
    await using broker = await start(memory)
    await createTopic(broker.services, 'orders')
    await broker.produce('orders', [{ value: 'trimmed' }])
    await clearTopic(broker.services, 'orders')
    await broker.produce('orders', [{ value: 'committed' }], 'commits')
    await broker.produce('orders', [{ value: 'aborted' }], 'aborts')
    await broker.produce('orders', [{ value: 'last' }])
    await imported(broker, '{"group":"g","offsets":{"orders":[3]}}')
    await using other = await start(memory)
    await imported(other, await exported(broker))
    expect(await other.records('orders')).toEqual(['0/0 null=committed {}', '0/1 null=last {}'])
    expect(other.services.groups.offsets.of('g').map(({ offset }) => offset)).toEqual([1])
  })

  it('keeps the times of records where the topic has those of the broker', async () => {
    await using broker = await start(memory)
    const configs =
      '{"message.timestamp.type":"LogAppendTime","message.timestamp.before.max.ms":"1"}'
    const line = '{"topic":"orders","partition":0,"timestamp":"2001-01-01T00:00:00.000Z",'
    const topic = `{"topic":"orders","partitions":1,"config":${configs}}`
    const text = `${topic}\n${line}"key":null,"value":"1"}\n`
    await imported(broker, text)
    expect(await exported(broker)).toBe(text)
  })

  it('is of the topics that are named, and of none that is not there', async () => {
    await using broker = await start(memory)
    for (const topic of ['a', 'b']) {
      await appendRecords(broker.services, topic, [recordFromJson({ value: 1, timestamp: 5 })])
    }
    expect(await exported(broker, ['b'])).toBe(
      '{"topic":"b","partitions":1}\n' +
        '{"topic":"b","partition":0,"timestamp":"1970-01-01T00:00:00.005Z",' +
        '"key":null,"value":"1"}\n',
    )
    expect(() => exportLines(broker.services, ['c'])).toThrow("there is no topic 'c'")
  })

  it('comes in pieces, and goes in in pieces', async () => {
    await using broker = await start(memory)
    const value = 'x'.repeat(1000)
    const lines = Array.from({ length: 5000 }, (_, i) => {
      return JSON.stringify({ topic: 'many', partition: 0, timestamp: i, key: i, value })
    })
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    const chunks = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, i) =>
      bytes.subarray(i * 999, (i + 1) * 999),
    )
    const entries = entriesOfLines('many', chunks)
    await importEntries(broker.services, entries, { keepsTopics: false })
    const pieces = await Array.fromAsync(exportLines(broker.services))
    expect(pieces.length).toBeGreaterThan(10)
    expect(pieces.join('').split('\n')).toHaveLength(1 + 5000 + 1)
  })
})

describe('an import', () => {
  it('appends to topics that are there, and counts offsets from there', async () => {
    await using broker = await start(memory)
    await imported(broker, seed)
    await imported(broker, seed.replace('"config":{"retention.ms":"-1"}', '"config":{}'))
    expect(await broker.records('orders')).toHaveLength(6)
    expect(broker.services.groups.offsets.of('billing').map(({ offset }) => offset)).toEqual([3, 2])
  })

  it('as a seed leaves topics alone that are there', async () => {
    await using broker = await start(memory)
    await imported(broker, seed)
    const more = `${seed}{"topic":"new","value":1}`
    const facts = await imported(broker, more, { keepsTopics: true })
    expect(facts).toMatchObject({ topics: 1, records: 1, groups: 0, keptTopics: ['orders'] })
    expect(await broker.records('orders')).toHaveLength(3)
    expect(broker.services.groups.offsets.of('billing').map(({ offset }) => offset)).toEqual([1, 1])
  })

  it('takes users and faults', async () => {
    await using broker = await start(memory)
    const findPassword = (place: object) => Promise.resolve(JSON.stringify(place))
    const lines = [
      '{"user":"alice","password":"secret"}',
      '{"user":"bob","password":{"$env":"P"},"mechanisms":["SCRAM-SHA-512"]}',
      '{"fault":{"api":"Produce","error":"NOT_LEADER_OR_FOLLOWER"}}',
    ]
    await imported(broker, lines.join('\n'), { findPassword })
    const users = broker.services.scramCredentials.describe([])
    expect(users.map(({ user, credentials }) => [user, credentials.length])).toEqual([
      ['alice', 2],
      ['bob', 1],
    ])
    expect(broker.services.faults.list()).toHaveLength(1)
  })

  it('stops at the first line that is wrong, and says which and why', async () => {
    await using broker = await start(memory)
    const first = '{"topic":"t","partitions":1}\n\n'
    const lines = [
      '{"topic":"t"',
      '{"topic":"t","value":1,"partition":1}',
      '{"topic":"u","config":{"retention":1}}',
      '{"topic":"u","replicationFactor":3}',
      '{"topic":"u v","value":1}',
      '{"topic":"__consumer_offsets","value":1}',
      '{"group":"g","offsets":{"t":[1,1]}}',
      '{"group":"g","offsets":{"v":[1]}}',
      '{"user":"u","password":{"$env":"P"}}',
      '{"user":"u","password":"p","mechanisms":["PLAIN"]}',
      '{"fault":{"api":"Prodcue"}}',
    ]
    const problems: string[] = []
    for (const line of lines) {
      await broker.copies.reset()
      const failed = await imported(broker, first + line).catch((error: unknown) => error)
      problems.push(`${line}\n  ${(failed as Error).name}: ${(failed as Error).message}`)
    }
    expect(problems.join('\n')).toMatchSnapshot()
    const again = imported(broker, `${first}{"topic":"t","partitions":2}`)
    const reason = "seed.jsonl:3: topic 't' is there already, with 1 partitions"
    await expect(again).rejects.toThrow(reason)
  })

  it('refuses bytes that are no text', async () => {
    await using broker = await start(memory)
    const entries = entriesOfLines('seed', [Buffer.from([0x22, 0xff, 0x22])])
    const failed = importEntries(broker.services, entries, { keepsTopics: false })
    await expect(failed).rejects.toThrow('seed: not text in UTF-8')
  })
})
