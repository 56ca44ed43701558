import { describe, expect, it } from 'vitest'
import { errorName, KafkaError } from '../protocol/errors.ts'
import { createConfig } from '../src/config.ts'
import { silentLogger } from '../src/logger.ts'
import { systemRandom } from '../src/random.ts'
import { Reassignments } from '../src/reassignments.ts'
import { Topics, type Topic } from '../src/topics.ts'
import { createMemoryLogStore } from '../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import { offlineLog } from '../storage/offline-log.ts'
import { StorageError, type LogStore } from '../storage/partition-log.ts'
import { ManualClock } from './doubles/manual-clock.ts'

const durationMs = 500

async function open(logs: LogStore = createMemoryLogStore(() => 0)) {
  const clock = new ManualClock()
  const cluster = { nodeIds: [0, 1, 2], liveIds: [0, 1, 2] }
  const topics = new Topics({
    config: createConfig([]).config,
    cluster,
    metadata: createMemoryMetadataStore(),
    logs,
    clock,
    random: systemRandom,
    logger: silentLogger,
    onDelete: () => [],
  })
  const reassignments = new Reassignments({
    topics,
    cluster,
    config: { reassignmentDurationMs: durationMs },
    clock,
    logger: silentLogger,
  })
  const topic = await topics.create({ name: 'orders', replicas: [[0], [0]], overrides: {} })
  const alter = async (index: number, replicas: number[] | null): Promise<string> => {
    const options = { mayChangeFactor: true }
    const [result] = await reassignments.alter(topic, [{ index, replicas }], options)
    return result!.error instanceof KafkaError ? errorName(result!.error.code) : 'NONE'
  }
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms)
    // A change that asks for nothing has its turn after those that are under way.
    await topics.update(topic, row => row)
  }
  return { clock, topics, reassignments, topic, alter, advance }
}

const replicasOf = (topic: Topic): string[] =>
  topic.partitions.map(({ row: { replicas } }) => replicas.join())

describe('reassignments', () => {
  it('complete when their time is over, and not before', async () => {
    const { topic, alter, advance } = await open()
    await alter(0, [1])
    await advance(durationMs - 1)
    expect(replicasOf(topic)).toEqual(['1,0', '0'])
    await advance(1)
    expect(replicasOf(topic)).toEqual(['1', '0'])
  })

  it('have all their time again when they are turned elsewhere', async () => {
    const { topic, alter, advance } = await open()
    await alter(0, [1])
    await advance(durationMs - 1)
    await alter(0, [2])
    await alter(1, [2])
    await advance(durationMs - 1)
    expect(replicasOf(topic)).toEqual(['2,0,1', '2,0'])
    await advance(1)
    expect(replicasOf(topic)).toEqual(['2', '2'])
  })

  it('of a topic that is deleted meanwhile come to nothing', async () => {
    const { clock, topics, topic, alter } = await open()
    await alter(0, [1])
    await topics.delete(topic)
    clock.advance(durationMs)
    expect(topics.all()).toEqual([])
    expect(await alter(0, [2])).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('leave no timer behind', async () => {
    const { clock, reassignments, alter } = await open()
    await alter(0, [1])
    expect(clock.pending).toBe(1)
    await reassignments.close()
    expect(clock.pending).toBe(0)
  })

  it('are refused for a partition that is offline', async () => {
    const logs = createMemoryLogStore(() => 0)
    const { topic, alter } = await open({
      ...logs,
      open: (id, config) =>
        id.partition === 0
          ? Promise.resolve({
              log: offlineLog(new StorageError('damaged')),
              truncated: false,
              checkedBytes: 0,
            })
          : logs.open(id, config),
    })
    expect([await alter(0, [1]), await alter(1, [1])]).toEqual(['KAFKA_STORAGE_ERROR', 'NONE'])
    expect(replicasOf(topic)).toEqual(['0', '1,0'])
  })
})
