import { describe, expect, it } from 'vitest'
import { describeShareGroupOffsets } from '../../protocol/apis/90-describe-share-group-offsets.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { batchOf } from './batches.ts'
import { produceTo } from './requests.ts'
import { newShareGroup } from './share-groups.ts'
import { deleteTopic, settle, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

const nothing = { startOffset: -1, leaderEpoch: 0, lag: -1, errorCode: 0, errorMessage: null }

describe('DescribeShareGroupOffsets', () => {
  it.each(versionsOf(describeShareGroupOffsets))('v%i tells how far a group is', async version => {
    const { client } = wire
    const topic = await wire.newTopic({ partitions: 2 })
    const group = await newShareGroup(client)
    await produceTo(client, topic, batchOf(['a', 'b', 'c']))
    expect(await group.alterOffsets(topic, 1, 0)).toEqual(['NONE', 'NONE'])
    const known = { ...nothing, startOffset: 0 }
    expect(await group.offsets(topic, [0, 1], version)).toEqual([
      {
        topicName: topic.name,
        topicId: topic.id,
        partitions: [
          { ...known, partitionIndex: 0, startOffset: 1, lag: version === 0 ? -1 : 2 },
          { ...known, partitionIndex: 1, lag: version === 0 ? -1 : 0 },
        ],
      },
    ])
  })

  it('tells of all that the group has begun with', async () => {
    const { client } = wire
    const topic = await wire.newTopic({ partitions: 3 })
    const group = await newShareGroup(client)
    await group.alterOffsets(topic, 5, 6)
    await settle(async () => (await group.offsets(null))[0]?.partitions.length === 2)
    const [described, ...others] = await group.offsets(null)
    expect(others).toEqual([])
    expect(described).toMatchObject({ topicName: topic.name, topicId: topic.id })
    expect(described!.partitions.map(({ startOffset }) => startOffset)).toEqual([5, 6])
  })

  it('has no offset before anything was fetched', async () => {
    const topic = await wire.newTopic({ partitions: 2 })
    const group = await newShareGroup(wire.client)
    await group.member(topic, 2)
    const partitions = [0, 1].map(partitionIndex => ({ ...nothing, partitionIndex }))
    expect(await group.offsets(null)).toEqual([
      { topicName: topic.name, topicId: topic.id, partitions },
    ])
    await group.leave()
  })

  it('knows nothing of other topics and groups, which is no error', async () => {
    const { client } = wire
    const topic = await wire.newTopic()
    const group = await newShareGroup(client)
    const { groupId } = group
    const unknown = uniqueName()
    const { groups } = await client.request(describeShareGroupOffsets, 1, {
      groups: [
        { groupId, topics: null },
        { groupId, topics: [] },
        {
          groupId,
          topics: [
            { topicName: unknown, partitions: [0] },
            { topicName: topic.name, partitions: [0] },
          ],
        },
      ],
    })
    const partitions = [{ ...nothing, partitionIndex: 0 }]
    const success = { groupId, errorCode: 0, errorMessage: null }
    expect(groups).toEqual([
      { ...success, topics: [] },
      { ...success, topics: [] },
      {
        ...success,
        topics: [
          { topicName: topic.name, topicId: topic.id, partitions },
          { topicName: unknown, topicId: zeroUuid, partitions },
        ],
      },
    ])
  })

  it('forgets a topic that is deleted', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    await group.alterOffsets(topic, 1)
    await deleteTopic(wire.client, topic)
    await settle(async () => (await group.offsets(null)).length === 0)
    expect(await group.offsets(null)).toEqual([])
  })
})
