/**
 * Metrics that clients push (KIP-714): what is subscribed to by the command-line tool for it
 * arrives, from Java's clients and franz-go's, and is in the server's log.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { missing, runTool } from './tool.ts'
import { skipped, Tools } from './tools/tools.ts'

const skippedGo = skipped || missing('go', 'install Go 1.26 or later')

let server: Server
let tools: Tools

beforeAll(async () => {
  if (skipped) return
  server = await startServer('--log-level', 'debug')
  tools = await Tools.start(server.bootstrapServers)
})
afterAll(async () => {
  if (skipped) return
  await tools[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const produced = 1000

/** A line of the log that tells of a push. */
interface PushLine {
  msg: string
  clientInstanceId: string
  clientId: string
  softwareName: string
  softwareVersion: string
  terminating: boolean
  points: number
  metrics: { name: string; kind: string; value: number; attributes: Record<string, unknown> }[]
}

function pushesOf(clientId: string): PushLine[] {
  return server.log
    .map(line => JSON.parse(line) as PushLine)
    .filter(line => line.msg === 'client metrics' && line.clientId === clientId)
}

/** All that a client has pushed, when the last one of it is in the log. */
async function lastPushOf(clientId: string): Promise<PushLine[]> {
  await expect.poll(() => pushesOf(clientId).at(-1)?.terminating, { timeout: 10_000 }).toBe(true)
  return pushesOf(clientId)
}

/** Over all topics; pushes bring differences (deltaTemporality), so their sum is what there was. */
function total(pushes: readonly PushLine[], name: string): number {
  const points = pushes.flatMap(({ metrics }) => metrics)
  const ofClient = points.filter(point => point.name === name && !('topic' in point.attributes))
  expect(new Set(ofClient.map(({ kind }) => kind))).toEqual(new Set(['sum']))
  return ofClient.reduce((sum, { value }) => sum + value, 0)
}

async function subscribe(clientId: string, metrics: string): Promise<void> {
  const options = `--metrics ${metrics} --interval 100 --match client_id=${clientId}`
  await tools.run(`kafka-client-metrics --alter --name of-${clientId} ${options}`)
}

/** For a second. */
async function produce(clientId: string): Promise<void> {
  const load = `--num-records ${produced} --record-size 10 --throughput ${produced}`
  await tools.run(`kafka-producer-perf-test --topic pushed ${load} ${pushing(clientId)}`)
}

/** They push by default (enable.metrics.push). */
const pushing = (clientId: string): string => `--command-property client.id=${clientId}`

describe.skipIf(skipped)(`clients push their metrics: Java 4.3.1${skipped}`, () => {
  it('a producer, what it is asked for', async () => {
    await subscribe('producer', 'org.apache.kafka.producer.record.')
    await produce('producer')
    const pushes = await lastPushOf('producer')
    expect(pushes.length).toBeGreaterThan(2)
    for (const { softwareName, softwareVersion, clientInstanceId } of pushes) {
      expect([softwareName, softwareVersion]).toEqual(['apache-kafka-java', '4.3.1'])
      expect(clientInstanceId).toBe(pushes[0]!.clientInstanceId)
    }
    for (const { name } of pushes.flatMap(({ metrics }) => metrics)) {
      expect(name).toMatch(/^org\.apache\.kafka\.producer\.record\./)
    }
    // Differences, or their sum would be many times as large (deltaTemporality). The last one is
    // taken before the last records are sent.
    const sent = total(pushes, 'org.apache.kafka.producer.record.send.total')
    expect(sent).toBeGreaterThan(produced / 2)
    expect(sent).toBeLessThanOrEqual(produced)
  })

  it('a consumer, everything', async () => {
    await subscribe('consumer', '*')
    const options = '--topic pushed --from-beginning --timeout-ms 1000 --group pushing'
    await tools.run(`kafka-console-consumer ${options} ${pushing('consumer')}`)
    const pushes = await lastPushOf('consumer')
    const consumed = 'org.apache.kafka.consumer.fetch.manager.records.consumed.total'
    expect(total(pushes, consumed)).toBe(produced)
    const points = pushes.flatMap(({ metrics }) => metrics)
    const { attributes } = points.find(({ name }) => name === consumed)!
    expect(attributes).toMatchObject({ group_id: 'pushing' })
  })

  it('nothing where nobody has subscribed to them', async () => {
    await produce('quiet')
    await subscribe('loud', '*')
    await produce('loud')
    await lastPushOf('loud')
    expect(pushesOf('quiet')).toEqual([])
  })
})

describe.skipIf(skippedGo)(`clients push their metrics: franz-go${skippedGo}`, () => {
  let folder: string

  beforeAll(async () => {
    if (skippedGo) return
    folder = await mkdtemp(path.join(tmpdir(), 'odradek-franz-go-'))
  })
  afterAll(async () => {
    if (!skippedGo) await rm(folder, { recursive: true })
  })

  it('an admin client, as all clients', async () => {
    // It takes '*' for the beginning of a name.
    await subscribe('kgo', 'org.apache.kafka.')
    const program = path.join(folder, 'admin')
    const sources = path.join(import.meta.dirname, 'franz-go')
    // The first build of a machine fetches and compiles the client.
    await runTool('go', ['build', '-C', sources, '-o', program, '.'], { timeoutMs: 600_000 })
    await runTool(program, [server.bootstrapServers])
    const pushes = await lastPushOf('kgo')
    for (const { softwareName } of pushes) expect(softwareName).toBe('kgo')
    const points = pushes.flatMap(({ metrics }) => metrics)
    expect(points.filter(({ name }) => name.endsWith('.connection.creation.total'))).toContainEqual(
      expect.objectContaining({ kind: 'sum', value: 1 }),
    )
  })
})
