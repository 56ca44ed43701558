/** What the tests of tools share: a cluster, the tools beside it, and topics. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { startServer, type Server } from '../server.ts'
import { skipped, Tools } from './tools.ts'

const external = process.env['KAFKA_BOOTSTRAP']
const run = `${process.pid}-${Date.now()}`

export interface Cluster {
  readonly bootstrapServers: string
  readonly tools: Tools
  /** Ids of its brokers, ascending. */
  readonly nodes: readonly number[]
  /** One that nobody else uses. */
  name(what: string): string
  /** A topic that nobody else knows, created by kafka-topics. */
  newTopic(what: string, options?: string): Promise<string>
  /** Records 'k1:v1', … into a topic. */
  produce(topic: string, count: number): Promise<void>
  /** A file for a tool's option: an object as JSON, or a text. */
  file(content: object | string): Promise<string>
  /** A command that must fail, and say this. */
  refuses(command: string, text: string | RegExp): Promise<void>
}

/** Three brokers of ours, with these options; with KAFKA_BOOTSTRAP set, that cluster. */
export function useCluster(...options: string[]): Cluster {
  let server: Server | undefined
  let tools: Tools
  let nodes: number[]
  let folder: string
  let files = 0

  beforeAll(async () => {
    if (skipped) return
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-tools-'))
    if (external === undefined) server = await startServer('--brokers', '3', ...options)
    tools = await Tools.start(external ?? server!.bootstrapServers)
    nodes = await readNodes(tools)
  })
  afterAll(async () => {
    if (skipped) return
    await tools[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const name = (what: string): string => `${what}-${run}`
  return {
    get bootstrapServers() {
      return external ?? server!.bootstrapServers
    },
    get tools() {
      return tools
    },
    get nodes() {
      return nodes
    },
    name,
    async newTopic(what, options = '--partitions 3') {
      const topic = name(what)
      const created = await tools.run(`kafka-topics --create --topic ${topic} ${options}`)
      expect(created).toBe(`Created topic ${topic}.\n`)
      return topic
    },
    async produce(topic, count) {
      const lines = Array.from({ length: count }, (_, i) => `k${i + 1}:v${i + 1}\n`)
      const keys = '--reader-property parse.key=true --reader-property key.separator=:'
      const producer = `kafka-console-producer --topic ${topic} ${keys}`
      expect(await tools.run(producer, lines.join(''))).toBe('')
    },
    async file(content) {
      const file = path.join(folder, String(files++))
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
      return file
    },
    async refuses(command, text) {
      const { exitCode, out, err } = await tools.end(command)
      expect(out + err).toMatch(text)
      expect(exitCode).toBe(1)
    },
  }
}

async function readNodes(tools: Tools): Promise<number[]> {
  const table = await tools.run('kafka-cluster list-endpoints BROKER')
  const ids = table.split('\n').map(line => Number.parseInt(line, 10))
  return ids.filter(id => !Number.isNaN(id)).toSorted((one, other) => one - other)
}
