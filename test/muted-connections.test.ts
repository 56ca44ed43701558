/** What a connection does that is to be quiet after a reply (KIP-219). */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { Admission } from '../src/admission.ts'
import type { Dispatched } from '../src/dispatch.ts'
import { silentLogger as logger } from '../src/logger.ts'
import { BrokerMemory } from '../src/memory/broker-memory.ts'
import { listen } from '../src/server.ts'
import { noForeignClients } from './doubles/foreign-clients.ts'
import { connectionQuotas } from './doubles/connection-quotas.ts'
import { ManualClock } from './doubles/manual-clock.ts'
import { frameOf } from './raw-client.ts'

/** A client whose requests are the first bytes of its frames, and are answered when told. */
async function setUp() {
  const clock = new ManualClock()
  const started: number[] = []
  const dispatched = new Map<number, { answer: (muteMs: number) => void }>()
  const { quotas } = connectionQuotas()
  const config = { queuedMaxRequestBytes: -1, queuedMaxResponseBytes: -1 }
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    nodeId: 0,
    nodes: () => [],
    open: () => frame => {
      const { promise, resolve } = Promise.withResolvers<Buffer[]>()
      const reply: Dispatched = { reply: promise, overlaps: true, clientId: 'test' }
      started.push(frame[0]!)
      dispatched.set(frame[0]!, {
        answer(muteMs) {
          reply.muteMs = muteMs
          resolve([frameOf(Buffer.of(frame[0]!))])
        },
      })
      return reply
    },
    listener: { name: 'PLAINTEXT', protocol: 'PLAINTEXT' },
    logger,
    clock,
    tls: undefined,
    admission: new Admission({ logger, clock, quotas, maxOpenFiles: () => Infinity }),
    maxFrameBytes: 100,
    maxInFlight: 10,
    maxInFlightBytes: 1000,
    memory: new BrokerMemory({ config, clock, logger }),
    foreign: noForeignClients,
    maxFirstRequestMs: 3_600_000,
    maxReceiveMs: 3_600_000,
    maxIdleMs: 3_600_000,
    keepsProcessAlive: false,
  })
  const socket = connect(listener.port, listener.host)
  onTestFinished(async () => {
    socket.destroy()
    const closed = listener.close(0)
    clock.advance(0)
    await closed
  })
  await once(socket, 'connect')
  const replies: number[] = []
  socket.on('data', chunk => {
    for (let at = 4; at < chunk.length; at += 5) replies.push(chunk[at]!)
  })
  const send = (number: number): unknown => socket.write(frameOf(Buffer.of(number)))
  const beside = async (number: number): Promise<void> => {
    const other = connect(listener.port, listener.host)
    onTestFinished(() => void other.destroy())
    await once(other, 'connect')
    other.write(frameOf(Buffer.of(number)))
  }
  const answer = (number: number, muteMs: number): void => dispatched.get(number)!.answer(muteMs)
  return { clock, started, replies, send, beside, answer }
}

it('is as quiet as the longest time that it was told, of replies to several requests', async () => {
  const { clock, started, replies, send, beside, answer } = await setUp()
  send(1)
  send(2)
  await expect.poll(() => started).toEqual([1, 2])
  answer(1, 1000)
  await expect.poll(() => replies).toEqual([1])
  send(3)
  answer(2, 400)
  await expect.poll(() => replies).toEqual([1, 2])
  clock.advance(999)
  // What could have been read has been, once others were that came later.
  for (const later of [4, 5]) {
    await beside(later)
    await expect.poll(() => started).toContain(later)
  }
  expect(started).not.toContain(3)
  clock.advance(1)
  await expect.poll(() => started).toContain(3)
})
