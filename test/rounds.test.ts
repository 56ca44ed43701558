import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { startBroker } from '../src/index.ts'
import type { Partition } from '../src/partitions/partition.ts'
import { Rounds } from '../src/rounds.ts'
import type { Topic } from '../src/topics.ts'
import { StorageError } from '../storage/partition-log.ts'
import { ManualClock } from './doubles/manual-clock.ts'
import { batchOf } from './handlers/batches.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import { RawClient } from './raw-client.ts'

const intervalMs = 1000

/** Rounds over partitions that note when they are visited, and then do as told. */
function setUp(visits: readonly (() => Promise<void>)[]) {
  const clock = new ManualClock()
  const looked: number[] = []
  const partitions = visits.map((_, index) => ({ index })) as Partition[]
  const topic = { name: 'events', partitions } as unknown as Topic
  const logged: object[] = []
  const rounds = new Rounds({
    task: 'a task',
    topics: { all: () => [topic] },
    clock,
    logger: { error: (details: object) => void logged.push(details) },
    intervalMs: () => intervalMs,
    async visit({ index }) {
      looked.push(index)
      await visits[index]!()
    },
  })
  return { clock, looked, logged, rounds }
}

/** Time passes, and what it has set off runs as far as it can. */
async function passed(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms)
  await setImmediate()
}

describe('rounds', () => {
  const nothing = async (): Promise<void> => {}

  it('looks at each partition, again and again', async () => {
    const { clock, looked, rounds } = setUp([nothing, nothing])
    await passed(clock, intervalMs - 1)
    expect(looked).toEqual([])
    await passed(clock, 1)
    await passed(clock, intervalMs)
    expect(looked).toEqual([0, 1, 0, 1])
    await rounds.close()
    await passed(clock, 10 * intervalMs)
    expect(looked).toHaveLength(4)
  })

  it('gives way to others when there are many partitions, and ends in between', async () => {
    const { clock, looked, rounds } = setUp(Array.from({ length: 350 }, () => nothing))
    await passed(clock, intervalMs)
    expect(looked).toHaveLength(100)
    await passed(clock, 0)
    expect(looked).toHaveLength(200)
    await rounds.close()
    await passed(clock, 10 * intervalMs)
    expect(looked).toHaveLength(200)
  })

  it('goes on after a partition that is offline', async () => {
    const offline = (): Promise<never> => Promise.reject(new StorageError('offline'))
    const { clock, looked, rounds } = setUp([offline, nothing])
    await passed(clock, intervalMs)
    expect(looked).toEqual([0, 1])
    await rounds.close()
  })

  it('says which partition has a fault that nobody knows, and goes on', async () => {
    const err = new Error('a fault')
    const { clock, looked, logged, rounds } = setUp([() => Promise.reject(err), nothing])
    await passed(clock, intervalMs)
    await passed(clock, intervalMs)
    expect(looked).toEqual([0, 1, 0, 1])
    expect(logged[0]).toEqual({ err, topic: 'events', partition: 0 })
    await rounds.close()
  })

  it('is finished with what it does before it closes', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { clock, looked, rounds } = setUp([() => promise, nothing])
    await passed(clock, intervalMs)
    let closed = false
    const closing = rounds.close().then(() => (closed = true))
    await Promise.resolve()
    expect(closed).toBe(false)
    resolve()
    await closing
    expect(looked).toEqual([0])
  })
})

describe('a broker with short retention', () => {
  const resources = new AsyncDisposableStack()
  afterEach(() => resources.disposeAsync())

  it('forgets old records, and tells readers where it begins now', async () => {
    const config = { 'log.retention.check.interval.ms': 5 }
    const broker = resources.use(await startBroker({ config }))
    const client = resources.use(await RawClient.connect(broker.bootstrapServers))
    const topics = ['kept', 'forgotten'].map((name, i) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [{ name: 'retention.ms', value: i === 0 ? '-1' : '1000' }],
    }))
    const created = await client.request(createTopics, 7, { topics })
    const [kept, forgotten] = created.topics.map(({ name, topicId }) => ({ name, id: topicId }))
    // The records in here are of 1970.
    for (const topic of [kept!, forgotten!]) await produceTo(client, topic, batchOf(['old']))
    let start = 0
    while (start === 0) {
      const { logStartOffset } = await fetchFrom(client, forgotten!, { fetchOffset: 1 })
      start = logStartOffset
    }
    expect(start).toBe(1)
    expect((await fetchFrom(client, forgotten!)).error).toBe('OFFSET_OUT_OF_RANGE')
    expect((await fetchFrom(client, kept!)).records).toHaveLength(1)
  })
})
