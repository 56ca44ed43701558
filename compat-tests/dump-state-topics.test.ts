/** Kafka's own tool reads what the topics of coordinators tell of groups and transactions. */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startServer, type Server } from './server.ts'
import { skipped, Tools } from './tools/tools.ts'

describe.skipIf(skipped)(`kafka-dump-log${skipped}`, () => {
  let folder: string
  let server: Server
  let tools: Tools

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-dump-'))
    server = await startServer()
    tools = await Tools.start(server.bootstrapServers)
    await tools.run('kafka-topics --create --topic orders')
    const group = '--entity-type groups --entity-name sharing'
    const earliest = '--add-config share.auto.offset.reset=earliest'
    await tools.run(`kafka-configs --alter ${group} ${earliest}`)
    const transactional = '--transactional-id perf --transaction-duration-ms 1'
    const load = '--num-records 9 --record-size 9 --throughput -1'
    await tools.run(`kafka-producer-perf-test --topic orders ${load} ${transactional}`)
    // The first look at a topic is long, and so is the pause behind it: what comes and goes
    // meanwhile is not told. Later ones are short.
    await commit('to-earliest', 1)
    await commit('to-latest', 2)
    const consumer = '--group consuming --consumer-property group.protocol=consumer'
    const from = '--topic orders --timeout-ms 3000'
    await tools.run(`kafka-console-consumer ${from} --from-beginning ${consumer}`)
    await tools.run(`kafka-console-share-consumer ${from} --group sharing`)
    await server.stop()
  })
  afterAll(async () => {
    await tools?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** Resolves when the topic has been told of so many offsets of a group. */
  async function commit(offset: string, count: number): Promise<void> {
    const reset = 'kafka-consumer-groups --reset-offsets --group first --topic orders'
    await tools.run(`${reset} --${offset} --execute`)
    await vi.waitFor(
      async () => {
        const ends = await tools.run('kafka-get-offsets --topic __consumer_offsets')
        expect(ends).toMatch(new RegExp(`:${count}$`, 'm'))
      },
      { timeout: 60_000 },
    )
  }

  /** What the tool says of all partitions that have records. */
  async function dump(topic: string, decoder: string): Promise<string> {
    const topics = path.join(server.dataDir, 'topics')
    const names = (await readdir(topics)).filter(each => each.startsWith(`${topic}-`))
    const files = names.map(async (name, i) => {
      const log = (await readdir(path.join(topics, name))).find(file => file.endsWith('.log'))!
      const target = await mkdtemp(path.join(folder, `${i}-`))
      await copyFile(path.join(topics, name, log), path.join(target, log))
      return path.join(target, log)
    })
    const logs = (await Promise.all(files)).join(',')
    return tools.run(`kafka-dump-log --${decoder} --files ${logs}`)
  }

  it('decodes records of groups of the newer types', async () => {
    const text = await dump('__consumer_offsets', 'offsets-decoder')
    // Types of Kafka: CoordinatorRecordType. A consumer group, a share group, an offset.
    for (const type of [3, 5, 6, 7, 8]) {
      expect(text).toMatch(new RegExp(`key: \\{"type":"${type}","data":\\{"groupId":"consuming"`))
    }
    for (const type of [10, 11, 12, 13, 14]) {
      expect(text).toMatch(new RegExp(`key: \\{"type":"${type}","data":\\{"groupId":"sharing"`))
    }
    expect(text).toMatch(/key: {"type":"1","data":{"group":"consuming"/)
    expect(text).toContain('"subscribedTopicNames":["orders"]')
    expect(text).not.toMatch(/Unknown|could not be decoded|Error/i)
  })

  it('decodes records of transactions', async () => {
    const text = await dump('__transaction_state', 'transaction-log-decoder')
    expect(text).toMatch(/key: {"type":"0","data":{"transactionalId":"perf"}}/)
    expect(text).toContain('"transactionStatus":4,"transactionPartitions":[]')
  })
})
