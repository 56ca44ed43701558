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
  points: number
  metrics: { name: string; kind: string; value: number; attributes: Record<string, unknown> }[]
}

function pushesOf(clientId: string): PushLine[] {
  return server.log
    .map(line => JSON.parse(line) as PushLine)
    .filter(line => line.msg === 'client metrics' && line.clientId === clientId)
}

/**
 * What a client has pushed, when it is in the log. A last push on closing need not be among it:
 * Java leaves it out while another one is under way.
 */
async function pushedBy(
  clientId: string,
  isEnough = (pushes: readonly PushLine[]) => pushes.length > 0,
): Promise<PushLine[]> {
  await expect.poll(() => isEnough(pushesOf(clientId)), { timeout: 10_000 }).toBe(true)
  return pushesOf(clientId)
}

/** Over all topics; pushes bring differences (deltaTemporality), so their sum is what there was. */
function total(pushes: readonly PushLine[], name: string): number {
  const points = pushes.flatMap(({ metrics }) => metrics)
  const ofClient = points.filter(point => point.name === name && !('topic' in point.attributes))
  for (const { kind } of ofClient) expect(kind).toBe('sum')
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
    const metric = 'org.apache.kafka.producer.record.send.total'
    const pushes = await pushedBy('producer', all => total(all, metric) > produced / 2)
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
    expect(total(pushes, metric)).toBeLessThanOrEqual(produced)
  })

  it('a consumer, everything', async () => {
    await subscribe('consumer', '*')
    const options = '--topic pushed --from-beginning --timeout-ms 1000 --group pushing'
    await tools.run(`kafka-console-consumer ${options} ${pushing('consumer')}`)
    const consumed = 'org.apache.kafka.consumer.fetch.manager.records.consumed.total'
    const pushes = await pushedBy('consumer', all => total(all, consumed) >= produced)
    expect(total(pushes, consumed)).toBe(produced)
    const points = pushes.flatMap(({ metrics }) => metrics)
    const { attributes } = points.find(({ name }) => name === consumed)!
    expect(attributes).toMatchObject({ group_id: 'pushing' })
  })

  it('nothing where nobody has subscribed to them', async () => {
    await produce('quiet')
    await subscribe('loud', '*')
    await produce('loud')
    await pushedBy('loud')
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
    const isCreation = ({ name }: { name: string }) => name.endsWith('.connection.creation.total')
    const pushes = await pushedBy('kgo', all => all.some(({ metrics }) => metrics.some(isCreation)))
    for (const { softwareName } of pushes) expect(softwareName).toBe('kgo')
    const points = pushes.flatMap(({ metrics }) => metrics)
    expect(points.filter(isCreation)).toContainEqual(
      expect.objectContaining({ kind: 'sum', value: 1 }),
    )
  })
})
