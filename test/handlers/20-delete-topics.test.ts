import { describe, expect, it } from 'vitest'
import { listOffsets } from '../../protocol/apis/02-list-offsets.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { batchOf } from './batches.ts'
import { fetchFrom, produceTo } from './requests.ts'
import {
  latest,
  named,
  onKafka,
  partitionsOf,
  settle,
  uniqueName,
  useBroker,
  versionsOf,
  type TestTopic,
} from './wire.ts'

const wire = useBroker()
const unknownId = 'AAAAAAAAAAAAAAAAAAAAAQ'

type Wanted = NonNullable<Input<typeof deleteTopics.request>['topics']>[number]
type Answer = Infer<typeof deleteTopics.response>['responses'][number]

const byName = ({ name }: TestTopic): Wanted => ({ name, topicId: zeroUuid })
const byId = ({ id }: TestTopic): Wanted => ({ name: null, topicId: id })

/** By name in versions that know no ids. */
async function remove(version: number, ...topics: Wanted[]): Promise<Answer[]> {
  const { responses } = await wire.client.request(deleteTopics, version, {
    topics,
    topicNames: topics.map(({ name }) => name ?? ''),
    timeoutMs: 30_000,
  })
  for (const { name, errorCode } of responses) {
    if (errorCode === 0) await settle(async () => !(await exists({ name: name!, id: '' })))
  }
  return responses
}

const exists = async ({ name }: TestTopic): Promise<boolean> =>
  (await partitionsOf(wire.client, name)) !== undefined

const summary = ({ name, topicId, errorCode }: Answer): string =>
  [name, topicId, errorName(errorCode)].join(' ')

describe('DeleteTopics', () => {
  it.each(versionsOf(deleteTopics))('v%i by name', async version => {
    const [topic, other] = [await wire.newTopic(), await wire.newTopic()]
    expect(await remove(version, byName(topic))).toEqual([
      {
        name: topic.name,
        topicId: version < 6 ? zeroUuid : topic.id,
        errorCode: 0,
        errorMessage: null,
      },
    ])
    expect(await exists(topic)).toBe(false)
    expect(await exists(other)).toBe(true)
  })

  it.each(versionsOf(deleteTopics))('v%i of several, one of which is not there', async version => {
    const [first, second] = [await wire.newTopic(), await wire.newTopic()]
    const missing = { name: uniqueName(), id: zeroUuid }
    const answers = await remove(version, ...[first, missing, second].map(byName))
    const message = version < 5 ? null : expect.any(String)
    expect(new Map(answers.map(answer => [answer.name, answer]))).toMatchObject(
      new Map([
        [first.name, expect.objectContaining({ errorCode: 0, errorMessage: null })],
        [missing.name, expect.objectContaining({ errorCode: 3, errorMessage: message })],
        [second.name, expect.objectContaining({ errorCode: 0, errorMessage: null })],
      ]),
    )
  })

  it('by id (KIP-516)', async () => {
    const topic = await wire.newTopic()
    expect((await remove(6, byId(topic))).map(summary)).toEqual([`${topic.name} ${topic.id} NONE`])
    expect(await exists(topic)).toBe(false)
    expect((await remove(6, byId(topic))).map(summary)).toEqual([` ${topic.id} UNKNOWN_TOPIC_ID`])
  })

  it('of nothing is nothing', async () => {
    for (const version of versionsOf(deleteTopics)) expect(await remove(version)).toEqual([])
  })
})

describe('DeleteTopics refuses (Kafka: ControllerApis.deleteTopics)', () => {
  it.each([
    ['unknown name', () => ({ name: 'nobody-has-this-name' }), 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['illegal name', () => ({ name: 'a/b' }), 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['unknown id', () => ({ name: null, topicId: unknownId }), 'UNKNOWN_TOPIC_ID'],
    ['neither name nor id', () => ({ name: null }), 'INVALID_REQUEST'],
    ['name and id', ({ name, id }: TestTopic) => ({ name, topicId: id }), 'INVALID_REQUEST'],
  ])('%s, and nothing else', async (_, wanted, error) => {
    const [topic, other] = [await wire.newTopic(), await wire.newTopic()]
    const refused: Wanted = { topicId: zeroUuid, ...wanted(topic) }
    const answers = await remove(6, refused, byName(other))
    expect(answers.map(summary).toSorted()).toEqual(
      [
        `${refused.name ?? ''} ${refused.topicId} ${error}`,
        `${other.name} ${other.id} NONE`,
      ].toSorted(),
    )
    expect(await exists(topic)).toBe(true)
    expect(await exists(other)).toBe(false)
  })

  const id = ({ id: topicId }: TestTopic): string => ` ${topicId} INVALID_REQUEST`
  const name = (topic: TestTopic): string => `${topic.name} ${zeroUuid} INVALID_REQUEST`
  const both = (topic: TestTopic): string => `${topic.name} ${topic.id} INVALID_REQUEST`
  it.each([
    ['by name', [byName, byName], name],
    ['by id', [byId, byId], id],
    ['by both', [byName, byId], both],
    ['by both, the other way round', [byId, byName], both],
  ])('a topic that is named twice: %s', async (_, ways, expected) => {
    const topic = await wire.newTopic()
    const answers = await remove(6, ...ways.map(way => way(topic)))
    expect(answers.map(summary)).toEqual([expected(topic)])
    expect(await exists(topic)).toBe(true)
  })

  it('a name that is there twice, but not the same topic by its id', async () => {
    const topic = await wire.newTopic()
    const answers = await remove(6, byName(topic), byName(topic), byId(topic))
    expect(answers.map(summary).toSorted()).toEqual(
      [name(topic), `${topic.name} ${topic.id} NONE`].toSorted(),
    )
    expect(await exists(topic)).toBe(false)
  })

  it('an id that is there twice, and the same topic by its name', async () => {
    const topic = await wire.newTopic()
    const answers = await remove(6, byId(topic), byId(topic), byName(topic))
    expect(answers.map(summary).toSorted()).toEqual([id(topic), both(topic)].toSorted())
    expect(await exists(topic)).toBe(true)
  })

  it('topics that are neither, each for itself', async () => {
    const neither = { name: null, topicId: zeroUuid }
    const answers = await remove(6, neither, neither)
    expect(answers.map(summary)).toEqual(
      [neither, neither].map(({ topicId }) => ` ${topicId} INVALID_REQUEST`),
    )
  })

  it.each([
    ['name', { name: 'nobody-has-this-name', topicId: zeroUuid }],
    ['id', { name: null, topicId: unknownId }],
  ])('an unknown %s that is there twice', async (_, wanted) => {
    const answers = await remove(6, wanted, wanted)
    expect(answers.map(answer => named(answer).error)).toEqual(['INVALID_REQUEST'])
  })

  it.each([0, -1])('everything that has %i ms of time', async timeoutMs => {
    const topic = await wire.newTopic()
    for (const version of versionsOf(deleteTopics)) {
      const { responses } = await wire.client.request(deleteTopics, version, {
        topics: [byName(topic)],
        topicNames: [topic.name],
        timeoutMs,
      })
      expect(responses.map(named)).toMatchObject([{ error: 'REQUEST_TIMED_OUT' }])
    }
    expect(await exists(topic)).toBe(true)
  })

  it.each(versionsOf(deleteTopics, { until: 5 }))('v%i a name twice', async version => {
    const topic = await wire.newTopic()
    const answers = await remove(version, byName(topic), byName(topic))
    expect(answers.map(named)).toMatchObject([{ name: topic.name, error: 'INVALID_REQUEST' }])
    expect(await exists(topic)).toBe(true)
  })
})

describe('a deleted topic', () => {
  it('is gone for every request', async () => {
    const topic = await wire.newTopic()
    const batch = batchOf(['one'])
    await produceTo(wire.client, topic, batch)
    await remove(6, byName(topic))
    expect((await produceTo(wire.client, topic, batch)).error).toBe('UNKNOWN_TOPIC_ID')
    expect((await fetchFrom(wire.client, topic)).error).toBe('UNKNOWN_TOPIC_ID')
    const byNameVersion = { version: 12 }
    const error = 'UNKNOWN_TOPIC_OR_PARTITION'
    expect((await produceTo(wire.client, topic, batch, byNameVersion)).error).toBe(error)
    expect((await fetchFrom(wire.client, topic, {}, byNameVersion)).error).toBe(error)
  })

  it('leaves nothing to one with its name (KIP-516)', async () => {
    const topic = await wire.newTopic()
    await produceTo(wire.client, topic, batchOf(['old', 'older']))
    await remove(6, byName(topic))
    const successor = await wire.newTopic({ name: topic.name })
    expect(successor.id).not.toBe(topic.id)
    const { highWatermark, logStartOffset } = await fetchFrom(wire.client, successor)
    expect({ highWatermark, logStartOffset }).toEqual({ highWatermark: 0, logStartOffset: 0 })
    expect((await fetchFrom(wire.client, topic)).error).toBe('UNKNOWN_TOPIC_ID')
    const { topics } = await wire.client.request(listOffsets, latest(listOffsets), {
      replicaId: -1,
      topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    })
    expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, offset: 0 })
  })
})

describe.skipIf(onKafka)('delete.topic.enable=false (skipped on Apache Kafka: has its own)', () => {
  const keeper = useBroker({ 'delete.topic.enable': false })

  it('deletes nothing', async () => {
    const topic = await keeper.newTopic()
    for (const version of versionsOf(deleteTopics)) {
      const { responses } = await keeper.client.request(deleteTopics, version, {
        topics: [byName(topic)],
        topicNames: [topic.name],
        timeoutMs: 1000,
      })
      const error = version < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
      expect(responses.map(named)).toMatchObject([{ error }])
    }
    expect((await fetchFrom(keeper.client, topic)).error).toBe('NONE')
  })
})
