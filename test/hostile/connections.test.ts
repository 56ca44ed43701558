/**
 * Connections that hold on to the broker: silent ones, those that send a byte at a time, that are
 * half open, or never read. Time is the tests' own.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { openBroker, type Broker } from '../../src/broker.ts'
import { createConfig } from '../../src/config.ts'
import { silentLogger } from '../../src/logger.ts'
import { systemRandom } from '../../src/random.ts'
import { createMemoryLogStore } from '../../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../../storage/memory/store.ts'
import { ManualClock } from '../doubles/manual-clock.ts'
import { RawClient } from '../raw-client.ts'
import { request } from './bytes.ts'

const { config } = createConfig(
  Object.entries({
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'queued.max.response.bytes': '1000000',
  }).map(([name, value]) => ({ name, value, origin: name })),
)
const firstRequestMs = config.connectionFirstRequestTimeoutMs
const receiveMs = config.requestReceiveTimeoutMs
/** Of versions, as few bytes as a request can have. */
const small = request(apiVersions, 0, {})

let broker: Broker
let clock: ManualClock
let reasons: string[]
let clients: AsyncDisposableStack

beforeEach(async () => {
  clock = new ManualClock()
  reasons = []
  clients = new AsyncDisposableStack()
  const warn = ({ reason }: { reason?: string }): void => void reasons.push(reason ?? '')
  broker = await openBroker({
    config,
    metadata: createMemoryMetadataStore(),
    logs: createMemoryLogStore(() => clock.now(), systemRandom.below),
    logger: { ...silentLogger, warn },
    clock,
    random: systemRandom,
    keepsProcessAlive: false,
  })
})
afterEach(async () => {
  await clients.disposeAsync()
  const closed = broker.close()
  clock.advance(1000)
  await closed
})

async function connect(): Promise<RawClient> {
  const { host, port } = broker.addresses[0]!
  return clients.use(await RawClient.connect(`${host}:${port}`))
}

/** The broker has read what was sent before, and is there. */
async function isServed(client: RawClient): Promise<boolean> {
  return (await client.request(apiVersions, 0, {})).errorCode === 0
}

describe('a connection is closed', () => {
  it('without a request after connection.first.request.timeout.ms', async () => {
    const bystander = await connect()
    const silent = await connect()
    expect(await isServed(bystander)).toBe(true)
    clock.advance(firstRequestMs)
    expect(reasons).toEqual([])
    clock.advance(firstRequestMs / 4)
    await silent.closed
    expect(reasons).toEqual([`no request has come after ${firstRequestMs} ms`])
    expect(await isServed(bystander)).toBe(true)
  })

  it('when the first request comes byte by byte', async () => {
    const bystander = await connect()
    const slow = await connect()
    for (const byte of small.subarray(0, -1)) {
      slow.write(Buffer.from([byte]))
      expect(await isServed(bystander)).toBe(true)
      clock.advance(firstRequestMs / 8)
    }
    await slow.closed
    expect(reasons).toEqual([`no request has come after ${firstRequestMs} ms`])
  })

  it('when a later request takes longer than request.receive.timeout.ms', async () => {
    const bystander = await connect()
    const slow = await connect()
    expect(await isServed(slow)).toBe(true)
    expect(await isServed(bystander)).toBe(true)
    clock.advance(receiveMs * 2)
    for (const byte of small.subarray(0, -1)) {
      slow.write(Buffer.from([byte]))
      expect(await isServed(bystander)).toBe(true)
      clock.advance(receiveMs / 8)
    }
    await slow.closed
    expect(reasons).toEqual([`a request is not complete after ${receiveMs} ms`])
  })

  it('without traffic after connections.max.idle.ms', async () => {
    const idle = await connect()
    expect(await isServed(idle)).toBe(true)
    clock.advance(config.connectionsMaxIdleMs * 1.25)
    await idle.closed
    expect(reasons).toEqual([])
  })
})

it('answers who has shut down its half after the request', async () => {
  const client = await connect()
  const reply = client.exchange(small)
  client.end()
  expect((await reply).readInt32BE(0)).toBe(1)
  await client.closed
})

it('starts no requests of a client that takes no replies, and serves others', async () => {
  const deaf = await connect()
  deaf.pause()
  const many = Buffer.concat(Array.from({ length: 2000 }, () => small))
  const bystander = await connect()
  // More than the sockets in between can hold.
  for (let i = 0; i < 20; i++) {
    deaf.write(many)
    expect(await isServed(bystander)).toBe(true)
  }
  const heapBytes = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 20; i++) expect(await isServed(bystander)).toBe(true)
  expect(process.memoryUsage().arrayBuffers - heapBytes).toBeLessThan(4_000_000)
})
