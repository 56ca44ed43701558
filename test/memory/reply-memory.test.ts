import { expect, it } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { ReplyMemory, type ReplyAccount } from '../../src/memory/reply-memory.ts'
import { SlowLog } from '../../src/memory/slow-log.ts'
import { ManualClock } from '../doubles/manual-clock.ts'

const defaultLimitBytes = 16_000_000
const need = { wantedBytes: 50_000_000, leastBytes: 100_000 }

function setUp(limitBytes = defaultLimitBytes) {
  const clock = new ManualClock()
  const warnings: object[] = []
  const logger = { ...silentLogger, warn: (facts: object) => void warnings.push(facts) }
  const memory = new ReplyMemory(limitBytes, clock, new SlowLog(logger, clock))
  const granted: string[] = []
  const disconnected: string[] = []
  const open = (peer: string): ReplyAccount =>
    memory.open({ peer, clientId: 'app', disconnect: () => disconnected.push(peer) })
  const reserve = (account: ReplyAccount, fields: Partial<typeof need> = {}): number =>
    account.reserve({ ...need, ...fields }, () => granted.push(account.client.peer))
  /** Of a connection with a reply that nobody takes. */
  const stuck = (peer: string, bytes: number): ReplyAccount => {
    const account = open(peer)
    account.hold(bytes)
    return account
  }
  return { clock, memory, warnings, granted, disconnected, open, reserve, stuck }
}

it('gives a reply a share of what is left', () => {
  const { memory, open, reserve } = setUp()
  expect([reserve(open('a')), reserve(open('b'))]).toEqual([1_000_000, 937_500])
  expect(memory.heldBytes).toBe(1_937_500)
})

it('gives no reply more than 16 MB, however much is left', () => {
  const { open, reserve } = setUp(1_000_000_000)
  expect(reserve(open('a'))).toBe(16 * 1024 * 1024)
})

it('gives no more than is wanted, but what a single batch needs', () => {
  const { open, reserve } = setUp()
  expect(reserve(open('a'), { wantedBytes: 300_000 })).toBe(300_000)
  expect(reserve(open('b'), { wantedBytes: 10 })).toBe(need.leastBytes)
  expect(reserve(open('c'), { leastBytes: 5_000_000 })).toBe(5_000_000)
})

it('is not used up by any ten clients that stop reading', () => {
  const { memory, open, reserve } = setUp()
  for (let i = 0; i < 10; i++) reserve(open(`slow ${i}`))
  expect(memory.heldBytes).toBeLessThan(defaultLimitBytes / 2)
})

it('gives back what the reply did not need, and what the socket took', () => {
  const { memory, open, reserve } = setUp()
  const a = open('a')
  reserve(a)
  a.hold(200_000)
  a.unreserve()
  expect([memory.heldBytes, a.heldBytes]).toEqual([200_000, 200_000])
  a.release(200_000)
  expect(memory.heldBytes).toBe(0)
})

it('lets one fetch exceed the limit, and the others wait for their turn', () => {
  const { memory, granted, open, reserve, stuck } = setUp()
  stuck('full', defaultLimitBytes)
  const [a, b, c] = [open('a'), open('b'), open('c')]
  expect([a, b, c].map(account => reserve(account))).toEqual([need.leastBytes, 0, 0])
  expect([memory.waiting, memory.waits]).toEqual([2, 2])
  a.hold(need.leastBytes)
  a.unreserve()
  expect(granted).toEqual([])
  a.release(need.leastBytes)
  expect([granted, reserve(b)]).toEqual([['b'], need.leastBytes])
  b.unreserve()
  expect([granted, memory.waiting]).toEqual([['b', 'c'], 0])
})

it('lets every fetch through when a single batch is larger than the limit', () => {
  const { granted, open, reserve } = setUp()
  const leastBytes = 2 * defaultLimitBytes
  const accounts = ['a', 'b', 'c'].map(open)
  expect(accounts.map(account => reserve(account, { leastBytes }))).toEqual([leastBytes, 0, 0])
  for (const account of accounts) account.unreserve()
  expect(granted).toEqual(['b', 'c'])
})

it('keeps the place of a fetch that answers without records and comes back', () => {
  const { granted, open, reserve, stuck } = setUp()
  const full = stuck('full', defaultLimitBytes)
  reserve(open('turn'))
  const [a, b] = [open('a'), open('b')]
  reserve(a)
  reserve(b)
  a.unreserve()
  reserve(a)
  full.release(defaultLimitBytes)
  expect(granted).toEqual(['a', 'b'])
})

it('passes over a fetch that waits no longer', () => {
  const { granted, open, reserve, stuck } = setUp()
  const full = stuck('full', defaultLimitBytes)
  reserve(open('turn'))
  const [a, b] = [open('a'), open('b')]
  reserve(a)
  reserve(b)
  a.close()
  full.close()
  expect(granted).toEqual(['b'])
})

it('counts nothing of a connection that is closed', () => {
  const { memory, open, reserve } = setUp()
  const a = open('a')
  reserve(a)
  a.hold(5_000_000)
  a.close()
  a.release(5_000_000)
  expect(memory.heldBytes).toBe(0)
})

it('disconnects who keeps others waiting with a reply that it does not take', () => {
  const { clock, disconnected, open, reserve, stuck } = setUp()
  stuck('full', defaultLimitBytes)
  const a = open('a')
  reserve(a)
  clock.advance(60_000)
  reserve(open('b'))
  clock.advance(30_000)
  expect(disconnected).not.toContain('a')
  a.hold(need.leastBytes)
  a.unreserve()
  clock.advance(30_000)
  expect(disconnected).toContain('a')
})

it('disconnects all who take nothing for as long, while others wait', () => {
  const { clock, disconnected, open, reserve, stuck } = setUp()
  stuck('full', defaultLimitBytes - 10)
  const slow = stuck('slow', 10)
  const turn = open('turn')
  reserve(turn)
  turn.hold(need.leastBytes)
  turn.unreserve()
  reserve(open('waits'))
  clock.advance(20_000)
  expect(disconnected).toEqual([])
  slow.release(5)
  clock.advance(10_000)
  expect(new Set(disconnected)).toEqual(new Set(['full', 'turn']))
})

it('disconnects nobody while nobody waits', () => {
  const { clock, disconnected, stuck } = setUp()
  stuck('full', defaultLimitBytes)
  clock.advance(60_000)
  expect(disconnected).toEqual([])
})

it('says who takes no replies', () => {
  const { clock, memory, warnings, stuck } = setUp()
  stuck('a', 20_000)
  stuck('b', 30_000).release(30_000)
  clock.advance(5000)
  const c = stuck('c', 40_000)
  clock.advance(5000)
  const fact = { peer: 'a', clientId: 'app', heldBytes: 20_000, untakenMs: 10_000 }
  expect(warnings).toEqual([fact])
  c.close()
  clock.advance(60_000)
  expect(warnings).toEqual([fact, { ...fact, untakenMs: 70_000 }])
  expect(memory.heldBytes).toBe(20_000)
})

it('looks at nothing while all replies are taken', () => {
  const { clock, stuck } = setUp()
  stuck('a', 20_000).close()
  clock.advance(10_000)
  expect(clock.pending).toBe(0)
})

it('says which fetch waits and why', () => {
  const { warnings, open, reserve, stuck } = setUp()
  stuck('full', defaultLimitBytes)
  reserve(open('turn'))
  const a = open('a')
  reserve(a)
  reserve(a)
  const brokerHeldBytes = defaultLimitBytes + need.leastBytes
  const fact = {
    peer: 'a',
    clientId: 'app',
    heldBytes: 0,
    brokerHeldBytes,
    limitBytes: defaultLimitBytes,
  }
  expect(warnings).toEqual([fact])
})
