/**
 * Damaged requests by the thousand, and sizes that are never delivered: the server answers or hangs
 * up, never fails inside, serves everybody else, and needs no memory for it.
 * ODRADEK_TEST_SEED repeats a run.
 */
import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from '../compat-tests/server.ts'
import type { Api } from '../protocol/api.ts'
import { apiVersions } from '../protocol/apis/18-api-versions.ts'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { produce } from '../protocol/apis/00-produce.ts'
import { encodeBatch } from '../protocol/records.ts'
import { readLog } from './crash/log-reader.ts'
import { seededRandom } from './doubles/random.ts'
import { valueOf } from './protocol/arbitrary.ts'
import { apis } from './protocol/every-api.ts'
import { frameOf, RawClient, requestFrame } from './raw-client.ts'

const seed = Number(process.env['ODRADEK_TEST_SEED'] ?? Date.now() % 2 ** 31)
const framesPerVersion = 20
const connectionsAtOnce = 16
const maxGrowthBytes = 40_000_000
const canMeasure = process.platform === 'linux'

const newTopic = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }

let server: Server
let bystander: RawClient

beforeAll(async () => {
  // What a request may rightly create must not count as a leak.
  server = await startServer('--set', 'auto.create.topics.enable=false')
  bystander = await RawClient.connect(server.bootstrapServers)
})
afterAll(async () => {
  await bystander[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

async function expectOthersServed(): Promise<void> {
  const reply = await bystander.request(apiVersions, 0, {
    clientSoftwareName: '',
    clientSoftwareVersion: '',
  })
  expect(reply.errorCode).toBe(0)
}

/** Resident memory of the server. */
async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
}

/** Errors that were logged after the first `seen` lines. */
function internalErrors(seen: number): string[] {
  return server.log.slice(seen).filter(line => line.includes('"level":"error"'))
}

describe('damaged requests', () => {
  it.each(apis.map(api => [api.name, api] as const))(
    `%s, seed ${seed}`,
    { timeout: 60_000 },
    async (_, api) => {
      const random = seededRandom(seed + api.key)
      const frames = mutations(api, random)
      const seen = server.log.length
      const lane = async (): Promise<void> => {
        for (let frame = frames.pop(); frame !== undefined; frame = frames.pop()) {
          await using client = await RawClient.connect(server.bootstrapServers)
          client.write(frame)
          client.end()
          await client.closed
        }
      }
      await Promise.all(Array.from({ length: connectionsAtOnce }, lane))
      await expectOthersServed()
      expect(internalErrors(seen)).toEqual([])
    },
  )

  it(`Produce to a topic that exists, seed ${seed}`, { timeout: 60_000 }, async () => {
    const topic = 'target'
    await bystander.request(createTopics, 4, { topics: [{ ...newTopic, name: topic }] })
    const random = seededRandom(seed)
    const seen = server.log.length
    for (let i = 0; i < 500; i++) {
      const batch = encodeBatch({
        records: [{ timestamp: 1, key: null, value: Buffer.from(`value ${i}`) }],
        compression: i % 5,
      })
      const topicData = [{ name: topic, partitionData: [{ index: 0, records: batch }] }]
      const whole = requestFrame(produce, 9, { acks: -1, timeoutMs: 1000, topicData }, 1)
      await using client = await RawClient.connect(server.bootstrapServers)
      client.write(frameOf(damage(whole.subarray(4), random)))
      client.end()
      await client.closed
    }
    expect(internalErrors(seen)).toEqual([])
    // Whatever was taken is whole.
    await readLog(bystander, { topic, partition: 0 })
  })

  it.skipIf(!canMeasure)(
    `memory stays flat${canMeasure ? '' : ' (skipped: needs /proc)'}`,
    { timeout: 60_000 },
    async () => {
      const before = await residentBytes()
      const random = seededRandom(seed)
      const noise = Buffer.from(Array.from({ length: 1000 }, () => random() * 256))
      const announced = frameOf(Buffer.alloc(100), 100_000_000)
      for (let i = 0; i < 20; i++) {
        const clients = await Promise.all(
          Array.from({ length: 100 }, () => RawClient.connect(server.bootstrapServers)),
        )
        const bytes = i % 2 === 0 ? announced : frameOf(noise)
        for (const client of clients) client.write(bytes)
        await expectOthersServed()
        await Promise.all(clients.map(client => client[Symbol.asyncDispose]()))
      }
      await expectOthersServed()
      expect((await residentBytes()) - before).toBeLessThan(maxGrowthBytes)
    },
  )
})

/** Valid requests of every version, each then damaged in one way. */
function mutations(api: Api, random: () => number): Buffer[] {
  const [first, last] = api.versions
  const frames: Buffer[] = []
  for (let version = first; version <= last; version++) {
    const samples = fc.sample(valueOf(api.request, version), { seed, numRuns: framesPerVersion })
    for (const sample of samples) {
      const whole = requestFrame(api, version, sample as never, 1)
      frames.push(frameOf(damage(whole.subarray(4), random)))
    }
  }
  return frames
}

type Damage = (payload: Buffer, at: number, random: () => number) => Buffer

const damages: readonly Damage[] = [
  // Cut short.
  (payload, at) => payload.subarray(0, at),
  // One bit.
  (payload, at, random) => {
    payload[at]! ^= 1 << Math.floor(random() * 8)
    return payload
  },
  // A length of two, four or any number of bytes that lies.
  (payload, at) => overwrite(payload, at, '7fff'),
  (payload, at) => overwrite(payload, at, '7fffffff'),
  (payload, at) => overwrite(payload, at, 'ffffffff0f'),
  // Noise in the middle.
  (payload, at, random) => {
    const noise = Buffer.from(Array.from({ length: 1 + random() * 20 }, () => random() * 256))
    return Buffer.concat([payload.subarray(0, at), noise, payload.subarray(at)])
  },
  // A part left out.
  (payload, at) => Buffer.concat([payload.subarray(0, at), payload.subarray(at + 4)]),
]

function damage(payload: Buffer, random: () => number): Buffer {
  const kind = damages[Math.floor(random() * damages.length)]!
  return kind(Buffer.from(payload), Math.floor(random() * payload.length), random)
}

function overwrite(payload: Buffer, at: number, hex: string): Buffer {
  Buffer.from(hex, 'hex').copy(payload, at)
  return payload
}
