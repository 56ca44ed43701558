/**
 * What was acknowledged with acks=all survives SIGKILL, once, in order and undamaged; what was not
 * is there at most once, and exactly once if an idempotent producer sends it again (KIP-98).
 * CRASH_ROUNDS says how often; ODRADEK_TEST_SEED repeats a run.
 */
import { describe, expect, it } from 'vitest'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { startServer, type Server } from '../compat-tests/server.ts'
import { newProducerId, readAll, Stream } from './crash-model.ts'
import { seededRandom } from './doubles/random.ts'
import { RawClient } from './raw-client.ts'

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 10)
const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 2 ** 31)
const topic = 'crash'
const partitions = [0, 1, 2]
/** Of each stream. Idempotent producers have at most five batches in flight (KIP-98). */
const window = 4
const maxAcksInRound = 150
const timeoutMs = 60_000 + rounds * 5_000

describe.each(['disk', 'os'])('SIGKILL under load, durability %s', durability => {
  it(`loses nothing in ${rounds} rounds, seed ${seed}`, { timeout: timeoutMs }, async () => {
    const random = seededRandom(seed)
    await using server = await startServer('--durability', durability)
    const streams = await createStreams(server, random)
    for (let round = 0; round < rounds; round++) {
      await writeUntilKilled(server, streams, random)
      if (random() < 0.2) await killWhileStarting(server, random)
      await server.restart()
      await checkAll(server, streams)
    }
    await finishAll(server, streams)
    const acknowledged = streams.reduce(
      (sum, { acknowledgedRecords }) => sum + acknowledgedRecords,
      0,
    )
    // Shows that the rounds were not idle.
    console.info(`${durability}: ${acknowledged} acknowledged records in ${rounds} rounds`)
    expect(acknowledged).toBeGreaterThan(rounds * 10)
  })
})

/** A plain and an idempotent producer for each partition. */
async function createStreams(server: Server, random: () => number): Promise<Stream[]> {
  await using client = await RawClient.connect(server.bootstrapServers)
  const { topics } = await client.request(createTopics, 4, {
    topics: [
      {
        name: topic,
        numPartitions: partitions.length,
        replicationFactor: 1,
        assignments: [],
        // Kafka's smallest: some rounds roll.
        configs: [{ name: 'segment.bytes', value: '1048576' }],
      },
    ],
  })
  expect(topics[0]).toMatchObject({ errorCode: 0 })
  const producerId = await newProducerId(client)
  return partitions.flatMap(partition => [
    new Stream({ topic, partition, random }),
    new Stream({ topic, partition, random, producerId }),
  ])
}

async function writeUntilKilled(
  server: Server,
  streams: readonly Stream[],
  random: () => number,
): Promise<void> {
  let acksLeft = 1 + Math.floor(random() * maxAcksInRound)
  let killed: Promise<void> | undefined
  const onAck = (): void => {
    if (--acksLeft <= 0) killed ??= server.kill()
  }
  await Promise.all(
    streams.map(async stream => {
      await using client = await RawClient.connect(server.bootstrapServers)
      await stream.write(client, window, onAck)
    }),
  )
  await killed
}

/** Recovery can be interrupted as well. */
async function killWhileStarting(server: Server, random: () => number): Promise<void> {
  const started = server.restart().catch(() => {})
  const delayMs = random() * 300
  await Promise.race([started, new Promise(resolve => setTimeout(resolve, delayMs))])
  await server.kill()
  await started
}

async function checkAll(server: Server, streams: readonly Stream[]): Promise<void> {
  await using client = await RawClient.connect(server.bootstrapServers)
  for (const partition of partitions) {
    const found = await readAll(client, topic, partition)
    const ofPartition = streams.filter(({ name }) => name.endsWith(`-${partition}`))
    for (const stream of ofPartition) {
      stream.check(found.filter(([, content]) => content.startsWith(`${stream.name}:`)))
    }
    const names = ofPartition.map(({ name }) => name)
    const strangers = found.filter(([, content]) => !names.includes(content.split(':')[0]!))
    expect(strangers).toEqual([])
  }
}

async function finishAll(server: Server, streams: readonly Stream[]): Promise<void> {
  {
    await using client = await RawClient.connect(server.bootstrapServers)
    for (const stream of streams) await stream.finish(client)
  }
  await checkAll(server, streams)
}
