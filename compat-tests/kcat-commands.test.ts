/**
 * What kcat (librdkafka) can do, on one broker and on three. With KAFKA_BOOTSTRAP set, on that one:
 * so these expectations were checked against Apache Kafka 4.3.1.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import kafkajs, { type Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { missing, runTool } from './tool.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const skipped = missing('kcat', 'install the Debian package kcat')
const targets = external === undefined ? [{ brokers: 1 }, { brokers: 3 }] : [{ brokers: 1 }]
const day = (number: number): number => Date.UTC(2026, 0, number)

interface Listing {
  controllerid: number
  brokers: { id: number; name: string }[]
  topics: {
    topic: string
    error?: string
    partitions: { partition: number; leader: number; replicas: unknown[]; isrs: unknown[] }[]
  }[]
}

describe.skipIf(skipped)(`kcat: commands${skipped}`, () => {
  describe.each(targets)('on $brokers broker(s)', ({ brokers }) => {
    let folder: string
    let server: Server | undefined
    let bootstrapServers: string
    let names = 0

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'odradek-kcat-'))
      if (external === undefined) server = await startServer('--brokers', `${brokers}`)
      bootstrapServers = external ?? server!.bootstrapServers
    })
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })

    const uniqueName = (kind: string): string => `${kind}-${process.pid}-${Date.now()}-${names++}`

    function kcat(...args: string[]): Promise<string> {
      return runTool('kcat', ['-b', bootstrapServers, ...args])
    }

    /** Sends each line, from a file, as kcat does with -l. */
    async function produce(topic: string, lines: readonly string[], ...args: string[]) {
      const file = path.join(folder, uniqueName('lines'))
      await writeFile(file, lines.map(line => `${line}\n`).join(''))
      return kcat('-P', '-t', topic, ...args, '-l', file)
    }

    const consume = (topic: string, ...args: string[]): Promise<string> =>
      kcat('-C', '-t', topic, '-e', ...args)

    /** kcat creates no topics with several partitions, and sends no times of its own. */
    function client(): Kafka {
      const { logLevel, Kafka } = kafkajs
      return new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.ERROR })
    }

    async function newTopic(numPartitions = 1): Promise<string> {
      const topic = uniqueName('topic')
      const admin = client().admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions }] })
      await admin.disconnect()
      return topic
    }

    async function threeDays(): Promise<string> {
      const topic = await newTopic()
      const producer = client().producer()
      await producer.connect()
      for (const number of [1, 2, 3]) {
        const messages = [{ value: `day ${number}`, timestamp: String(day(number)) }]
        await producer.send({ topic, messages })
      }
      await producer.disconnect()
      return topic
    }

    const lines = (text: string): string[] => text.trimEnd().split('\n').toSorted()

    it('-L lists brokers, the controller, topics and partitions', async () => {
      const topic = await newTopic(6)
      const listing = JSON.parse(await kcat('-L', '-J')) as Listing
      const ids = listing.brokers.map(({ id }) => id)
      expect(ids).toHaveLength(brokers)
      expect(ids).toContain(listing.controllerid)
      const listed = listing.topics.find(({ topic: name }) => name === topic)!
      expect(listed.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 4, 5])
      const leaders = new Set(listed.partitions.map(({ leader }) => leader))
      expect([...leaders].toSorted((a, b) => a - b)).toEqual(ids.toSorted((a, b) => a - b))
      for (const { replicas, isrs } of listed.partitions) expect(isrs).toEqual(replicas)
    })

    it('-L -t lists one topic, as text as well', async () => {
      const topic = await newTopic(2)
      const listing = JSON.parse(await kcat('-L', '-J', '-t', topic)) as Listing
      expect(listing.topics.map(({ topic: name }) => name)).toEqual([topic])
      const text = await kcat('-L', '-t', topic)
      expect(text).toContain(` ${brokers} brokers:\n`)
      expect(text).toContain(`topic "${topic}" with 2 partitions:\n`)
    })

    it('-P splits keys and lines at delimiters and adds headers', async () => {
      const topic = await newTopic()
      await produce(topic, ['a:1;b:2;c:3'], '-K:', '-D;', '-H', 'origin=test', '-H', 'empty=')
      const format = '%t %p %o %k=%s (%K %S) %h;'
      expect((await consume(topic, '-f', format)).replaceAll('\n', '')).toBe(
        [
          `${topic} 0 0 a=1 (1 1) origin=test,empty=;`,
          `${topic} 0 1 b=2 (1 1) origin=test,empty=;`,
          `${topic} 0 2 c=3 (1 2) origin=test,empty=;`,
        ].join(''),
      )
    })

    it('-P sends fixed keys, whole files, tombstones and a limited number', async () => {
      const topic = await newTopic()
      await produce(topic, ['one', 'two'], '-k', 'fixed')
      await produce(topic, ['gone='], '-K=', '-Z')
      await produce(topic, ['first', 'second', 'third'], '-c', '2')
      const file = path.join(folder, 'whole')
      await writeFile(file, 'a\nb\nc')
      await kcat('-P', '-t', topic, file)
      expect(lines(await consume(topic, '-f', '%o %k %S\n'))).toEqual([
        '0 fixed 3',
        '1 fixed 3',
        '2 gone -1',
        '3  5',
        '4  6',
        '5  5',
      ])
    })

    it.each([
      ['consistent', 'crc32'],
      ['murmur2', 'as Java'],
      ['fnv1a', 'as Sarama'],
    ])('-P finds the same partition for the same key: %s (%s)', async partitioner => {
      const topic = await newTopic(3)
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
      const sent = keys.map(key => `${key}=${key}`)
      for (const _ of [1, 2]) {
        await produce(topic, sent, '-K=', '-X', `topic.partitioner=${partitioner}`)
      }
      const found = lines(await consume(topic, '-f', '%k %p\n'))
      expect(found).toHaveLength(16)
      expect(new Set(found).size).toBe(8)
      expect(new Set(found.map(line => line.slice(2)))).toEqual(new Set(['0', '1', '2']))
    })

    it.each([
      ['acks=0'],
      ['acks=1'],
      ['acks=all'],
      ['enable.idempotence=true'],
      ['linger.ms=50'],
      ['compression.codec=zstd'],
      ['batch.num.messages=1'],
      ['max.in.flight.requests.per.connection=1'],
    ])('-P -X %s', async setting => {
      const topic = await newTopic(2)
      const sent = Array.from({ length: 50 }, (_, i) => `message ${i}`)
      await produce(topic, sent, '-X', setting)
      // What is not acknowledged may still be on its way.
      await expect
        .poll(async () => lines(await consume(topic)), { timeout: 20_000 })
        .toEqual(sent.toSorted())
    })

    it('-C starts at offsets from the beginning and from the end', async () => {
      const topic = await newTopic()
      await produce(topic, ['0', '1', '2', '3', '4'])
      const read = async (offset: string, ...args: string[]): Promise<string> =>
        (await consume(topic, '-o', offset, ...args)).replaceAll('\n', '')
      expect(await read('beginning')).toBe('01234')
      expect(await read('2')).toBe('234')
      expect(await read('-2')).toBe('34')
      expect(await read('-99')).toBe('01234')
      expect(await read('end')).toBe('')
      expect(await read('beginning', '-c', '2')).toBe('01')
      expect(await read('beginning', '-p', '0', '-K/')).toBe('/0/1/2/3/4')
    })

    it('-C starts and stops at times', async () => {
      const topic = await threeDays()
      const read = async (...args: string[]): Promise<string[]> =>
        lines(await consume(topic, ...args.flatMap(offset => ['-o', offset])))
      expect(await read(`s@${day(2)}`)).toEqual(['day 2', 'day 3'])
      expect(await read(`s@${day(2) + 1}`)).toEqual(['day 3'])
      expect(await read(`s@${day(1)}`, `e@${day(3)}`)).toEqual(['day 1', 'day 2'])
      expect(await read(`s@${day(9)}`)).toEqual([''])
    })

    it('-C -J tells everything about a message', async () => {
      const topic = await threeDays()
      const messages = lines(await consume(topic, '-J'))
      expect(messages.map(message => JSON.parse(message) as unknown)).toMatchObject(
        [1, 2, 3].map(number => ({
          topic,
          partition: 0,
          offset: number - 1,
          tstype: 'create',
          ts: day(number),
          key: null,
          payload: `day ${number}`,
        })),
      )
    })

    it('-C -X passes settings on', async () => {
      const topic = await newTopic()
      await produce(topic, ['a', 'b'])
      for (const setting of [
        'check.crcs=true',
        'isolation.level=read_uncommitted',
        'fetch.min.bytes=100000',
        'fetch.message.max.bytes=1',
        'fetch.wait.max.ms=1',
      ]) {
        expect(lines(await consume(topic, '-X', setting))).toEqual(['a', 'b'])
      }
    })

    it('-Q finds offsets by time, of several partitions at once', async () => {
      const [one, other] = [await threeDays(), await threeDays()]
      const asked = [`${one}:0:${day(2)}`, `${other}:0:${day(2) + 1}`].flatMap(of => ['-t', of])
      expect(lines(await kcat('-Q', ...asked))).toEqual(
        [`${one} [0] offset 1`, `${other} [0] offset 2`].toSorted(),
      )
      expect(lines(await kcat('-Q', '-t', `${one}:0:${day(9)}`))).toEqual([`${one} [0] offset -1`])
      // Kafka's special times: the beginning and the end.
      expect(lines(await kcat('-Q', '-t', `${one}:0:-2`))).toEqual([`${one} [0] offset 0`])
      expect(lines(await kcat('-Q', '-t', `${one}:0:-1`))).toEqual([`${one} [0] offset 3`])
    })

    it('-G shares topics in a group, and goes on after its commits', async () => {
      const [one, other] = [await newTopic(3), await newTopic()]
      await produce(one, ['a=1', 'b=2', 'c=3'], '-K=')
      await produce(other, ['d=4'], '-K=')
      const group = uniqueName('group')
      const read = async (): Promise<string[]> =>
        lines(await kcat('-G', group, '-e', '-X', 'auto.offset.reset=earliest', one, other))
      expect(await read()).toEqual(['1', '2', '3', '4'])
      await produce(one, ['e=5'], '-K=')
      expect(await read()).toEqual(['5'])
    })

    it.each(['range', 'roundrobin', 'cooperative-sticky'])('-G with %s', async strategy => {
      const topic = await newTopic(3)
      await produce(topic, ['a', 'b', 'c'])
      const settings = ['auto.offset.reset=earliest', `partition.assignment.strategy=${strategy}`]
      const args = settings.flatMap(setting => ['-X', setting])
      const read = await kcat('-G', uniqueName('group'), '-e', ...args, topic)
      expect(lines(read)).toEqual(['a', 'b', 'c'])
    })

    it('-G with a pattern and a static member', async () => {
      const topic = await newTopic()
      await produce(topic, ['a', 'b'])
      const settings = ['auto.offset.reset=earliest', 'group.instance.id=one']
      const args = settings.flatMap(setting => ['-X', setting])
      const read = await kcat('-G', uniqueName('group'), '-e', ...args, `^${topic}.*`)
      expect(lines(read)).toEqual(['a', 'b'])
    })

    it('says what is wrong', async () => {
      await expect(produce('no spaces', ['a'])).rejects.toThrow('Broker: Invalid topic')
      const topic = await newTopic()
      await expect(produce(topic, ['a'], '-p', '9')).rejects.toThrow('Unknown partition')
      const beyond = consume(topic, '-o', '99', '-X', 'auto.offset.reset=error')
      await expect(beyond).rejects.toThrow('Broker: Offset out of range')
    })
  })
})
