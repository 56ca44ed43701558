/** `odradek log import`: what Apache Kafka has written is read here, to the byte and the offset. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startKafka, type Kafka } from './kafka/kafka.ts'
import { endOpen, leaveTransactions, type OpenTransaction } from './oracle/left-transactions.ts'
import { startServer, type Server } from './server.ts'
import { missing, runTool } from './tool.ts'
import { skipped as withoutJava, Tools } from './tools/tools.ts'

const skipped = withoutJava || missing('kcat', 'install the Debian package kcat')
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const authorizer = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
]
const committedOnly = ['-X', 'isolation.level=read_committed']
const main = fileURLToPath(new URL('../bin/odradek.js', import.meta.url))

describe.skipIf(skipped)(`the log directory of an Apache Kafka${skipped}`, () => {
  let folder: string
  let kafka: Kafka
  let tools: Tools
  /** By topic, what kcat prints of it. */
  const before = new Map<string, string>()
  let groupBefore: string
  let aclsBefore: string
  let open: OpenTransaction
  let report: string
  let server: Server

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-import-'))
    const cleaner = ['log.cleaner.backoff.ms=100', 'offsets.topic.num.partitions=3']
    kafka = await startKafka(...cleaner, ...authorizer)
    tools = await Tools.start(kafka.bootstrapServers)
    await produceAll()
    for (const topic of ['orders', 'latest']) before.set(topic, await readAll(kafka, topic))
    before.set('transfers', await readAll(kafka, 'transfers', ...committedOnly))
    groupBefore = await describeGroup(kafka)
    await kafka.stop()
    server = await startServer('--brokers', '1', ...authorizer.flatMap(each => ['--set', each]))
    await server.stop()
    report = await runTool(process.execPath, [
      main,
      'log',
      'import',
      kafka.dataDir,
      '--data-dir',
      server.dataDir,
    ])
    await server.restart()
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await tools?.[Symbol.asyncDispose]()
    await kafka?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const create = async (topic: string, ...configs: string[]): Promise<void> => {
    const options = configs.map(config => ` --config ${config}`).join('')
    await tools.run(`kafka-topics --create --topic ${topic} --partitions 2${options}`)
  }

  /** Lines `key:value`. */
  async function produce(
    { bootstrapServers }: { bootstrapServers: string },
    topic: string,
    lines: readonly string[],
    ...args: string[]
  ): Promise<void> {
    const input = path.join(folder, 'input')
    await writeFile(input, lines.map(line => `${line}\n`).join(''))
    const idempotent = ['-X', 'enable.idempotence=true', '-X', 'linger.ms=20']
    await runTool(
      'kcat',
      ['-b', bootstrapServers, '-P', '-t', topic, '-K:', ...idempotent, ...args],
      {
        input,
      },
    )
  }

  async function produceAll(): Promise<void> {
    await create('orders', 'segment.bytes=1048576', 'retention.ms=-1')
    for (const codec of codecs) {
      const lines = Array.from({ length: 1500 }, (_, i) => `${codec}${i}:${noise(i, 1000)}`)
      await produce(kafka, 'orders', lines, '-p', '0', '-z', codec, '-H', `codec=${codec}`)
      await produce(kafka, 'orders', lines.slice(0, 3), '-p', '1', '-z', codec)
    }
    const partitions = [{ topic: 'orders', partition: 0, offset: 2000 }]
    const file = path.join(folder, 'delete.json')
    await writeFile(file, JSON.stringify({ partitions, version: 1 }))
    await tools.run(`kafka-delete-records --offset-json-file ${file}`)
    await create(
      'latest',
      'cleanup.policy=compact',
      'segment.bytes=1048576',
      'min.cleanable.dirty.ratio=0.01',
    )
    for (const codec of codecs) {
      const lines = Array.from({ length: 1500 }, (_, i) => `${i % 50}:${noise(i, 1000)}`)
      await produce(kafka, 'latest', lines, '-p', '0', '-z', codec)
    }
    await vi.waitUntil(async () => (await readAll(kafka, 'latest')).split('\n').length < 4000, {
      timeout: 60_000,
      interval: 500,
    })
    await create('transfers')
    open = await leaveTransactions(kafka.bootstrapServers, 'transfers', 'movers', 3)
    const consumer = 'kafka-console-consumer --topic orders --group readers --from-beginning'
    await tools.run(`${consumer} --max-messages 700`)
    const add = 'kafka-acls --add --topic orders --operation All --allow-principal'
    await tools.run(`${add} User:alice --resource-pattern-type prefixed`)
    await tools.run(`${add} User:bob --allow-host 192.0.2.1`)
    await tools.run(`${add} User:eve`)
    await tools.run(`${add.replace('--add', '--remove --force')} User:eve`)
    aclsBefore = await tools.run('kafka-acls --list')
  }

  it('is taken over, topic by topic', async () => {
    expect(report).toMatch(/^orders-0 {2}offsets 2000–7500 {2}\d+ segments/m)
    expect(report).toMatch(/^orders-1 {2}offsets 0–15 /m)
    expect(report).toMatch(/^committed offsets: \d, of 1 groups$/m)
    const verified = await runTool(process.execPath, [main, 'log', 'verify', server.dataDir])
    expect(verified.match(/^(?:orders|latest).* {2}ok {2}/gm)).toHaveLength(4)
  })

  it.each(['orders', 'latest'])(
    'has the same offsets, times, keys, headers and values in %s',
    async topic => {
      expect(before.get(topic)!.length).toBeGreaterThan(1_000_000)
      expect(await readAll(server, topic)).toBe(before.get(topic))
    },
  )

  it('keeps ids and configs of topics', async () => {
    const described = await onServer('kafka-topics --describe --topic latest')
    const file = path.join(kafka.dataDir, 'latest-0', 'partition.metadata')
    const id = await readFile(file, 'utf8')
    expect(described).toContain(`TopicId: ${/topic_id: (\S+)/.exec(id)![1]}`)
    expect(described).toContain('cleanup.policy=compact')
    expect(described).toContain('segment.bytes=1048576')
  })

  it('keeps ACLs, and none that was removed', async () => {
    const lines = (text: string): string[] => text.split('\n').toSorted()
    expect(aclsBefore).toContain('User:alice')
    expect(aclsBefore).not.toContain('User:eve')
    expect(lines(await onServer('kafka-acls --list'))).toEqual(lines(aclsBefore))
    expect(report).toMatch(/^ACLs: 2$/m)
  })

  it('lets groups go on where they were', async () => {
    expect(groupBefore).toMatch(/^readers +orders +\d/m)
    expect(await describeGroup(server)).toBe(groupBefore)
  })

  it('has aborted and open transactions, the latter for their producers to end', async () => {
    expect(report).toMatch(/^transfers-0 .*\n {2}transactions: 1 aborted, 1 open$/m)
    expect(report).toMatch(/^transactional ids: 3, 1 open$/m)
    const committed = await readAll(server, 'transfers', ...committedOnly)
    expect(committed).toBe(before.get('transfers'))
    expect(committed.match(/committing \d$/gm)).toHaveLength(5)
    expect(committed).not.toMatch(/aborting|open/)
    expect(await onServer('kafka-transactions list')).toMatch(/^open\s.*\sOngoing\s*$/m)
    await endOpen(server.bootstrapServers, open, true)
    await vi.waitUntil(
      async () => (await readAll(server, 'transfers', ...committedOnly)).includes('open 4'),
      { timeout: 10_000, interval: 200 },
    )
    const described = await onServer('kafka-consumer-groups --describe --group movers')
    expect(described).toMatch(/^movers +transfers +0 +3 /m)
  })

  it('goes on', async () => {
    await produce(server, 'orders', ['next:one'], '-p', '0')
    expect((await readAll(server, 'orders')).replace(before.get('orders')!, '')).toMatch(
      /^0 7500 \d+ next {2}3 one$/m,
    )
  })

  it("is read by Kafka's own tool, with its indexes", async () => {
    await server.stop()
    const topics = path.join(server.dataDir, 'topics')
    const directories = (await readdir(topics)).filter(name =>
      /^(?:orders|latest)-\d\.[\w-]{22}$/.test(name),
    )
    expect(directories.length).toBeGreaterThan(2)
    const indexes: string[] = []
    for (const directory of directories) {
      const paths = await named(path.join(topics, directory), path.join(folder, directory))
      const text = await tools.run(`kafka-dump-log --files ${paths.join(',')} --deep-iteration`)
      expect(text).not.toMatch(/mismatch|isvalid: false|invalid/i)
      indexes.push(...paths.filter(name => !name.endsWith('.log')))
    }
    expect(indexes.length).toBeGreaterThan(4)
    for (const check of ['--verify-index-only', '--index-sanity-check']) {
      const checked = await tools.run(`kafka-dump-log --files ${indexes.join(',')} ${check}`)
      expect(checked).not.toMatch(/mismatch|invalid|corrupt/i)
    }
    await server.restart()
  })

  async function onServer(command: string): Promise<string> {
    await using other = await Tools.start(server.bootstrapServers)
    return await other.run(command)
  }

  async function describeGroup(broker: { bootstrapServers: string }): Promise<string> {
    await using other = await Tools.start(broker.bootstrapServers)
    return await other.run('kafka-consumer-groups --describe --group readers')
  }
})

/** Copies of segment files, those that were compacted under the names that they have in Kafka. */
async function named(directory: string, target: string): Promise<string[]> {
  await mkdir(target)
  const names = (await readdir(directory)).filter(name => /\.(log|index|timeindex)$/.test(name))
  return Promise.all(
    names.map(async name => {
      const copy = path.join(target, name.replace(/\.\d+\./, '.'))
      await copyFile(path.join(directory, name), copy)
      return copy
    }),
  )
}

/** Text that compresses badly, the same for the same number. */
function noise(seed: number, length: number): string {
  let state = seed + 1
  const next = (): string => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return (state >>> 0).toString(36)
  }
  let text = ''
  while (text.length < length) text += next()
  return text.slice(0, length)
}

/** Partition, offset, time, key, headers, size and value of every record. */
async function readAll(
  { bootstrapServers }: { bootstrapServers: string },
  topic: string,
  ...more: readonly string[]
): Promise<string> {
  const format = '%p %o %T %k %h %S %s\n'
  const args = [
    '-b',
    bootstrapServers,
    '-C',
    '-q',
    '-t',
    topic,
    '-e',
    '-o',
    'beginning',
    '-f',
    format,
    ...more,
  ]
  const lines = (await runTool('kcat', args)).split('\n')
  return lines.toSorted((a, b) => order(a) - order(b)).join('\n')
}

function order(line: string): number {
  const [partition, offset] = line.split(' ').map(Number)
  return (partition ?? 0) * 1e9 + (offset ?? 0)
}
