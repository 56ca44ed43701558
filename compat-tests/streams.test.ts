/**
 * Kafka Streams 4.3.1 with group.protocol=streams (KIP-1071), and the tool for its groups. With
 * KAFKA_BOOTSTRAP set, on that broker: so these expectations were checked against Apache Kafka.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { Application } from './streams/application.ts'
import { skipped, Tools } from './tools/tools.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const run = `${process.pid}-${Date.now()}`
/** A member that is killed keeps its tasks for as long as its session: 45 s by default. */
const patience = { timeout: 120_000, interval: 200 }

/** Short sessions, which only brokers allow. */
const configs = [
  'group.streams.min.session.timeout.ms=6000',
  'group.streams.session.timeout.ms=6000',
  'group.streams.min.heartbeat.interval.ms=500',
  'group.streams.heartbeat.interval.ms=500',
]

/** Words as they come up in a language: some often, most seldom. */
function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i
    return `w${n % 3} w${n % 7} w${n % 31} w${n % 101}`
  })
}

function countWords(text: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of text.flatMap(line => line.split(' '))) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

describe.skipIf(skipped)(`Kafka Streams${skipped}`, () => {
  const applicationId = `words-${run}`
  const topics = { input: `lines-${run}`, output: `counts-${run}` }
  let server: Server | undefined
  let bootstrapServers: string
  let tools: Tools
  const instances: Application[] = []

  beforeAll(async () => {
    if (external === undefined) server = await startServer(...configs.flatMap(c => ['--set', c]))
    bootstrapServers = external ?? server!.bootstrapServers
    tools = await Tools.start(bootstrapServers)
    await tools.run(`kafka-topics --create --topic ${topics.input} --partitions 4`)
    await tools.run(`kafka-topics --create --topic ${topics.output} --partitions 1`)
  })
  afterAll(async () => {
    for (const instance of instances) await instance[Symbol.asyncDispose]()
    await tools[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  async function startInstance(): Promise<Application> {
    const instance = await Application.start({ bootstrapServers, applicationId, ...topics })
    instances.push(instance)
    return instance
  }

  /** Lines, over all partitions. */
  async function write(text: readonly string[]): Promise<void> {
    const keys = '--reader-property parse.key=true --reader-property key.separator=:'
    const keyed = text.map((line, i) => `k${i % 50}:${line}\n`).join('')
    await tools.run(`kafka-console-producer --topic ${topics.input} ${keys}`, keyed)
  }

  /** What all instances have told of each word; one that took it over has counted on. */
  function counts(): Record<string, number> {
    const all: Record<string, number> = {}
    for (const [word, count] of instances.flatMap(each => [...each.counts])) {
      all[word] = Math.max(all[word] ?? 0, count)
    }
    return all
  }

  const about = (what: string): Promise<string> =>
    tools.run(`kafka-streams-groups --describe --group ${applicationId} ${what}`)

  /** Columns of a table, without its head. */
  const rows = (table: string): string[][] =>
    table
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))

  it('shares tasks between two instances, and counts each word once', async () => {
    const [one, other] = [await startInstance(), await startInstance()]
    await expect.poll(() => [one.state, other.state], patience).toEqual(['RUNNING', 'RUNNING'])
    const first = lines(0, 1000)
    await write(first)
    await expect.poll(counts, patience).toEqual(countWords(first))
    expect(one.counts.size).toBeGreaterThan(0)
    expect(other.counts.size).toBeGreaterThan(0)
  })

  it('kafka-streams-groups lists and describes the group', async () => {
    expect((await tools.run('kafka-streams-groups --list')).split('\n')).toContain(applicationId)
    const listed = await tools.run('kafka-streams-groups --list --state stable')
    expect(rows(listed)).toContainEqual([applicationId, 'Stable'])
    const [[group, , , state, members] = []] = rows(await about('--state'))
    expect([group, state, members]).toEqual([applicationId, 'Stable', '4'])
    const [[, , , , epoch, targetEpoch] = []] = rows(await about('--state --verbose'))
    expect(targetEpoch).toBe(epoch)
    const assignments = (await about('--members --verbose')).match(/ ACTIVE: .*? TARGET/g)!
    const partitions = assignments.join().match(/\d:\[[\d,]+\]/g)!
    // Four threads, a task of each subtopology for each.
    expect(partitions.toSorted()).toEqual(
      ['0', '1'].flatMap(id => [0, 1, 2, 3].map(partition => `${id}:[${partition}]`)),
    )
    const offsets = rows(await about('--offsets --verbose'))
    expect(offsets.map(row => row[1]!).toSorted()).toEqual(
      [topics.input, `${applicationId}-words-repartition`]
        .flatMap(topic => [topic, topic, topic, topic])
        .toSorted(),
    )
  })

  it('goes on exactly where an instance was killed', async () => {
    // What is not committed would be counted again: at_least_once.
    await expect
      .poll(async () => rows(await about('--offsets')).map(row => row.at(-1)), patience)
      .toEqual(Array.from({ length: 8 }, () => '0'))
    await instances[0]!.kill()
    await write(lines(1000, 2000))
    const expected = countWords(lines(0, 2000))
    await expect.poll(counts, patience).toEqual(expected)
    const read = `kafka-console-consumer --topic ${topics.output} --from-beginning`
    const printed = '--formatter-property print.key=true --timeout-ms 5000'
    const { out } = await tools.end(`${read} ${printed}`)
    const told = out
      .trimEnd()
      .split('\n')
      .map(line => line.split('\t') as [string, string])
    // Each count once, for nothing is cached: 8000 words.
    expect(told).toHaveLength(8000)
    const last = told.map(([word, count]): [string, number] => [word, Number(count)])
    expect(Object.fromEntries(last)).toEqual(expected)
  })

  it('kafka-streams-groups resets, and deletes, a group that has stopped', async () => {
    const group = `--group ${applicationId}`
    const refused = await tools.run(`kafka-streams-groups --delete ${group}`)
    expect(refused).toMatch(/could not be deleted due to: .*not empty/i)
    await instances[1]!.stop()
    const toEarliest = `kafka-streams-groups --reset-offsets ${group} --to-earliest`
    const reset = rows(await tools.run(`${toEarliest} --all-input-topics --dry-run`))
    const told = reset.filter(([name]) => name === applicationId).map(row => row.slice(1).join(' '))
    expect(told.toSorted()).toEqual([0, 1, 2, 3].map(partition => `${topics.input} ${partition} 0`))
    await tools.run(`${toEarliest} --all-input-topics --execute`)
    const forget = `kafka-streams-groups --delete-offsets ${group} --input-topic ${topics.input}`
    expect(await tools.run(forget)).toContain('Request succeeded for deleting offsets')
    expect(await tools.run(`kafka-streams-groups --delete ${group}`)).toContain('was successful')
    const listed = await tools.run('kafka-streams-groups --list')
    expect(listed.split('\n')).not.toContain(applicationId)
  })
})
