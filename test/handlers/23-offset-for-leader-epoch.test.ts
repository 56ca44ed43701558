import { describe, expect, it } from 'vitest'
import { deleteRecords } from '../../protocol/apis/21-delete-records.ts'
import { offsetForLeaderEpoch } from '../../protocol/apis/23-offset-for-leader-epoch.ts'
import type { RawClient } from '../raw-client.ts'
import { batchOf } from './batches.ts'
import { produceTo } from './requests.ts'
import { useThreeBrokers } from './three-brokers.ts'
import { named, onKafka, useBroker, versionsOf, type TestTopic } from './wire.ts'

type Epochs = readonly (readonly [topic: string, ...partitions: Wanted[]])[]
type Wanted = readonly [partition: number, leaderEpoch: number, currentLeaderEpoch?: number]

/** Answers as 'topic partition error leaderEpoch endOffset'. */
async function ends(client: RawClient, wanted: Epochs, { version = 4, replicaId = -1 } = {}) {
  const { topics } = await client.request(offsetForLeaderEpoch, version, {
    replicaId,
    topics: wanted.map(([topic, ...partitions]) => ({
      topic,
      partitions: partitions.map(([partition, leaderEpoch, currentLeaderEpoch = -1]) => {
        return { partition, leaderEpoch, currentLeaderEpoch }
      }),
    })),
  })
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(answer => {
      const { partition, error, leaderEpoch, endOffset } = named(answer)
      return `${topic} ${partition} ${error} ${leaderEpoch} ${endOffset}`
    }),
  )
}

const records = batchOf(['one', 'two', 'three'])

describe('OffsetForLeaderEpoch', () => {
  const wire = useBroker()

  async function filledTopic(): Promise<TestTopic> {
    const topic = await wire.newTopic({ partitions: 2 })
    await produceTo(wire.client, topic, records)
    return topic
  }

  it.each(versionsOf(offsetForLeaderEpoch))('v%i', async version => {
    const { name } = await filledTopic()
    const epoch = version < 1 ? -1 : 0
    expect(await ends(wire.client, [[name, [0, 0], [1, 0]]], { version })).toEqual([
      `${name} 0 NONE ${epoch} 3`,
      `${name} 1 NONE ${epoch} 0`,
    ])
  })

  it.each([
    ['is still to come', 1, '-1 -1'],
    ['is undefined', -1, '-1 -1'],
    ['came before the first one', -2, '-2 0'],
  ])('of an epoch that %s (Kafka: LeaderEpochFileCache.endOffsetFor)', async (_, epoch, end) => {
    const { name } = await filledTopic()
    expect(await ends(wire.client, [[name, [0, epoch]]])).toEqual([`${name} 0 NONE ${end}`])
  })

  it('begins no earlier than the log does', async () => {
    const { name } = await filledTopic()
    await wire.client.request(deleteRecords, 2, {
      topics: [{ name, partitions: [{ partitionIndex: 0, offset: 2 }] }],
      timeoutMs: 30_000,
    })
    expect(await ends(wire.client, [[name, [0, -2], [0, 0]]])).toEqual([
      `${name} 0 NONE -2 2`,
      `${name} 0 NONE 0 3`,
    ])
  })

  it.each([
    [0, 'NONE 0 3'],
    [1, 'UNKNOWN_LEADER_EPOCH -1 -1'],
    [2 ** 31 - 1, 'UNKNOWN_LEADER_EPOCH -1 -1'],
    [-1, 'NONE 0 3'],
  ])('of a client that believes in epoch %i (KIP-320)', async (current, answer) => {
    const { name } = await filledTopic()
    for (const version of versionsOf(offsetForLeaderEpoch, { since: 2 })) {
      expect(await ends(wire.client, [[name, [0, 0, current]]], { version })).toEqual([
        `${name} 0 ${answer}`,
      ])
    }
  })

  it('of unknown topics and partitions, beside others', async () => {
    const { name } = await filledTopic()
    const wanted: Epochs = [
      ['nobody-has-this-name', [0, 0]],
      [name, [0, 0], [9, 0], [-1, 0]],
      ['a/b', [0, 0]],
    ]
    expect((await ends(wire.client, wanted)).toSorted()).toEqual(
      [
        'nobody-has-this-name 0 UNKNOWN_TOPIC_OR_PARTITION -1 -1',
        `${name} 0 NONE 0 3`,
        `${name} 9 UNKNOWN_TOPIC_OR_PARTITION -1 -1`,
        `${name} -1 UNKNOWN_TOPIC_OR_PARTITION -1 -1`,
        'a/b 0 UNKNOWN_TOPIC_OR_PARTITION -1 -1',
      ].toSorted(),
    )
  })

  it('answers as often as it is asked', async () => {
    const { name } = await filledTopic()
    const answer = `${name} 0 NONE 0 3`
    expect(
      await ends(wire.client, [
        [name, [0, 0], [0, 0]],
        [name, [0, 0]],
      ]),
    ).toEqual([answer, answer, answer])
    expect(await ends(wire.client, [])).toEqual([])
  })

  it.each([-2, -3, 0, 1, 77])('does not care for replica id %i', async replicaId => {
    const { name } = await filledTopic()
    for (const version of versionsOf(offsetForLeaderEpoch, { since: 3 })) {
      expect(await ends(wire.client, [[name, [0, 0]]], { version, replicaId })).toEqual([
        `${name} 0 NONE 0 3`,
      ])
    }
  })
})

describe.skipIf(onKafka)('OffsetForLeaderEpoch on three brokers (skipped on Apache Kafka)', () => {
  const brokers = useThreeBrokers()

  it('is for the leader', async () => {
    const topic = await brokers.newTopic([[6, 5]])
    await produceTo(brokers.clientOf(6), topic, records)
    for (const [id, answer] of [
      [5, 'NOT_LEADER_OR_FOLLOWER -1 -1'],
      [7, 'NOT_LEADER_OR_FOLLOWER -1 -1'],
      [6, 'NONE 0 3'],
    ] as const) {
      expect(await ends(brokers.clientOf(id), [[topic.name, [0, 0]]])).toEqual([
        `${topic.name} 0 ${answer}`,
      ])
    }
    expect(await ends(brokers.clientOf(5), [[topic.name, [0, 0, 1]]])).toEqual([
      `${topic.name} 0 UNKNOWN_LEADER_EPOCH -1 -1`,
    ])
  })
})
