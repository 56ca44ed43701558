import { describe, expect, it } from 'vitest'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { describeQuorum } from '../../protocol/apis/55-describe-quorum.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { RawClient } from '../raw-client.ts'
import { named, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const topicName = '__cluster_metadata'

async function leaderState(client: RawClient) {
  const topics = [{ topicName, partitions: [{ partitionIndex: 0 }] }]
  const answer = await client.request(describeQuorum, 2, { topics })
  return answer.topics[0]!.partitions[0]!
}

describe('DescribeQuorum', () => {
  it.each(versionsOf(describeQuorum))('v%i: one voter, which leads', async version => {
    const { controllerId } = await wire.client.request(metadata, 12, { topics: [] })
    const answer = await wire.client.request(describeQuorum, version, {
      topics: [{ topicName, partitions: [{ partitionIndex: 0 }] }],
    })
    expect(named(answer)).toMatchObject({ error: 'NONE', errorMessage: '' })
    const [partition] = answer.topics[0]!.partitions
    const { highWatermark, currentVoters, leaderEpoch } = partition!
    expect(partition).toMatchObject({
      partitionIndex: 0,
      errorCode: 0,
      errorMessage: '',
      leaderId: controllerId,
      observers: [],
    })
    expect(leaderEpoch).toBeGreaterThanOrEqual(1)
    expect(highWatermark).toBeGreaterThan(0)
    const [voter] = currentVoters
    expect(currentVoters).toHaveLength(1)
    expect(voter).toMatchObject({ replicaId: controllerId, replicaDirectoryId: zeroUuid })
    expect(voter!.logEndOffset).toBeGreaterThanOrEqual(highWatermark)
    if (version === 0) expect(voter!.lastFetchTimestamp).toBe(-1)
    else expect(voter!.lastFetchTimestamp).toBeGreaterThan(1_700_000_000_000)
    expect(voter!.lastCaughtUpTimestamp).toBe(voter!.lastFetchTimestamp)
  })

  it('v2 says where the voter is to be asked (KIP-853)', async () => {
    const { nodes } = await wire.client.request(describeQuorum, 2, {
      topics: [{ topicName, partitions: [{ partitionIndex: 0 }] }],
    })
    const { leaderId } = await leaderState(wire.client)
    expect(nodes).toMatchObject([{ nodeId: leaderId, listeners: [{ name: 'CONTROLLER' }] }])
    expect(nodes[0]!.listeners[0]!.port).toBeGreaterThan(0)
  })

  it('its log grows with the metadata', async () => {
    const before = await leaderState(wire.client)
    await wire.newTopic()
    const after = await leaderState(wire.client)
    expect(after.highWatermark).toBeGreaterThan(before.highWatermark)
    expect(after.leaderEpoch).toBe(before.leaderEpoch)
  })

  describe.each(versionsOf(describeQuorum))('v%i', version => {
    it.each<[string, [string, number[]][]]>([
      ['nothing', []],
      ['no partition', [[topicName, []]]],
      ['another partition', [[topicName, [1]]]],
      ['more partitions', [[topicName, [0, 1]]]],
      ['the partition twice', [[topicName, [0, 0]]]],
      ['another topic', [['foo', [0]]]],
      [
        'the topic and another',
        [
          [topicName, [0]],
          ['foo', [0, 3]],
        ],
      ],
    ])('asked for %s, it knows none of it', async (_, asked) => {
      const topics = asked.map(([topicName, partitions]) => ({
        topicName,
        partitions: partitions.map(partitionIndex => ({ partitionIndex })),
      }))
      const answer = await wire.client.request(describeQuorum, version, { topics })
      expect(named(answer).error).toBe('NONE')
      expect(answer.nodes).toEqual([])
      const found = answer.topics.map(({ topicName, partitions }) => [
        topicName,
        partitions.map(({ partitionIndex, ...partition }) => {
          const { error, leaderId, currentVoters } = named(partition)
          expect([error, leaderId, currentVoters]).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 0, []])
          return partitionIndex
        }),
      ])
      expect(found).toEqual(asked)
    })
  })
})
