import { describe, expect, it } from 'vitest'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { errors } from '../../protocol/errors.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import { aId } from '../groups/topics.ts'
import { GroupClient, versionsOf } from './group-client.ts'
import { becomeMember } from './group-member.ts'

const partition = (partitionIndex: number) => ({
  partitionIndex,
  committedOffset: 7,
  committedMetadata: 'note',
})

/** What a version leaves out. */
const unsaid = { name: '', topicId: zeroUuid }

describe('OffsetCommit', () => {
  it.each(versionsOf(offsetCommit))('v%i: from outside of a group', async version => {
    const client = new GroupClient()
    const byId = version >= 10
    const named = byId ? { topicId: aId } : { name: 'a' }
    const unnamed = byId ? { topicId: 'xxxxxxxxxxxxxxxxxxxxxw' } : { name: 'x' }
    const answer = await client.send(offsetCommit, version, {
      groupId: 'g',
      topics: [
        { ...named, partitions: [partition(0), partition(9)] },
        { ...unnamed, partitions: [partition(0)] },
      ],
    })
    const unknown = errors.UNKNOWN_TOPIC_OR_PARTITION
    expect(answer).toEqual({
      throttleTimeMs: 0,
      topics: [
        {
          ...unsaid,
          ...named,
          partitions: [
            { partitionIndex: 0, errorCode: 0 },
            { partitionIndex: 9, errorCode: unknown },
          ],
        },
        {
          ...unsaid,
          ...unnamed,
          partitions: [{ partitionIndex: 0, errorCode: byId ? errors.UNKNOWN_TOPIC_ID : unknown }],
        },
      ],
    })
    expect(client.store.commits).toBe(1)
  })

  it.each([1, 2, 5, 7, 9])('v%i: by a member', async version => {
    const client = new GroupClient()
    const memberId = await becomeMember(client)
    const send = async (generationIdOrMemberEpoch: number) => {
      const topics = [{ name: 'a', partitions: [partition(0)] }]
      const request = { groupId: 'g', memberId, generationIdOrMemberEpoch, topics }
      return (await client.send(offsetCommit, version, request)).topics[0]!.partitions[0]!.errorCode
    }
    expect(await send(1)).toBe(0)
    expect(await send(0)).toBe(errors.ILLEGAL_GENERATION)
  })

  it('v1 has a timestamp, v2 a retention, which is accepted', async () => {
    const client = new GroupClient()
    const timed = [{ ...partition(0), commitTimestamp: 1_234 }]
    const topics = [{ name: 'a', partitions: timed }]
    await client.send(offsetCommit, 1, { groupId: 'g', topics })
    const { offset } = await client.store.load()
    expect([...offset.values()][0]!.commitTimestamp).toBe(1_234)
    const request = { groupId: 'g', retentionTimeMs: 1_000, topics }
    const answer = await client.send(offsetCommit, 2, request)
    expect(answer.topics[0]!.partitions[0]!.errorCode).toBe(0)
  })

  it('of no partitions of a topic: it is not in the answer', async () => {
    const topics = [
      { name: 'a', partitions: [] },
      { name: 'b', partitions: [partition(0)] },
    ]
    const answer = await new GroupClient().send(offsetCommit, 8, { groupId: 'g', topics })
    expect(answer.topics.map(({ name }) => name)).toEqual(['b'])
  })

  it('that cannot be stored: each partition says so', async () => {
    const client = new GroupClient()
    client.store.fail()
    const topics = [{ name: 'a', partitions: [partition(0), partition(1)] }]
    const answer = await client.send(offsetCommit, 8, { groupId: 'g', topics })
    expect(answer.topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([
      errors.COORDINATOR_NOT_AVAILABLE,
      errors.COORDINATOR_NOT_AVAILABLE,
    ])
  })
})
