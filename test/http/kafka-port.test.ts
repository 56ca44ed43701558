/** HTTP on the port where Kafka's protocol is spoken, told apart by the first bytes. */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { startBroker, type StartedBroker } from '../../src/index.ts'
import { RawClient } from '../raw-client.ts'

let broker: StartedBroker
const ends: { destroy(): void }[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) end.destroy()
  await broker.close()
})

async function start(config: Readonly<Record<string, string>> = {}): Promise<number> {
  broker = await startBroker({ config })
  return Number(broker.bootstrapServers.split(':')[1])
}

function ending<T extends { destroy(): void }>(end: T): T {
  ends.push(end)
  return end
}

async function plain(port: number): Promise<Socket> {
  const socket = ending(connect(port, '127.0.0.1'))
  await once(socket, 'connect')
  socket.setNoDelay(true)
  return socket
}

async function answer(socket: Socket, ...pieces: readonly string[]): Promise<string> {
  const [data] = await Promise.all([
    once(socket, 'data'),
    ...pieces.map(piece => new Promise(resolve => socket.write(piece, resolve))),
  ])
  return String((data as unknown[])[0])
}

const request = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n'

it('is answered, request after request', async () => {
  const socket = await plain(await start())
  for (let i = 0; i < 3; i++) {
    expect(await answer(socket, request)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"ready"/s)
  }
})

it.each([
  ['byte by byte', request.split('')],
  ['in two pieces', [request.slice(0, 2), request.slice(2)]],
])('is answered when it comes %s', async (_, pieces) => {
  expect(await answer(await plain(await start()), ...pieces)).toContain('"ready"')
})

it('is answered on many connections at once, beside Kafka', async () => {
  const port = await start()
  const client = await RawClient.connect(broker.bootstrapServers)
  const agent = ending(new Agent({ keepAlive: true }))
  const asked = Array.from({ length: 20 }, async () => {
    const [response] = (await once(get({ port, agent, path: '/healthz' }), 'response')) as [
      IncomingMessage,
    ]
    response.resume()
    return response.statusCode
  })
  const { brokers } = await client.request(metadata, 9, { topics: null })
  expect(brokers).toHaveLength(1)
  expect(await Promise.all(asked)).toEqual(asked.map(() => 200))
  await client[Symbol.asyncDispose]()
})

it('goes on with a client that has said all that it will say', async () => {
  const socket = await plain(await start())
  const closed = once(socket, 'close')
  let answered = ''
  socket.on('data', chunk => (answered += String(chunk)))
  socket.end(request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  await closed
  expect(answered).toContain('"ready"')
})

it('tells WebSockets that there are none', async () => {
  const socket = await plain(await start())
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n'
  const told = await answer(socket, request.replace('\r\n\r\n', `\r\n${upgrade}`))
  expect(told).toMatch(/^HTTP\/1\.1 400 .*there are no WebSockets here/s)
})

it('is not HTTP that is closed for being idle: that is for clients of Kafka', async () => {
  const port = await start({ 'connections.max.idle.ms': '40' })
  const socket = await plain(port)
  await answer(socket, request)
  const kafka = await RawClient.connect(broker.bootstrapServers)
  await kafka.closed
  expect(await answer(socket, request)).toContain('"ready"')
})

it('ends with the broker', async () => {
  const port = await start()
  const [used, fresh] = [await plain(port), await plain(port)]
  await answer(used, request)
  const closed = [used, fresh].map(socket => once(socket, 'close'))
  await broker.close()
  await Promise.all(closed)
})

it('ends with a broker that is closed before HTTP is loaded', async () => {
  const socket = await plain(await start())
  const closed = once(socket, 'close')
  await new Promise(resolve => socket.write(request, resolve))
  await broker.close()
  await closed
})

it.each([{ 'http.on.kafka.port': 'all' }, { 'http.on.kafka.port': 'all', 'http.token': 'x' }])(
  'is refused beyond loopback without a token (%j)',
  async config => {
    const listeners = 'PLAINTEXT://0.0.0.0:0'
    await expect(startBroker({ config: { ...config, listeners } })).rejects.toThrow(/^config http/)
    await start()
  },
)

it('is answered beyond loopback to who has the token, or to all if that is wanted', async () => {
  const all = { listeners: 'PLAINTEXT://0.0.0.0:0', 'http.on.kafka.port': 'all' }
  const token = 'a token of some length'
  const metrics = request.replace('/readyz', '/metrics')
  const closed = await plain(await start({ ...all, 'http.token': token }))
  expect(await answer(closed, metrics)).toMatch(/^HTTP\/1\.1 401 /)
  await broker.close()
  const open = await plain(await start({ ...all, 'http.insecure': 'true' }))
  expect(await answer(open, metrics)).toMatch(/^HTTP\/1\.1 200 /)
})

it('is not answered on listeners beyond loopback, unless that is wanted', async () => {
  const socket = await plain(await start({ listeners: 'PLAINTEXT://0.0.0.0:0' }))
  expect(await answer(socket, request)).toMatch(/^HTTP\/1\.1 400 .*http\.on\.kafka\.port=all/s)
})
