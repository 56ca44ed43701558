/** A failed write takes one partition offline, not the broker; it comes back when it is told to. */
import { afterEach, describe, expect, it } from 'vitest'
import { errorName } from '../protocol/errors.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { openBroker, type Broker } from '../src/broker.ts'
import { systemClock } from '../src/clock.ts'
import { createConfig, type Setting } from '../src/config.ts'
import { silentLogger } from '../src/logger.ts'
import { systemRandom } from '../src/random.ts'
import { openFileLogStore } from '../storage/file/store.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import { DiskDirectory } from './doubles/faulty-disk.ts'
import { faultyFs, type Operation } from './doubles/faulty-fs.ts'
import { seededRandom } from './doubles/random.ts'
import { batchOf } from './handlers/batches.ts'
import { elect } from './handlers/reassignments.ts'
import { fetchFrom, produceTo } from './handlers/requests.ts'
import { latest, newTopic, type TestTopic } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

/** A broker on a disk of which one directory refuses what it is told to, with an error code. */
class Fixture {
  readonly #metadata = createMemoryMetadataStore()
  readonly #disk = new DiskDirectory()
  /** Of a path that has this in it, the operation fails. */
  fault: { operation: Operation; path: string; code: string } | undefined
  broker!: Broker
  client!: RawClient
  readonly messages: string[] = []

  async start(settings: readonly Setting[] = []): Promise<void> {
    const fs = faultyFs(this.#disk, {
      random: seededRandom(1),
      fail: (operation, path) =>
        this.fault?.operation === operation && path.includes(this.fault.path)
          ? this.fault.code
          : undefined,
    })
    const log = (message: string): void => void this.messages.push(message)
    const now = (): number => systemClock.now()
    const store = { fs, directory: '/topics', durability: 'disk', now, log } as const
    const listeners = { name: 'listeners', value: 'PLAINTEXT://127.0.0.1:0', origin: '' }
    this.broker = await openBroker({
      config: createConfig([listeners, ...settings]).config,
      // It outlives the brokers over it.
      metadata: { ...this.#metadata, close: () => Promise.resolve() },
      logs: await openFileLogStore(store),
      logger: silentLogger,
      clock: systemClock,
      random: systemRandom,
      keepsProcessAlive: false,
    })
    const [address] = this.broker.addresses
    this.client = await RawClient.connect(`${address!.host}:${address!.port}`)
  }

  async stop(): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.broker.close()
  }

  /** What Prometheus is told of it. */
  async metric(name: string): Promise<string[]> {
    const { host, port } = this.broker.httpAddress!
    const text = await (await fetch(`http://${host}:${port}/metrics`)).text()
    return text.split('\n').filter(line => line.startsWith(name))
  }

  async leaderOf({ name }: TestTopic): Promise<unknown> {
    const { topics } = await this.client.request(metadata, latest(metadata), { topics: [{ name }] })
    const [partition] = topics[0]!.partitions
    const { leaderId, leaderEpoch, offlineReplicas } = partition!
    return [errorName(partition!.errorCode), leaderId, leaderEpoch, offlineReplicas.join()]
  }
}

let fixture: Fixture

async function started(settings?: readonly Setting[]): Promise<Fixture> {
  fixture = new Fixture()
  await fixture.start(settings)
  return fixture
}

afterEach(() => fixture.stop())

const from = (baseSequence: number) => ({ producerId: 1, producerEpoch: 0, baseSequence })

/** One record is stored, the next one finds no space, and the third goes to another topic. */
async function filled(
  settings?: readonly Setting[],
): Promise<{ full: TestTopic; other: TestTopic }> {
  const { client } = await started(settings)
  const full = await newTopic(client, { name: 'full' })
  const other = await newTopic(client, { name: 'other' })
  expect((await produceTo(client, full, batchOf(['first'], from(0)))).error).toBe('NONE')
  fixture.fault = { operation: 'write', path: '/full-0', code: 'ENOSPC' }
  const refused = await produceTo(client, full, batchOf(['second'], from(1)))
  expect(refused.error).toBe('KAFKA_STORAGE_ERROR')
  return { full, other }
}

describe('when a disk is full', () => {
  it('the partition is offline, and the rest of the broker goes on', async () => {
    const { full, other } = await filled()
    const { client, broker } = fixture
    expect(await fixture.leaderOf(full)).toEqual(['LEADER_NOT_AVAILABLE', -1, 0, '0'])
    expect((await fetchFrom(client, full, {})).error).toBe('KAFKA_STORAGE_ERROR')
    const again = await produceTo(client, full, batchOf(['second'], from(1)))
    expect(again.error).toBe('KAFKA_STORAGE_ERROR')
    expect((await produceTo(client, other, batchOf(['third']))).error).toBe('NONE')
    expect((await fetchFrom(client, other, {})).error).toBe('NONE')
    expect(broker.services.topics.offline()).toEqual([
      { topic: 'full', partition: 0, reason: expect.stringContaining('ENOSPC') },
    ])
  })

  it('metrics tell of it', async () => {
    await filled([{ name: 'http.port', value: '0', origin: '' }])
    expect(await fixture.metric('odradek_offline_partitions')).toEqual([
      'odradek_offline_partitions 1',
    ])
    expect(await fixture.metric('odradek_partition_offline')).toEqual([
      'odradek_partition_offline{topic="full",partition="0"} 1',
      'odradek_partition_offline{topic="other",partition="0"} 0',
    ])
  })

  it('people are told where, how much is free, and what to do', async () => {
    await filled()
    const path = String.raw`/topics/full-0\.\S+/0+\.log`
    const text = `is offline .*ENOSPC: ${path}: 100\\.0 MB of 1000\\.0 MB are free there. Make room`
    await expect.poll(() => fixture.messages).toEqual([expect.stringMatching(text)])
  })

  it.each([
    ['preferred', 0, 'PREFERRED_LEADER_NOT_AVAILABLE'],
    ['unclean', 1, 'ELIGIBLE_LEADERS_NOT_AVAILABLE'],
  ])('a %s election brings it back, when there is space', async (_, electionType, refusal) => {
    const { full, other } = await filled()
    const { client } = fixture
    // Recovery writes the tail again.
    expect(await elect(client, full, { electionType })).toBe(refusal)
    expect(await fixture.leaderOf(full)).toEqual(['LEADER_NOT_AVAILABLE', -1, 0, '0'])

    fixture.fault = undefined
    expect(await elect(client, other, { electionType })).toBe('ELECTION_NOT_NEEDED')
    expect(await elect(client, full, { electionType })).toBe('NONE')
    expect(await fixture.leaderOf(full)).toEqual(['NONE', 0, 1, ''])
    expect(fixture.broker.services.topics.offline()).toEqual([])
    expect(await elect(client, full, { electionType })).toBe('ELECTION_NOT_NEEDED')

    // What was acknowledged is known, what was refused is not.
    const retries = [from(0), from(1), from(1)].map(fields => batchOf(['first'], fields))
    const answers = []
    for (const retry of retries) answers.push(await produceTo(client, full, retry))
    expect(answers.map(({ error, baseOffset }) => [error, baseOffset])).toEqual([
      ['NONE', 0],
      ['NONE', 1],
      ['NONE', 1],
    ])
    expect((await fetchFrom(client, full, {})).highWatermark).toBe(2)
  })

  it('a restart brings it back, when there is space', async () => {
    const { full } = await filled()
    await fixture.stop()
    await fixture.start()
    expect(fixture.broker.services.topics.offline()).toHaveLength(1)
    fixture.fault = undefined
    await fixture.stop()
    await fixture.start()
    expect(await fixture.leaderOf(full)).toEqual(['NONE', 0, 0, ''])
    const retry = await produceTo(fixture.client, full, batchOf(['first'], from(0)))
    expect(retry).toMatchObject({ error: 'NONE', baseOffset: 0 })
  })

  it('one that was offline since the start comes back by an election as well', async () => {
    const { full } = await filled()
    await fixture.stop()
    await fixture.start()
    fixture.fault = undefined
    expect(await elect(fixture.client, full)).toBe('NONE')
    const retry = await produceTo(fixture.client, full, batchOf(['first'], from(0)))
    expect(retry).toMatchObject({ error: 'NONE', baseOffset: 0 })
  })
})

describe('where the directory of a new log cannot be created', () => {
  it.each(['mkdir', 'open'] as const)('its first record finds that out (%s)', async operation => {
    const { client } = await started()
    fixture.fault = { operation, path: '/new-0', code: 'ENOSPC' }
    const topic = await newTopic(client, { name: 'new' })
    expect((await produceTo(client, topic, batchOf(['first']))).error).toBe('KAFKA_STORAGE_ERROR')
    expect(fixture.broker.services.topics.offline()).toHaveLength(1)
    fixture.fault = undefined
    expect(await elect(client, topic)).toBe('NONE')
    const again = await produceTo(client, topic, batchOf(['first']))
    expect(again).toMatchObject({ error: 'NONE', baseOffset: 0 })
  })
})
