import { expect, it } from 'vitest'
import { LongPoll } from '../src/long-poll.ts'
import { silentLogger } from '../src/logger.ts'
import { BufferPool } from '../src/memory/buffer-pool.ts'
import { ReplyMemory } from '../src/memory/reply-memory.ts'
import { SlowLog } from '../src/memory/slow-log.ts'
import { ManualClock } from './doubles/manual-clock.ts'

const limitBytes = 1_000_000
const need = { wantedBytes: 100_000, leastBytes: 100_000 }

function setUp(maxWaitMs: number) {
  const clock = new ManualClock()
  const memory = new ReplyMemory(limitBytes, clock, new SlowLog(silentLogger, clock))
  const open = (peer: string) => memory.open({ peer, clientId: 'app', disconnect: () => {} })
  const replyMemory = open('polling')
  const client = new AbortController()
  const waiters = new Set<() => void>()
  const source = {
    onWake(waiter: () => void) {
      waiters.add(waiter)
      return { cancel: () => waiters.delete(waiter) }
    },
  }
  const sent: (() => void)[] = []
  const buffers = new BufferPool()
  const onSent = (callback: () => void): void => void sent.push(callback)
  const context = { realClock: clock, closed: client.signal, buffers, onSent, replyMemory }
  const poll = new LongPoll(maxWaitMs, context)
  const wakeAll = (): void => waiters.forEach(waiter => waiter())
  return { clock, memory, open, client, waiters, source, wakeAll, sent, poll }
}

/** Whether it resolves without anything else happening. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  const later = new Promise<boolean>(resolve => {
    setImmediate(() => resolve(false))
  })
  return Promise.race([promise.then(() => true), later])
}

it('looks again at once when a source has rung while it looked', async () => {
  const { poll, source, wakeAll } = setUp(500)
  poll.begin()
  poll.watch(source)
  expect(await isSettled(poll.wait())).toBe(false)
  poll.begin()
  wakeAll()
  expect(await isSettled(poll.wait())).toBe(true)
  poll.begin()
  expect(await isSettled(poll.wait())).toBe(false)
})

it('watches a source once, and none when it is disposed of', () => {
  const { poll, source, waiters, clock } = setUp(500)
  poll.watch(source)
  poll.watch(source)
  expect(waiters.size).toBe(1)
  poll[Symbol.dispose]()
  expect([waiters.size, clock.pending]).toEqual([0, 0])
})

it('is over when its time is, and is woken then', async () => {
  expect(setUp(0).poll.isOver).toBe(true)
  const { poll, clock } = setUp(500)
  poll.begin()
  clock.advance(499)
  expect(poll.isOver).toBe(false)
  const waiting = poll.wait()
  clock.advance(1)
  expect([poll.isOver, await isSettled(waiting)]).toEqual([true, true])
})

it('is over when its client has gone', async () => {
  const { poll, client } = setUp(500)
  poll.begin()
  const waiting = poll.wait()
  client.abort()
  expect([poll.isOver, await isSettled(waiting)]).toEqual([true, true])
})

it('holds no memory while it waits for records', () => {
  const { poll, memory } = setUp(500)
  poll.begin()
  expect(poll.reserve(need)).toBe(need.wantedBytes)
  expect(memory.heldBytes).toBe(need.wantedBytes)
  void poll.wait()
  expect(memory.heldBytes).toBe(0)
})

it('keeps its place in the line while it waits for memory', async () => {
  const { poll, memory, open } = setUp(500)
  const other = open('other')
  other.hold(limitBytes)
  // Somebody may exceed the limit: then it is another one.
  expect(open('turn').reserve(need, () => {})).toBeGreaterThan(0)
  poll.begin()
  expect(poll.reserve(need)).toBe(0)
  const waiting = poll.wait()
  expect(await isSettled(waiting)).toBe(false)
  other.release(limitBytes)
  expect(await isSettled(waiting)).toBe(true)
  poll.begin()
  expect(poll.reserve(need)).toBe(need.wantedBytes)
  expect(memory.heldBytes).toBe(2 * need.wantedBytes)
})

it('uses memory again before the next look, or when the reply is sent', () => {
  const { poll, sent } = setUp(500)
  poll.begin()
  const first = poll.allocate(100_000)
  void poll.wait()
  poll.begin()
  expect(poll.allocate(100_000).buffer).toBe(first.buffer)
  expect(sent).toHaveLength(1)
  sent[0]!()
  expect(poll.allocate(100_000).buffer).toBe(first.buffer)
})
