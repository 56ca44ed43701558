/** Who may write and read records, by ACLs; on Apache Kafka the same. */
import { describe, expect, it } from 'vitest'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { produce } from '../../protocol/apis/00-produce.ts'
import type { Input } from '../../protocol/schema.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchRequest, produceRequest, produceTo } from '../handlers/requests.ts'
import { TestProducer } from '../handlers/transactional-producer.ts'
import {
  closedOrAnswered,
  latest,
  named,
  newTopic,
  uniqueName,
  versionsOf,
  type TestTopic,
} from '../handlers/wire.ts'
import { requestFrame } from '../raw-client.ts'
import { errorsIn, useGuardedBroker } from './guarded-broker.ts'

const broker = useGuardedBroker()
const unknownId = 'AAAAAAAAAAAAAAAAAAAADQ'
const denied = 'TOPIC_AUTHORIZATION_FAILED'

const missing = (): TestTopic => ({ name: uniqueName(), id: unknownId })

/** How many records a topic has. */
async function endOf(topic: TestTopic): Promise<number> {
  const answer = await broker.root.request(fetch, latest(fetch), fetchRequest(topic, [{}]))
  return answer.responses[0]!.partitions[0]!.highWatermark
}

describe('Produce', () => {
  async function write(topics: readonly TestTopic[], version: number, acks = -1) {
    const topicData = topics.map(({ name, id }) => {
      return { name, topicId: id, partitionData: [{ index: 0, records: batchOf(['x']) }] }
    })
    const request = { acks, timeoutMs: 30_000, topicData }
    const { responses } = await broker.alice.request(produce, version, request)
    const answers = new Map(
      responses.map(({ name, topicId, partitionResponses: [told] }) => [
        version >= 13 ? topicId : name,
        named(told!).error,
      ]),
    )
    return topics.map(({ name, id }) => answers.get(version >= 13 ? id : name))
  }

  it.each(versionsOf(produce))('v%i writes to what may be written to', async version => {
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    await broker.allow(`write topic ${mine.name}`)
    const unknown = version >= 13 ? 'UNKNOWN_TOPIC_ID' : denied
    expect(await write([other, mine, missing()], version)).toEqual([denied, 'NONE', unknown])
    expect([await endOf(mine), await endOf(other)]).toEqual([1, 0])
  })

  it('tells of wrong acks only where it would write', async () => {
    const [mine, other] = [await newTopic(broker.root), await newTopic(broker.root)]
    await broker.allow(`write topic ${mine.name}`)
    expect(await write([mine, other], 12, 2)).toEqual(['INVALID_REQUIRED_ACKS', denied])
  })

  it('denies internal topics before it says that they are', async () => {
    const internal = { name: '__consumer_offsets', id: unknownId }
    expect(await write([internal], 12)).toEqual([denied])
  })

  it('closes the connection of who is denied and awaits no answer', async () => {
    const topic = await newTopic(broker.root)
    await broker.allow(`read topic ${topic.name}`)
    const data = [{ index: 0, records: batchOf(['x']) }]
    const frame = requestFrame(produce, 12, produceRequest(topic, data, { acks: 0 }), 1)
    await using client = await broker.connect()
    expect(await closedOrAnswered(client, frame)).toBe('closed')
    expect(await endOf(topic)).toBe(0)
  })

  describe('of transactions', () => {
    async function begin(topic: TestTopic): Promise<{ producer: TestProducer; batch: Buffer }> {
      const producer = await TestProducer.create(broker.root)
      await producer.addPartition(topic)
      const { producerId, producerEpoch } = producer
      const fields = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
      return { producer, batch: batchOf(['x'], fields) }
    }

    it('asks for what the batches are, whatever the request says (CVE-2018-17196)', async () => {
      const topic = await newTopic(broker.root)
      const { producer, batch } = await begin(topic)
      const { transactionalId } = producer
      await broker.allow(`write topic ${topic.name}`)
      const refused = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
      const forms = [{ transactionalId: null }, { transactionalId }]
      for (const form of forms) {
        const options = { version: 11, ...form }
        expect(await produceTo(broker.alice, topic, batch, options)).toMatchObject({
          error: refused,
          baseOffset: -1,
        })
      }
      await broker.allow(`describe transactionalId ${transactionalId}`)
      const options = { version: 11, transactionalId }
      expect((await produceTo(broker.alice, topic, batch, options)).error).toBe(refused)
      expect(await endOf(topic)).toBe(0)
      await broker.allow(`write transactionalId ${transactionalId}`)
      expect((await produceTo(broker.alice, topic, batch, options)).error).toBe('NONE')
      expect(await endOf(topic)).toBe(1)
    })

    it('refuses all for one that is, and none where none is', async () => {
      const [one, two] = [await newTopic(broker.root), await newTopic(broker.root)]
      const { producer, batch } = await begin(one)
      const { transactionalId } = producer
      await broker.allow('write topic *')
      const topicData = [one, two].map(({ name, id }, i) => {
        const records = i === 0 ? batch : batchOf(['plain'])
        return { name, topicId: id, partitionData: [{ index: 0, records }] }
      })
      const request = { acks: -1, timeoutMs: 30_000, transactionalId, topicData }
      const answer = await broker.alice.request(produce, 11, request)
      expect(errorsIn(answer)).toEqual([
        'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
        'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      ])
      const plain = { ...request, topicData: topicData.slice(1) }
      expect(errorsIn(await broker.alice.request(produce, 11, plain))).toEqual([])
    })
  })
})

describe('Fetch', () => {
  async function read(
    topics: readonly TestTopic[],
    fields: Partial<Input<typeof fetch.request>> = {},
    version = latest(fetch),
  ) {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
    const request = {
      maxWaitMs: 0,
      minBytes: 1,
      isolationLevel: 0,
      topics: topics.map(({ name, id }) => ({ topic: name, topicId: id, partitions })),
      forgottenTopicsData: [],
      ...fields,
    }
    const { sessionId, responses } = await broker.alice.request(fetch, version, request)
    const answers = new Map(
      responses.map(({ topic, topicId, partitions: [told] }) => [
        version >= 13 ? topicId : topic,
        named(told!),
      ]),
    )
    const told = topics.map(({ name, id }) => answers.get(version >= 13 ? id : name))
    return { sessionId, told, errors: told.map(answer => answer?.error) }
  }

  async function filled(): Promise<TestTopic> {
    const topic = await newTopic(broker.root)
    await produceTo(broker.root, topic, batchOf(['a secret']))
    return topic
  }

  it.each(versionsOf(fetch))('v%i reads what may be read', async version => {
    const [mine, other] = [await filled(), await filled()]
    await broker.allow(`read topic ${mine.name}`)
    const { told, errors } = await read([other, mine, missing()], {}, version)
    const unknown = version >= 13 ? 'UNKNOWN_TOPIC_ID' : denied
    expect(errors).toEqual([denied, 'NONE', unknown])
    expect(told[0]).toMatchObject({ highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 })
    expect(Buffer.concat(told[0]!.records!)).toHaveLength(0)
    expect(Buffer.concat(told[1]!.records!).includes('a secret')).toBe(true)
  })

  it('asks who poses as a broker for that, of all topics (CVE-2018-1288)', async () => {
    const topic = await filled()
    await broker.allow('read topic *', 'describe cluster kafka-cluster')
    const asked = [topic, missing()]
    const { errors, told } = await read(asked, { replicaId: 1 }, 12)
    expect(errors).toEqual([denied, denied])
    expect(Buffer.concat(told[0]!.records!)).toHaveLength(0)
    await broker.allow('clusterAction cluster kafka-cluster')
    expect((await read(asked, { replicaId: 1 }, 12)).errors).not.toContain(denied)
  })

  it('asks again for each request of a session', async () => {
    const [one, two] = [await filled(), await filled()]
    await broker.allow(`read topic ${one.name}`)
    const first = await read([one, two], { sessionId: 0, sessionEpoch: 0 })
    expect(first.errors).toEqual(['NONE', denied])
    const { sessionId } = first
    expect(sessionId).toBeGreaterThan(0)
    const next = async (sessionEpoch: number) => {
      const request = { sessionId, sessionEpoch, topics: [] }
      const answer = await broker.alice.request(fetch, latest(fetch), {
        ...fetchRequest(one, []),
        ...request,
      })
      return [one, two].map(({ id }) => {
        const told = answer.responses.find(({ topicId }) => topicId === id)?.partitions[0]
        return told && named(told).error
      })
    }
    expect(await next(1)).toEqual(['NONE', denied])
    await broker.allow(`read topic ${two.name}`)
    expect(await next(2)).toEqual(['NONE', 'NONE'])
    await broker.deny(`read topic ${one.name}`)
    expect(await next(3)).toEqual([denied, 'NONE'])
  })

  it('waits for records where it may, whatever else is denied', async () => {
    const [mine, other] = [await newTopic(broker.root), await filled()]
    await broker.allow(`read topic ${mine.name}`)
    const fetching = read([other, mine], { maxWaitMs: 30_000 })
    await produceTo(broker.root, mine, batchOf(['late']))
    const { errors, told } = await fetching
    expect(errors).toEqual([denied, 'NONE'])
    expect(Buffer.concat(told[1]!.records!).includes('late')).toBe(true)
  })

  it('does not wait where nothing may be read', async () => {
    const { errors } = await read([await filled()], { maxWaitMs: 2_147_483_647 })
    expect(errors).toEqual([denied])
  })
})
