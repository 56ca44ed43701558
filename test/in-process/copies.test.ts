import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { startBroker, type StartedBroker } from '../../src/index.ts'

async function values(broker: StartedBroker, topic = 'orders'): Promise<unknown[]> {
  return (await broker.topic(topic).records()).map(({ value }) => value)
}

describe('a fork', () => {
  it('begins with all that there is, and goes its own way', async () => {
    await using base = await startBroker({ topics: { orders: { partitions: 3 } } })
    await base.topic('orders').append({ key: 'a', value: '1' })
    await base.group('billing').seek('end', { topics: ['orders'] })
    await using fork = await base.fork()
    expect(fork.bootstrapServers).not.toBe(base.bootstrapServers)
    await base.topic('orders').append({ key: 'a', value: 'base' })
    await fork.topic('orders').append({ key: 'a', value: 'fork' })
    await fork.topic('of-the-fork').create()
    expect(await values(base)).toEqual(['1', 'base'])
    expect(await values(fork)).toEqual(['1', 'fork'])
    expect((await base.topics()).map(({ topic }) => topic)).not.toContain('of-the-fork')
    const [ofBase, ofFork] = [base, fork].map(each => each.group('billing').describe())
    expect((await ofFork)!.partitions).toEqual((await ofBase)!.partitions)
  })

  it('has the time of the broker that it is of', async () => {
    await using base = await startBroker()
    base.clock.freeze('2030-01-01T00:00:00Z')
    await using fork = await base.fork()
    await fork.clock.advance('1m')
    expect(base.clock.now().toISOString()).toBe('2030-01-01T00:00:00.000Z')
    expect(fork.clock.now().toISOString()).toBe('2030-01-01T00:01:00.000Z')
  })

  it('listens on free ports where the first one was told which', async () => {
    await using first = await startBroker()
    const listeners = `PLAINTEXT://${first.bootstrapServers}`
    await first.close()
    await using base = await startBroker({ config: { listeners } })
    await using fork = await base.fork()
    expect(fork.bootstrapServers).not.toBe(base.bootstrapServers)
  })

  it('can be forked, and outlives the first one', async () => {
    const base = await startBroker()
    await base.topic('orders').append({ value: '1' })
    await using fork = await base.fork()
    await base.close()
    await using again = await fork.fork()
    expect(await values(again)).toEqual(['1'])
  })
})

describe('a snapshot', () => {
  it('is restored, and begins another broker, from bytes or a file', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'odradek-load-'))
    try {
      await using broker = await startBroker()
      await broker.topic('orders').append([{ value: '1' }, { value: '2' }])
      const snapshot = await broker.snapshot()
      await broker.topic('orders').append({ value: '3' })
      await broker.restore(snapshot)
      expect(await values(broker)).toEqual(['1', '2'])
      const file = path.join(directory, 'orders.snapshot')
      await writeFile(file, snapshot)
      for (const load of [snapshot, file]) {
        await using other = await startBroker({ load })
        expect(await values(other)).toEqual(['1', '2'])
      }
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('that is none starts no broker', async () => {
    await expect(startBroker({ load: Buffer.from('x') })).rejects.toThrow('not a snapshot')
  })
})

describe('a reset', () => {
  it('leaves nothing, and lets the same names be used again at once', async () => {
    await using broker = await startBroker({ topics: { orders: {} } })
    broker.clock.freeze('2030-01-01T00:00:00Z')
    broker.fault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER' })
    for (let i = 0; i < 5; i++) {
      await broker.topic('orders').append({ value: String(i) })
      await broker.group('billing').seek('start', { topics: ['orders'] })
      await broker.reset()
      expect([await broker.topics(), await broker.groups(), broker.faults()]).toEqual([[], [], []])
      await broker.topic('orders').create({ partitions: 2 })
    }
    expect(broker.clock.isFrozen).toBe(false)
    expect(await values(broker)).toEqual([])
  })

  it('may be asked for at the same time as others', async () => {
    await using broker = await startBroker()
    await broker.topic('orders').append({ value: '1' })
    const snapshot = await broker.snapshot()
    await Promise.all([broker.reset(), broker.restore(snapshot), broker.reset()])
    expect(await broker.topics()).toEqual([])
    await Promise.all([broker.restore(snapshot), broker.fork().then(fork => fork.close())])
    expect(await values(broker)).toEqual(['1'])
  })
})

describe('a seed', () => {
  it('is what a broker begins with: entries and files, also for given topics', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'odradek-seed-'))
    try {
      const file = path.join(directory, 'orders.yaml')
      await writeFile(file, '- {topic: orders, value: from a file}\n')
      const entry = { topic: 'orders', value: 'an entry' }
      await using broker = await startBroker({ topics: { orders: {} }, seed: [entry, file] })
      expect(await values(broker)).toEqual(['an entry', 'from a file'])
      await using other = await startBroker({ seed: file })
      expect(await values(other)).toEqual(['from a file'])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('with a mistake starts no broker', async () => {
    const seed = [{ topic: 'orders' }, { topic: 'orders', value: 1, partition: 7 }]
    const reason = "seed 2: topic 'orders' has partition 0 only, not 7"
    await expect(startBroker({ seed })).rejects.toThrow(reason)
  })
})
