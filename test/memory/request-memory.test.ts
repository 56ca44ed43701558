import { expect, it } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { RequestMemory, type RequestAccount } from '../../src/memory/request-memory.ts'
import { SlowLog } from '../../src/memory/slow-log.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

const limitBytes = 1_000_000
const requestBytes = 600_000

interface Warning {
  peer: string
  heldBytes: number
}

function setUp() {
  const clock = new ManualClock()
  const warnings: Warning[] = []
  const logger = { ...silentLogger, warn: (facts: object) => void warnings.push(facts as Warning) }
  const memory = new RequestMemory(limitBytes, clock, new SlowLog(logger, clock))
  const resumed: string[] = []
  const disconnected: string[] = []
  const open = (peer: string, isIdle = true): RequestAccount =>
    memory.open({
      peer,
      clientId: 'app',
      isIdle,
      resume: () => resumed.push(peer),
      disconnect: () => disconnected.push(peer),
    })
  /** Of a connection that has got so many bytes of a request. */
  const receiving = (peer: string, bytes = requestBytes): RequestAccount => {
    const account = open(peer)
    account.hold(bytes)
    return account
  }
  return { clock, memory, warnings, resumed, disconnected, open, receiving }
}

it('reads everybody while there is room', () => {
  const { memory, receiving } = setUp()
  expect(receiving('a').mayRead(true)).toBe(true)
  expect([memory.heldBytes, memory.waiting, memory.waits]).toEqual([requestBytes, 0, 0])
})

it('reads small requests, whatever others hold', () => {
  const { open, receiving } = setUp()
  receiving('a', 5 * limitBytes)
  const heartbeat = open('b')
  heartbeat.hold(200)
  expect(heartbeat.mayRead(true)).toBe(true)
})

it('lets one connection exceed the limit, and the others wait for their turn', () => {
  const { memory, receiving, resumed } = setUp()
  const [a, b, c] = [receiving('a'), receiving('b'), receiving('c')]
  expect([b, a, c].map(account => account.mayRead(true))).toEqual([true, false, false])
  expect([memory.waiting, memory.waits]).toEqual([2, 2])
  b.hold(limitBytes)
  expect([b.mayRead(true), a.mayRead(true), c.mayRead(true)]).toEqual([true, false, false])
  b.release(limitBytes + requestBytes)
  expect(resumed).toEqual(['a'])
  a.release(requestBytes)
  expect(resumed).toEqual(['a', 'c'])
  expect(memory.waiting).toBe(0)
})

it('does not let a connection exceed the limit by more than the request that it is in', () => {
  const { receiving } = setUp()
  receiving('a', limitBytes)
  const b = receiving('b')
  expect(b.mayRead(true)).toBe(true)
  expect(b.mayRead(false)).toBe(false)
})

it('resumes as many as there is room for, in the order in which they came', () => {
  const { receiving, resumed } = setUp()
  const full = receiving('full', 2 * limitBytes)
  full.mayRead(true)
  for (const peer of ['a', 'b', 'c']) receiving(peer, 20_000).mayRead(true)
  full.release(limitBytes + 1)
  expect(resumed).toEqual([])
  full.release(limitBytes / 2)
  expect(resumed).toEqual(['a', 'b', 'c'])
})

it('keeps the place of who had to wait before, until a request is answered', () => {
  const { receiving, resumed } = setUp()
  const full = receiving('full', 2 * limitBytes)
  full.mayRead(true)
  const [a, b] = [receiving('a', 20_000), receiving('b', 20_000)]
  a.mayRead(true)
  b.mayRead(true)
  full.release(1.5 * limitBytes)
  expect(resumed).toEqual(['a', 'b'])
  full.hold(limitBytes)
  full.mayRead(true)
  b.mayRead(true)
  a.mayRead(true)
  full.close()
  expect(resumed).toEqual(['a', 'b', 'a', 'b'])
})

it('counts nothing of a connection that is closed', () => {
  const { memory, receiving, resumed } = setUp()
  const [a, b, c] = [receiving('a'), receiving('b'), receiving('c')]
  for (const account of [a, b, c]) account.mayRead(true)
  b.close()
  b.release(requestBytes)
  a.close()
  expect([memory.heldBytes, memory.waiting, resumed]).toEqual([requestBytes, 0, ['c']])
})

it('disconnects who keeps others waiting for a request that does not come', () => {
  const { clock, receiving, disconnected } = setUp()
  receiving('a', limitBytes).mayRead(true)
  clock.advance(60_000)
  expect(disconnected).toEqual([])
  receiving('b').mayRead(true)
  clock.advance(30_000)
  expect(disconnected).toEqual(['a'])
})

it('disconnects nobody whose request runs', () => {
  const { clock, open, receiving, disconnected } = setUp()
  const a = open('a', false)
  a.hold(limitBytes)
  a.mayRead(true)
  receiving('b').mayRead(true)
  clock.advance(300_000)
  expect(disconnected).toEqual([])
})

it('says whom it slows and why, once in a minute', () => {
  const { clock, receiving, warnings } = setUp()
  const a = receiving('a', limitBytes)
  a.mayRead(true)
  const b = receiving('b')
  b.mayRead(true)
  const fact = {
    peer: 'b',
    clientId: 'app',
    heldBytes: requestBytes,
    brokerHeldBytes: limitBytes + requestBytes,
    limitBytes,
  }
  expect(warnings).toEqual([fact])
  const waitAgain = (): void => {
    b.release(requestBytes)
    b.hold(requestBytes)
    b.mayRead(true)
  }
  a.hold(limitBytes)
  a.mayRead(true)
  waitAgain()
  expect(warnings.length).toBe(1)
  clock.advance(60_000)
  a.mayRead(true)
  b.close()
  const c = receiving('c')
  c.mayRead(true)
  expect(warnings.map(({ peer }) => peer)).toEqual(['b', 'c'])
})
