/** What connections hold of a broker's memory, however they behave, and that all get on. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { noForeignClients } from '../doubles/foreign-clients.ts'
import { connectionQuotas } from '../doubles/connection-quotas.ts'
import { loaded } from '../doubles/loaded.ts'
import { api } from '../../protocol/api.ts'
import { bytes, int32, struct } from '../../protocol/schema.ts'
import { Admission } from '../../src/admission.ts'
import { systemClock, type Clock } from '../../src/clock.ts'
import { createDispatch } from '../../src/dispatch.ts'
import { handle } from '../../src/handler.ts'
import { silentLogger } from '../../src/logger.ts'
import { BrokerMemory } from '../../src/memory/broker-memory.ts'
import { listen } from '../../src/server.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { idleServices } from '../doubles/idle-services.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchFrom, produceTo } from '../handlers/requests.ts'
import { useBroker } from '../handlers/wire.ts'
import { requestFrame, type RawClient } from '../raw-client.ts'

const mebibyte = 1024 * 1024
const limitBytes = 2 * mebibyte
/** What a connection may hold in any case, and what it reads at a time. */
const bytesOfEach = (16 + 64) * 1024

const swallow = api({
  key: 100,
  name: 'Swallow',
  versions: [0, 0],
  flexibleSince: null,
  request: struct({ payload: bytes }),
  response: struct({ number: int32 }),
})
/** Size, correlation id and number. */
const replyBytes = 12

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function start(clock: Clock) {
  const logger = silentLogger
  const config = { queuedMaxRequestBytes: limitBytes, queuedMaxResponseBytes: limitBytes }
  const memory = new BrokerMemory({ config, clock, logger })
  let peakBytes = 0
  const swallowing = handle(swallow, {
    overlaps: true,
    async run() {
      peakBytes = Math.max(peakBytes, memory.requests.heldBytes)
      await new Promise(resolve => setImmediate(resolve))
      return { number: 1 }
    },
    fail: number => ({ number }),
  })
  const services = { ...idleServices, logger } as unknown as Parameters<typeof createDispatch>[1]
  const dispatch = createDispatch([loaded(swallowing)], services)
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    nodeId: 0,
    nodes: () => [],
    open: caller => frame => dispatch(frame, caller),
    listener: { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
    logger,
    clock,
    tls: undefined,
    admission: new Admission({
      logger,
      quotas: connectionQuotas().quotas,
      clock,
      maxOpenFiles: () => Infinity,
    }),
    memory,
    maxFrameBytes: 10 * mebibyte,
    maxInFlight: 10,
    maxInFlightBytes: 10 * mebibyte,
    foreign: noForeignClients,
    maxFirstRequestMs: 3_600_000,
    maxReceiveMs: 3_600_000,
    maxIdleMs: 3_600_000,
    keepsProcessAlive: false,
  })
  cleanups.push(() => listener.close(0))
  return { listener, memory, peak: () => peakBytes }
}

interface Client {
  socket: Socket
  received: number
}

async function connected(port: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  const client = { socket, received: 0 }
  socket.on('data', chunk => (client.received += chunk.length))
  socket.on('error', () => {})
  await once(socket, 'connect')
  return client
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

function requestOf(payloadBytes: number): Buffer {
  return requestFrame(swallow, 0, { payload: Buffer.alloc(payloadBytes) }, 1)
}

it('stays under the limit in a flood, and answers all of it', async () => {
  const { listener, memory, peak } = await start(systemClock)
  const request = requestOf(mebibyte)
  const [connections, requests] = [20, 5]
  const clients = await Promise.all(
    Array.from({ length: connections }, () => connected(listener.port)),
  )
  for (const { socket } of clients) for (let i = 0; i < requests; i++) socket.write(request)
  await until(() => clients.every(({ received }) => received === requests * replyBytes))
  expect(peak()).toBeGreaterThan(limitBytes)
  expect(peak()).toBeLessThan(limitBytes + request.length + connections * bytesOfEach)
  expect(memory.requests.waits).toBeGreaterThan(0)
  expect([memory.requests.heldBytes, memory.requests.waiting]).toEqual([0, 0])
})

it('serves others while requests that do not end use up the limit', async () => {
  const clock = new ManualClock()
  const { listener, memory } = await start(clock)
  const half = requestOf(mebibyte).subarray(0, mebibyte / 2)
  const stalled = await Promise.all(Array.from({ length: 10 }, () => connected(listener.port)))
  for (const { socket } of stalled) socket.write(half)
  await until(() => memory.requests.waiting > 0)
  const small = await connected(listener.port)
  small.socket.write(requestOf(100))
  await until(() => small.received === replyBytes)
  const large = await connected(listener.port)
  large.socket.write(requestOf(mebibyte))
  await until(() => {
    clock.advance(1000)
    return large.received === replyBytes
  })
  // Who makes no use of its turn is disconnected, one after the other.
  expect(clock.monotonic()).toBeLessThanOrEqual(11 * 30_000)
})

it('gives back what a client held that has gone', async () => {
  const { listener, memory } = await start(systemClock)
  const client = await connected(listener.port)
  client.socket.write(requestOf(mebibyte).subarray(0, 100_000))
  await until(() => memory.requests.heldBytes === 100_000)
  client.socket.destroy()
  await until(() => memory.requests.heldBytes === 0)
})

const tiny = useBroker({ 'queued.max.request.bytes': 1, 'queued.max.response.bytes': 1 })

it('answers every request, however small the limits are', async () => {
  const topic = await tiny.newTopic({ partitions: 4 })
  const records = batchOf(['x'.repeat(200_000)])
  const clients = await Promise.all(Array.from({ length: 8 }, () => tiny.connect()))
  const produced = await Promise.all(
    clients.flatMap((client, i) =>
      [1, 2, 3].map(() => produceTo(client, topic, records, { partition: i % 4 })),
    ),
  )
  expect(new Set(produced.map(({ error }) => error))).toEqual(new Set(['NONE']))
  const readAll = async (client: RawClient, partition: number): Promise<number> => {
    let fetchOffset = 0
    while (fetchOffset < 6) {
      const from = { partition, fetchOffset, partitionMaxBytes: 50 * mebibyte }
      const { records: batches } = await fetchFrom(client, topic, from, { maxWaitMs: 500 })
      fetchOffset += Buffer.concat(batches ?? []).length / records.length
    }
    return fetchOffset
  }
  expect(await Promise.all(clients.map((client, i) => readAll(client, i % 4)))).toEqual(
    clients.map(() => 6),
  )
})
