/** The memory of the whole process, as the operating system counts it. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { startServer, type Server } from '../../compat-tests/server.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchFrom, fetchRequest, produceTo } from '../handlers/requests.ts'
import { newTopic } from '../handlers/wire.ts'
import { frameOf, RawClient, requestFrame } from '../raw-client.ts'

const mebibyte = 1024 * 1024
const limitBytes = 16 * mebibyte
/** The program itself takes 110 MB; the rest is what garbage, sockets and the heap may add. */
const ceilingBytes = 400 * mebibyte
/** A flood may take a while where others work as well. */
const timeoutMs = 60_000
const reason = 'Linux tells the peak of a process, others do not'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

function startLimited(): Promise<Server> {
  const limits = ['queued.max.request.bytes', 'queued.max.response.bytes']
  const settings = limits.flatMap(name => ['--set', `${name}=${limitBytes}`])
  return startServer('--durability', 'os', ...settings)
}

async function connected({ bootstrapServers }: Server): Promise<Socket> {
  const [host, port] = bootstrapServers.split(':')
  const socket = connect(Number(port), host)
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function peakBytes({ pid }: Server): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1024
}

function saysWhy({ log }: Server): boolean {
  return log.some(
    line => line.includes('"peer":"127.0.0.1:') && line.includes('queued.max.request.bytes'),
  )
}

it.skipIf(process.platform !== 'linux')(
  `stays small while requests of 40 MB come on 40 connections (skipped: ${reason})`,
  async () => {
    await using server = await startLimited()
    await using client = await RawClient.connect(server.bootstrapServers)
    const topic = await newTopic(client)
    const half = frameOf(Buffer.alloc(40 * mebibyte), 80 * mebibyte)
    const taken: Socket[] = []
    for (let i = 0; i < 40; i++) {
      const socket = await connected(server)
      socket.write(half, error => void (error ?? taken.push(socket)))
    }
    // Small requests pass while the others wait.
    while (!saysWhy(server) && taken.length < 40) {
      expect((await produceTo(client, topic, batchOf(['x']))).error).toBe('NONE')
    }
    expect(taken.length).toBeLessThan(40)
    expect(await peakBytes(server)).toBeLessThan(ceilingBytes)
  },
  timeoutMs,
)

it.skipIf(process.platform !== 'linux')(
  `stays small while 100 clients read no replies, and serves another (skipped: ${reason})`,
  async () => {
    await using server = await startLimited()
    await using client = await RawClient.connect(server.bootstrapServers)
    const count = 16
    const topic = await newTopic(client, { partitions: count })
    const batch = batchOf(['x'.repeat(1_000_000)])
    const partitions = Array.from({ length: count }, (_, partition) => {
      return { partition, partitionMaxBytes: 2 * mebibyte }
    })
    for (const { partition } of partitions) await produceTo(client, topic, batch, { partition })
    const request = fetchRequest(topic, partitions, { maxWaitMs: 60_000 })
    const frame = requestFrame(fetch, 13, request, 1)
    for (let i = 0; i < 100; i++) {
      const deaf = await connected(server)
      deaf.pause()
      deaf.write(frame)
    }
    for (const from of [...partitions, ...partitions]) {
      const { records } = await fetchFrom(client, topic, from, { maxWaitMs: 60_000 })
      expect(Buffer.concat(records ?? []).length).toBe(batch.length)
    }
    expect(await peakBytes(server)).toBeLessThan(ceilingBytes)
  },
  timeoutMs,
)
