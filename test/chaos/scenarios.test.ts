/** What each scenario promises, and that a client that does as Kafka asks loses nothing by it. */
import { describe, expect, it } from 'vitest'
import { InvalidInput, startBroker, type ChaosRun, type StartOptions } from '../../src/index.ts'
import { scenarios, type ScenarioName } from '../../src/chaos/scenarios.ts'
import { openWorkload, type Workload } from './workload.ts'

/** Sends until the scenario has done so much. */
async function sendThrough({ send }: Workload, chaos: ChaosRun, events: number): Promise<void> {
  do await send()
  while (chaos.events.length < events)
}

const cases: readonly [ScenarioName, StartOptions, RegExp, ...string[]][] = [
  ['rolling-restart', { brokers: 3 }, /^(stopped|started) broker [012]$/],
  ['coordinator-move', { brokers: 3 }, /^moved all coordinators to the next broker$/],
  ['coordinator-move', {}, /meets: coordinator-moved$/, 'NOT_COORDINATOR'],
  ['commit-reply-lost', {}, /meets: disconnect$/, 'disconnect'],
  ['slow-disk', {}, /^each append takes 200 ms longer$|^the disk is fast again$/],
  ['disk-full', {}, /^the disk is full$|^the disk has space again$/, 'KAFKA_STORAGE_ERROR'],
  ['leader-flapping', { brokers: 3 }, /^moved orders\/[01] to broker [012]$/],
  ['leader-flapping', {}, /meets: NOT_LEADER_OR_FOLLOWER$/, 'NOT_LEADER_OR_FOLLOWER'],
]

describe.each(cases)('%s with %o', { timeout: 60_000 }, (name, options, what, ...injected) => {
  it('happens, and kafkajs loses nothing', async () => {
    await using workload = await openWorkload(options)
    const { broker, send, settle } = workload
    await send()
    const chaos = await broker.chaos(name, { every: '60ms', seed: 7 })
    await sendThrough(workload, chaos, 6)
    await chaos.stop()
    const { events } = chaos
    expect(events.filter(event => !what.test(event.what))).toEqual([])
    expect(workload.injected()).toEqual(expect.arrayContaining(injected))
    // What went on is over.
    await send()
    expect(chaos.events).toHaveLength(events.length)
    expect(broker.brokers.every(({ isRunning }) => isRunning)).toBe(true)
    await settle()
  })
})

describe('zombie-producer-fenced', () => {
  it('fences the producer in its transaction; a new one of its id repeats it', async () => {
    await using workload = await openWorkload()
    const { broker, kafka, topic } = workload
    await using chaos = await broker.chaos('zombie-producer-fenced', { every: '20ms' })
    const start = async () => {
      const producer = kafka.producer({
        transactionalId: 'copier',
        idempotent: true,
        maxInFlightRequests: 1,
      })
      await producer.connect()
      return producer
    }
    const attempt = async (values: readonly string[]): Promise<void> => {
      const producer = await start()
      try {
        const transaction = await producer.transaction()
        for (const value of values) {
          await transaction.send({ topic, messages: [{ partition: 0, value }] })
        }
        if (chaos.events.length < 2) {
          const { length } = chaos.events
          await expect.poll(() => chaos.events.length, { interval: 5 }).toBeGreaterThan(length)
        }
        await transaction.commit()
      } finally {
        await producer.disconnect()
      }
    }
    const errors: string[] = []
    for (;;) {
      try {
        await attempt(['a', 'b'])
        break
      } catch (error) {
        errors.push((error as { type?: string }).type ?? String(error))
        if (chaos.events.length >= 2) await chaos.stop()
      }
    }
    expect(errors.length).toBeGreaterThanOrEqual(2)
    const fenced = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']
    expect(errors.filter(error => !fenced.includes(error))).toEqual([])
    const committed = await broker.topic(topic).records({ isolation: 'read_committed' })
    expect(committed.map(({ value }) => value)).toEqual(['a', 'b'])
  })
})

describe('a scenario', () => {
  it('does the same for the same seed', async () => {
    const run = async (seed: number): Promise<string[]> => {
      await using broker = await startBroker({
        brokers: 3,
        topics: { orders: { partitions: 4, replicationFactor: 3 } },
      })
      const chaos = await broker.chaos('leader-flapping', { every: 1, seed })
      await expect.poll(() => chaos.events.length, { interval: 1 }).toBeGreaterThanOrEqual(8)
      await chaos.stop()
      return chaos.events.slice(0, 8).map(({ what }) => what)
    }
    expect(await run(7)).toEqual(await run(7))
    expect(await run(7)).not.toEqual(await run(8))
  })

  it('ends with the broker, and with what the broker knew', async () => {
    const broker = await startBroker({ brokers: 3 })
    const restarting = await broker.chaos('rolling-restart', { every: 1 })
    await expect.poll(() => restarting.events.length, { interval: 1 }).toBeGreaterThan(0)
    await broker.close()
    await restarting.stop()
    const { length } = restarting.events
    await new Promise(resolve => setImmediate(resolve))
    expect(restarting.events).toHaveLength(length)
  })

  it('is one that there is', async () => {
    await using broker = await startBroker()
    const wrong = 'rolling-restarts' as ScenarioName
    await expect(broker.chaos(wrong)).rejects.toThrow('did you mean rolling-restart?')
    await expect(broker.chaos('slow-disk', { every: 0 })).rejects.toThrow(InvalidInput)
    await expect(broker.chaos('slow-disk', { seed: -1 })).rejects.toThrow(InvalidInput)
    expect(Object.keys(scenarios)).toHaveLength(7)
  })

  it('is for development', async () => {
    await using broker = await startBroker({ config: { development: false } })
    await expect(broker.chaos('slow-disk')).rejects.toThrow('development=true')
  })
})
