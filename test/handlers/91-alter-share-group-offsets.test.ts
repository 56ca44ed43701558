import { describe, expect, it } from 'vitest'
import { alterShareGroupOffsets } from '../../protocol/apis/91-alter-share-group-offsets.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { newShareGroup } from './share-groups.ts'
import { named, settle, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

const message = expect.stringMatching(/./)

describe('AlterShareGroupOffsets', () => {
  it.each(versionsOf(alterShareGroupOffsets))('v%i answers for each partition', async version => {
    const { client } = wire
    const topic = await wire.newTopic()
    const unknown = uniqueName()
    const { groupId } = await newShareGroup(client)
    const partitions = [0, 1].map(partitionIndex => ({ partitionIndex, startOffset: 5 }))
    const answer = await client.request(alterShareGroupOffsets, version, {
      groupId,
      topics: [
        { topicName: topic.name, partitions },
        { topicName: unknown, partitions: partitions.slice(0, 1) },
      ],
    })
    const failed = { errorCode: 3, errorMessage: message }
    const done = { errorCode: 0, errorMessage: null }
    expect(answer).toEqual({
      throttleTimeMs: 0,
      errorCode: 0,
      errorMessage: null,
      responses: [
        { topicName: unknown, topicId: zeroUuid, partitions: [{ ...failed, partitionIndex: 0 }] },
        {
          topicName: topic.name,
          topicId: topic.id,
          partitions: [
            { ...done, partitionIndex: 0 },
            { ...failed, partitionIndex: 1 },
          ],
        },
      ],
    })
  })

  it('creates the group', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    expect(await group.alterOffsets(topic, 5)).toEqual(['NONE'])
    expect(await group.describe()).toMatchObject({
      error: 'NONE',
      groupState: 'Empty',
      groupEpoch: 1,
      assignmentEpoch: 1,
      members: [],
    })
  })

  it('creates no group where there is no topic', async () => {
    const group = await newShareGroup(wire.client)
    await group.alterOffsets({ name: uniqueName(), id: zeroUuid }, 5)
    expect(await group.describe()).toMatchObject({ error: 'GROUP_ID_NOT_FOUND' })
  })

  it('takes any offset, as often as one likes', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    for (const offset of [5, 2, 9]) {
      expect(await group.alterOffsets(topic, offset)).toEqual(['NONE'])
      expect((await group.offsets(topic))[0]!.partitions).toMatchObject([{ startOffset: offset }])
    }
  })

  it('waits until nobody is a member', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    await group.member(topic)
    expect(await group.alterOffsets(topic, 5)).toEqual(['NON_EMPTY_GROUP'])
    await group.leave()
    expect(await group.alterOffsets(topic, 5)).toEqual(['NONE'])
    await settle(async () => (await group.offsets(null)).length === 1)
    expect((await group.offsets(null))[0]!.partitions).toMatchObject([{ startOffset: 5 }])
  })

  it('refuses a group without a name, and does nothing with no topics', async () => {
    const { client } = wire
    const { groupId } = await newShareGroup(client)
    const none = { throttleTimeMs: 0, responses: [] }
    const alter = async (id: string) =>
      named(await client.request(alterShareGroupOffsets, 0, { groupId: id, topics: [] }))
    expect(await alter('')).toEqual({ ...none, error: 'INVALID_GROUP_ID', errorMessage: message })
    expect(await alter(groupId)).toEqual({ ...none, error: 'NONE', errorMessage: null })
  })
})
