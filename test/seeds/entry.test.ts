import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/admin/json-value.ts'
import { entryFromJson } from '../../src/seeds/entry.ts'
import { parseCreateTopics } from '../../src/seeds/create-topics.ts'
import { CommittedPositions, groupLine, recordLine, topicLine } from '../../src/seeds/write.ts'

const read = (line: string) => entryFromJson(parseJson(line))

describe('an entry', () => {
  it.each([
    ['{"topic":"a"}', { kind: 'topic', name: 'a', configs: {} }],
    [
      '{"topic":"a","partitions":3,' +
        '"config":{"retention.ms":1,"cleanup.policy":["compact","delete"]}}',
      {
        kind: 'topic',
        name: 'a',
        partitions: 3,
        configs: { 'retention.ms': '1', 'cleanup.policy': 'compact,delete' },
      },
    ],
    [
      '{"topic":"a","value":{"n":1.0},"partition":2}',
      {
        kind: 'record',
        topic: 'a',
        record: { partition: 2, key: null, value: Buffer.from('{"n":1.0}'), headers: [] },
      },
    ],
    [
      '{"group":"g","offsets":{"a":[3,null,{"offset":1,"metadata":"m"}],"b":{"7":0}}}',
      {
        kind: 'group',
        group: 'g',
        offsets: [
          { topic: 'a', partition: 0, offset: 3, metadata: '' },
          { topic: 'a', partition: 2, offset: 1, metadata: 'm' },
          { topic: 'b', partition: 7, offset: 0, metadata: '' },
        ],
      },
    ],
    [
      '{"user":"u","password":{"$env":"P"},"mechanisms":["SCRAM-SHA-256"]}',
      { kind: 'user', name: 'u', password: { env: 'P' }, mechanisms: ['SCRAM-SHA-256'] },
    ],
    ['{"fault":{"api":"Produce"}}', { kind: 'fault', spec: { api: 'Produce' } }],
  ])('%s', (line, entry) => {
    expect(read(line)).toEqual(entry)
  })

  it('says what is wrong with it, and what to write', () => {
    const problems = [
      '7',
      '{}',
      '{"topics":"a"}',
      '{"topic":""}',
      '{"topic":"a","partitions":0}',
      '{"topic":"a","partitions":1,"configs":{}}',
      '{"topic":"a","config":{"x":null}}',
      '{"topic":"a","key":"k"}',
      '{"topic":"a","value":1,"timestamp":"today"}',
      '{"group":"g"}',
      '{"group":"g","offsets":{"a":3}}',
      '{"group":"g","offsets":{"a":[-1]}}',
      '{"group":"g","offsets":{"a":{"x":1}}}',
      '{"group":"g","offsets":{"a":[{"offset":1,"metadata":2}]}}',
      '{"user":"u"}',
      '{"user":"u","password":"p","mechanisms":"PLAIN"}',
      '{"subject":"s","schema":{}}',
    ].map(line => {
      try {
        return `${line}: ${JSON.stringify(read(line))}`
      } catch (error) {
        return `${line}\n  ${(error as Error).message}`
      }
    })
    expect(problems.join('\n')).toMatchSnapshot()
  })
})

describe('lines', () => {
  it('are read as they were written', () => {
    const configs = { 'retention.ms': '1' }
    const topic = topicLine({ name: 'a', partitions: 2, configs })
    expect(read(topic)).toMatchObject({ name: 'a', partitions: 2, configs })
    const record = { timestamp: 5, key: Buffer.from([255]), value: null, headers: [] }
    expect(read(recordLine('a', 1, record))).toMatchObject({ record: { ...record, partition: 1 } })
    const offsets = [
      { topic: 'a', partition: 2, offset: 4, metadata: '' },
      { topic: 'b', partition: 0, offset: 1, metadata: 'm' },
    ]
    expect(groupLine({ group: 'g', offsets })).toBe(
      '{"group":"g","offsets":{"a":[null,null,4],"b":[{"offset":1,"metadata":"m"}]}}',
    )
    expect(read(groupLine({ group: 'g', offsets }))).toMatchObject({ offsets })
  })

  it('count the records before a committed offset, whatever gaps there are', () => {
    const committed = [0, 10, 12, 13, 20, 99].map(offset => ({ partition: 1, offset }))
    const positions = new CommittedPositions(committed)
    for (const offset of [10, 12, 15]) positions.see(1, offset)
    positions.see(0, 5)
    expect(committed.map(each => positions.of(each))).toEqual([0, 0, 1, 2, 3, 3])
    expect(positions.of({ partition: 7, offset: 3 })).toBe(0)
  })
})

describe('KAFKA_CREATE_TOPICS', () => {
  it('names topics, partitions, replicas and a policy', () => {
    const topics = parseCreateTopics('a:3:1, b:1:1:compact\nc,,d::2:compact+delete')
    expect(
      topics.map(topic =>
        Object.values(topic)
          .slice(1)
          .map(v => v ?? '-'),
      ),
    ).toEqual([
      ['a', 3, 1, {}],
      ['b', 1, 1, { 'cleanup.policy': 'compact' }],
      ['c', '-', '-', {}],
      ['d', '-', 2, { 'cleanup.policy': 'compact,delete' }],
    ])
    expect(parseCreateTopics('')).toEqual([])
  })

  it.each([
    ['a:x', 'KAFKA_CREATE_TOPICS: a:x: "x" is no number from 1 on. Write name:partitions:replicas'],
    ['a:0:1', '"0" is no number from 1 on'],
    ['a b:1', "topic name 'a b' has characters besides"],
    ['a:1:1:compact:7', 'there is more than name:partitions:replicas:policy'],
  ])('refuses %s', (text, message) => {
    expect(() => parseCreateTopics(text)).toThrow(message)
  })
})
