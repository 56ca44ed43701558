import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { noForeignClients } from './doubles/foreign-clients.ts'
import { connectionQuotas } from './doubles/connection-quotas.ts'
import { loaded } from './doubles/loaded.ts'
import { idleServices } from './doubles/idle-services.ts'
import { api } from '../protocol/api.ts'
import { writeRequestHeader } from '../protocol/header.ts'
import { bytes, int32, struct } from '../protocol/schema.ts'
import { Writer } from '../protocol/wire.ts'
import { Admission } from '../src/admission.ts'
import { systemClock } from '../src/clock.ts'
import { createDispatch } from '../src/dispatch.ts'
import { FrameReader } from '../src/frames.ts'
import { Disconnect, handle, type Handler } from '../src/handler.ts'
import { silentLogger, type Logger } from '../src/logger.ts'
import { BrokerMemory } from '../src/memory/broker-memory.ts'
import { listen, type Listener } from '../src/server.ts'

const definition = {
  versions: [0, 0],
  flexibleSince: null,
  request: struct({ number: int32 }),
  response: struct({ number: int32, payload: bytes.default(Buffer.alloc(0)) }),
} as const
const waits = api({ key: 100, name: 'Waits', ...definition })
const overlaps = api({ key: 101, name: 'Overlaps', ...definition })
const answers = api({ key: 102, name: 'Answers', ...definition })

const maxFrameBytes = 1_000_000
const bigBytes = 1024 * 1024

/** Handlers that the test holds back and lets go by number. */
class Gate {
  readonly started: number[] = []
  readonly #release = new Map<number, (error?: Error) => void>()

  async pass(number: number): Promise<{ number: number }> {
    this.started.push(number)
    await new Promise<void>((resolve, reject) => {
      this.#release.set(number, error => (error ? reject(error) : resolve()))
    })
    return { number }
  }

  async open(number: number, error?: Error): Promise<void> {
    await until(() => this.#release.has(number))
    this.#release.get(number)!(error)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

interface Warning {
  reason: string
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const noLimits = { queuedMaxRequestBytes: -1, queuedMaxResponseBytes: -1 }

async function start(options: { maxIdleMs?: number; maxOpenFiles?: number } = {}) {
  const gate = new Gate()
  const sent: number[] = []
  const warnings: Warning[] = []
  const logger: Logger = {
    ...silentLogger,
    warn: (details: object) => void warnings.push(details as Warning),
  }
  const fail = (number: number): { number: number } => ({ number })
  const handlers: Handler[] = [
    handle(waits, { run: ({ number }) => gate.pass(number), fail }),
    handle(overlaps, {
      overlaps: true,
      run({ number }, { onSent }) {
        onSent(() => sent.push(number))
        return gate.pass(number)
      },
      fail,
    }),
    handle(answers, {
      run({ number }) {
        gate.started.push(number)
        if (number === -1) return undefined
        if (number === -2) throw new Disconnect('told to')
        if (number === -3) throw new Error('a bug')
        if (number === -4) {
          void gate.open(1)
          throw new Disconnect('while another is about to be answered')
        }
        return { number, payload: Buffer.alloc(number === 99 ? bigBytes : 0) }
      },
      fail,
    }),
  ]
  const services = { ...idleServices, logger } as unknown as Parameters<typeof createDispatch>[1]
  const admission = new Admission({
    logger,
    quotas: connectionQuotas().quotas,
    clock: systemClock,
    maxOpenFiles: () => options.maxOpenFiles ?? Infinity,
  })
  const dispatch = createDispatch(handlers.map(loaded), services)
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    nodeId: 0,
    nodes: () => [],
    open: caller => frame => dispatch(frame, caller),
    listener: { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
    logger,
    clock: systemClock,
    tls: undefined,
    admission,
    maxFrameBytes,
    maxInFlight: 10,
    maxInFlightBytes: 10_000_000,
    memory: new BrokerMemory({ config: noLimits, clock: systemClock, logger }),
    foreign: noForeignClients,
    maxFirstRequestMs: 3_600_000,
    maxReceiveMs: 3_600_000,
    maxIdleMs: options.maxIdleMs ?? 60_000,
    keepsProcessAlive: false,
  })
  cleanups.push(() => listener.close(0))
  return { listener, admission, gate, sent, warnings, client: await connected(listener) }
}

async function connected(listener: Listener): Promise<Client> {
  const socket = connect({ host: listener.host, port: listener.port, allowHalfOpen: true })
  cleanups.push(() => socket.destroy())
  await once(socket, 'connect')
  return new Client(socket)
}

/** Speaks the test's APIs; the correlation id is the number. */
class Client {
  readonly socket: Socket
  readonly replies: number[] = []
  closed = false

  constructor(socket: Socket) {
    this.socket = socket
    const splitter = new FrameReader(2 * bigBytes)
    socket.on('data', chunk => {
      for (const frame of splitter.push(chunk)) this.replies.push(frame.readInt32BE(4))
    })
    socket.on('error', () => {})
    socket.on('close', () => (this.closed = true))
    socket.on('end', () => (this.closed = true))
  }

  send(apiKey: number, ...numbers: number[]): void {
    this.socket.write(Buffer.concat(numbers.map(number => request(apiKey, number))))
  }
}

function request(apiKey: number, number: number): Buffer {
  const writer = new Writer()
  writeRequestHeader(writer, { apiKey, apiVersion: 0, correlationId: number, clientId: 't' }, false)
  writer.int32(number)
  const body = Buffer.concat(writer.finish())
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

describe('requests of one connection', () => {
  it('start only when the one before is answered', async () => {
    const { gate, client } = await start()
    client.send(waits.key, 1, 2)
    await gate.open(1)
    await until(() => gate.started.length === 2)
    expect(client.replies.length).toBeLessThanOrEqual(1)
    await gate.open(2)
    await until(() => client.replies.length === 2)
    expect([gate.started, client.replies]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('are answered in their order when they overlap', async () => {
    const { gate, client } = await start()
    client.send(overlaps.key, 1, 2, 3)
    await until(() => gate.started.length === 3)
    await gate.open(3)
    await gate.open(2)
    expect(client.replies).toEqual([])
    await gate.open(1)
    await until(() => client.replies.length === 3)
    expect(client.replies).toEqual([1, 2, 3])
  })

  it('do not hold up other connections', async () => {
    const { listener, gate, client } = await start()
    client.send(waits.key, 1)
    await until(() => gate.started.length === 1)
    const other = await connected(listener)
    other.send(answers.key, 5)
    await until(() => other.replies.length === 1)
    await gate.open(1)
  })

  it('let those of others in between, however many come at once', async () => {
    const { listener, gate, client } = await start()
    const other = await connected(listener)
    const many = 2000
    client.send(answers.key, ...Array.from({ length: many }, () => 1))
    other.send(answers.key, 2)
    await until(() => gate.started.length === many + 1)
    expect(gate.started.indexOf(2)).toBeLessThan(many / 2)
    await until(() => client.replies.length === many)
  })

  it('are done with their memory once, also when the connection fails in between', async () => {
    const { gate, client, sent } = await start()
    client.send(overlaps.key, 1)
    await until(() => gate.started.length === 1)
    client.send(answers.key, -4)
    await until(() => client.closed)
    await until(() => sent.length > 0)
    await new Promise(resolve => setImmediate(resolve))
    expect(sent).toEqual([1])
  })

  it('may have no reply', async () => {
    const { client } = await start()
    client.send(answers.key, -1, 7)
    await until(() => client.replies.length === 1)
    expect(client.replies).toEqual([7])
  })

  it('that fail by a bug are answered, and the connection goes on', async () => {
    const { client } = await start()
    client.send(answers.key, -3, 7)
    await until(() => client.replies.length === 2)
    expect(client.replies).toEqual([-1, 7])
  })

  it('wait while the client does not read', async () => {
    const { gate, client } = await start()
    client.socket.pause()
    const many = 100
    client.send(answers.key, ...Array.from({ length: many }, () => 99))
    // The kernel takes some megabytes off the broker's hands; the rest must not be made.
    await until(() => gate.started.length > 0)
    for (let i = 0; i < 1000; i++) await new Promise(resolve => setImmediate(resolve))
    expect(gate.started.length).toBeLessThan(30)
    client.socket.resume()
    await until(() => client.replies.length === many)
  })

  it('that came before the client closed its side are answered', async () => {
    const { gate, client } = await start()
    client.send(waits.key, 1, 2)
    client.socket.end()
    await gate.open(1)
    await gate.open(2)
    await until(() => client.closed)
    expect(client.replies).toEqual([1, 2])
  })
})

describe('a connection is closed', () => {
  it.each([
    ['by an unknown API key', request(12345, 1), /unknown API key 12345/],
    ['by a frame that is cut short', Buffer.from([0, 0, 0, 3, 0, 100, 0]), /bytes needed/],
    ['by a frame that is empty', Buffer.from([0, 0, 0, 0]), /bytes needed/],
    ['by a size of 2 GB', Buffer.from([0x7f, 0xff, 0xff, 0xff]), /frame of 2147483647 bytes/],
    ['by a handler that says so', request(answers.key, -2), /told to/],
  ])('%s, with one line in the log', async (_, frame, reason) => {
    const { client, warnings } = await start()
    client.socket.write(Buffer.concat([frame, request(answers.key, 1)]))
    await until(() => client.closed)
    expect(client.replies).toEqual([])
    expect(warnings).toEqual([{ peer: expect.any(String), reason: expect.stringMatching(reason) }])
  })

  it('by a handler that fails later', async () => {
    const { gate, client, warnings } = await start()
    client.send(waits.key, 1, 2)
    await gate.open(1, new Disconnect('told to'))
    await until(() => client.closed)
    expect([client.replies, gate.started, warnings.length]).toEqual([[], [1], 1])
  })

  it('after it was idle for too long', async () => {
    const { client } = await start({ maxIdleMs: 20 })
    await until(() => client.closed)
  })

  it('but not while a request runs', async () => {
    const { listener, gate, client } = await start({ maxIdleMs: 20 })
    client.send(waits.key, 1)
    const idle = await connected(listener)
    await until(() => idle.closed)
    expect(client.closed).toBe(false)
    await gate.open(1)
    await until(() => client.replies.length === 1)
  })
})

describe('connections', () => {
  it('are closed when storage needs the rest of the open files, and others go on', async () => {
    const { listener, admission, client, warnings } = await start({ maxOpenFiles: 100 })
    const more = await Promise.all(Array.from({ length: 59 }, () => connected(listener)))
    await until(() => more.filter(({ closed }) => closed).length === 10)
    client.send(answers.key, 1)
    await until(() => client.replies.length === 1)
    expect(warnings).toEqual([{ connections: 50, maxConnections: 50, maxOpenFiles: 100 }])
    for (const { socket } of more) socket.destroy()
    await until(() => admission.connections === 1)
    const again = await connected(listener)
    again.send(answers.key, 2)
    await until(() => again.replies.length === 1)
  })
})

describe('closing a listener', () => {
  it('answers what runs, and takes nothing more', async () => {
    const { listener, gate, client } = await start()
    client.send(waits.key, 1, 2)
    await until(() => gate.started.length === 1)
    const closed = listener.close(60_000)
    await gate.open(1)
    await closed
    await until(() => client.closed)
    expect([client.replies, gate.started]).toEqual([[1], [1]])
  })

  it('cuts what takes too long', async () => {
    const { listener, gate, client } = await start()
    client.send(waits.key, 1)
    await until(() => gate.started.length === 1)
    await listener.close(1)
    await until(() => client.closed)
    expect(client.replies).toEqual([])
  })
})
