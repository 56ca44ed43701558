/** Another state behind the connections that there are. */
import { describe, expect, it } from 'vitest'
import { fetch } from '../protocol/apis/01-fetch.ts'
import { metadata } from '../protocol/apis/03-metadata.ts'
import { joinGroup } from '../protocol/apis/11-join-group.ts'
import { heartbeat } from '../protocol/apis/12-heartbeat.ts'
import { syncGroup } from '../protocol/apis/14-sync-group.ts'
import { createTopics } from '../protocol/apis/19-create-topics.ts'
import { errorName } from '../protocol/errors.ts'
import { createMemoryLogStore } from '../storage/memory/log.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type { Storage } from '../src/state.ts'
import { addScramUser, authenticate, handshaken } from './auth/sasl/broker.ts'
import { ScramClient } from './auth/sasl/scram-client.ts'
import { batchOf } from './handlers/batches.ts'
import { joinRequest } from './handlers/group-member.ts'
import { MemoryStorage } from './handlers/memory-storage.ts'
import { fetchRequest, produceTo } from './handlers/requests.ts'
import { latest } from './handlers/wire.ts'
import { RawClient } from './raw-client.ts'

const empty = (): Storage => ({
  metadata: createMemoryMetadataStore(),
  logs: createMemoryLogStore(() => Date.now()),
})

/** Longer than any test may take. */
const long = 600_000

async function start(configs: Readonly<Record<string, string | number>> = {}) {
  const broker = await new MemoryStorage().start({ development: true, ...configs })
  const [plain, sasl] = broker.bootstrapServers.split(',')
  const client = await RawClient.connect(plain!)
  return {
    ...broker,
    plain: plain!,
    sasl: sasl!,
    client,
    async createTopic(name: string) {
      const { topics } = await client.request(createTopics, latest(createTopics), {
        topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
        timeoutMs: 1000,
        validateOnly: false,
      })
      return { name, id: topics[0]!.topicId }
    },
    async topicNames() {
      const { topics } = await client.request(metadata, 9, { topics: null })
      return topics.map(({ name }) => name)
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]()
      await broker.close()
    },
  }
}

describe('after the state was replaced', () => {
  it('connections stay, and find nothing of what there was', async () => {
    await using broker = await start()
    await broker.createTopic('old')
    await broker.replace(empty)
    expect(await broker.topicNames()).toEqual([])
    const topic = await broker.createTopic('old')
    expect(await produceTo(broker.client, topic, batchOf(['x']))).toMatchObject({ error: 'NONE' })
  })

  it('who waits for records is told at once that the topic is gone', async () => {
    await using broker = await start()
    await using reader = await RawClient.connect(broker.plain)
    const old = await broker.createTopic('old')
    const request = fetchRequest(old, [{}], { maxWaitMs: long })
    const waiting = reader.request(fetch, latest(fetch), request)
    await broker.topicNames()
    await broker.replace(empty)
    const { responses } = await waiting
    const errors = responses[0]!.partitions.map(({ errorCode }) => errorName(errorCode))
    expect(errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
    await broker.createTopic('old')
    const late = await reader.request(fetch, latest(fetch), { ...request, maxWaitMs: 0 })
    expect(errorName(late.responses[0]!.partitions[0]!.errorCode)).toBe('UNKNOWN_TOPIC_ID')
  })

  it('members of groups are unknown, those too that wait for others', async () => {
    await using broker = await start()
    const { client } = broker
    const { memberId } = await client.request(joinGroup, 3, joinRequest())
    const member = { groupId: 'g', memberId, generationId: 1 }
    await client.request(syncGroup, 0, { ...member, assignments: [] })
    await using other = await RawClient.connect(broker.plain)
    const joining = other.request(joinGroup, 3, joinRequest())
    await broker.topicNames()
    await broker.replace(empty)
    expect(errorName((await joining).errorCode)).toBe('NOT_COORDINATOR')
    const { errorCode } = await client.request(heartbeat, 0, member)
    expect(errorName(errorCode)).toBe('UNKNOWN_MEMBER_ID')
  })

  it('requests that came in between are answered by the new one', async () => {
    await using broker = await start()
    await broker.createTopic('old')
    const opening = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const replaced = broker.replace(async () => {
      begun.resolve()
      await opening.promise
      return empty()
    })
    await begun.promise
    const names = broker.topicNames()
    opening.resolve()
    await replaced
    expect(await names).toEqual([])
  })

  it('several follow one another in the order of the calls', async () => {
    await using broker = await start()
    const order: number[] = []
    const replaceBy = (number: number): Promise<void> =>
      broker.replace(() => {
        order.push(number)
        return empty()
      })
    await Promise.all([replaceBy(1), replaceBy(2), replaceBy(3)])
    expect(order).toEqual([1, 2, 3])
  })

  it('who has authenticated is disconnected, and unknown', async () => {
    await using broker = await start({
      listeners: 'PLAINTEXT://127.0.0.1:0,SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
      'connection.failed.authentication.delay.ms': 0,
    })
    await addScramUser(broker.plain, { name: 'alice', password: 'secret' })
    const authenticated = async () => {
      const client = await handshaken(broker.sasl, 'SCRAM-SHA-256')
      const scram = new ScramClient({ user: 'alice', password: 'secret' })
      const { authBytes } = await authenticate(client, scram.first)
      const { errorCode } = await authenticate(client, scram.final(authBytes))
      return { client, error: errorName(errorCode) }
    }
    const before = await authenticated()
    expect(before.error).toBe('NONE')
    await broker.replace(empty)
    await before.client.closed
    expect((await authenticated()).error).toBe('SASL_AUTHENTICATION_FAILED')
  })
})

it('a broker whose next state cannot be opened is closed', async () => {
  await using broker = await start()
  const failing = (): never => {
    throw new Error('no disk')
  }
  await expect(broker.replace(failing)).rejects.toThrow('no disk')
  await broker.client.closed
})
