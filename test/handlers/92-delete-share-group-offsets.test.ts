import { describe, expect, it } from 'vitest'
import { deleteShareGroupOffsets } from '../../protocol/apis/92-delete-share-group-offsets.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { newShareGroup } from './share-groups.ts'
import { named, settle, uniqueName, useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

const message = expect.stringMatching(/./)

async function deleteOffsets(groupId: string, topicNames: string[], version = 0) {
  const topics = topicNames.map(topicName => ({ topicName }))
  return named(await wire.client.request(deleteShareGroupOffsets, version, { groupId, topics }))
}

describe('DeleteShareGroupOffsets', () => {
  it.each(versionsOf(deleteShareGroupOffsets))('v%i has a group forget topics', async version => {
    const topic = await wire.newTopic({ partitions: 2 })
    const unknown = uniqueName()
    const group = await newShareGroup(wire.client)
    await group.alterOffsets(topic, 5, 6)
    await settle(async () => (await group.offsets(null)).length === 1)
    const done = { throttleTimeMs: 0, error: 'NONE', errorMessage: null }
    const absent = {
      topicName: unknown,
      topicId: zeroUuid,
      errorCode: 3,
      errorMessage: message,
    }
    expect(await deleteOffsets(group.groupId, [unknown, topic.name], version)).toEqual({
      ...done,
      responses: [
        { topicName: topic.name, topicId: topic.id, errorCode: 0, errorMessage: null },
        absent,
      ],
    })
    expect(await group.offsets(null)).toEqual([])
    expect(await deleteOffsets(group.groupId, [topic.name], version)).toEqual({
      ...done,
      responses: [
        {
          topicName: topic.name,
          topicId: zeroUuid,
          errorCode: 3,
          errorMessage: 'There is no offset information to delete.',
        },
      ],
    })
  })

  it('waits until nobody is a member', async () => {
    const topic = await wire.newTopic()
    const group = await newShareGroup(wire.client)
    await group.member(topic)
    expect(await deleteOffsets(group.groupId, [topic.name])).toEqual({
      throttleTimeMs: 0,
      error: 'NON_EMPTY_GROUP',
      errorMessage: message,
      responses: [],
    })
    await group.leave()
    expect((await deleteOffsets(group.groupId, [topic.name])).responses).toMatchObject([
      { errorCode: 0 },
    ])
  })

  it('knows no group that nobody has joined, and none without a name', async () => {
    const { groupId } = await newShareGroup(wire.client)
    const none = { throttleTimeMs: 0, responses: [] }
    expect(await deleteOffsets(groupId, [])).toEqual({
      ...none,
      error: 'GROUP_ID_NOT_FOUND',
      errorMessage: `Group ${groupId} not found.`,
    })
    expect(await deleteOffsets('', [])).toEqual({
      ...none,
      error: 'INVALID_GROUP_ID',
      errorMessage: message,
    })
  })
})
